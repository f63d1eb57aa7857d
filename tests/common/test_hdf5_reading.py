"""HDF5 files: no byte from outside, and no more memory than their size allows."""

import os
import tracemalloc
import zlib

import h5py
import numpy as np
import pytest

from keras_v1_activity.common.hdf5_reading import Refused, attribute, open_hdf5


def make(path, fill, **options):
    with h5py.File(path, "w", **options) as file:
        fill(file)
    return path


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "outside").mkdir()
    return make(tmp_path / "outside/secret.h5", lambda f: f.create_dataset("x", data=[4, 2]))


def refused(path, words, **options):
    with pytest.raises(Refused, match=words) as error, open_hdf5(path, **options):
        pass
    assert str(error.value).isprintable() and len(str(error.value)) < 300


def test_external_storage(tmp_path, secret):
    everything = [(str(secret), 0, h5py.h5f.UNLIMITED)]
    path = make(tmp_path / "a.h5", lambda f: f.create_dataset("x", (9,), "u1", external=everything))
    with h5py.File(path) as file:
        assert file["x"][1:4].tobytes() == b"HDF"  # that is what would be read
    refused(path, "'x' takes its data from another file")


def test_virtual_data(tmp_path, secret):
    layout = h5py.VirtualLayout((2,), "i8")
    layout[:] = h5py.VirtualSource(str(secret), "x", (2,))
    path = make(tmp_path / "a.h5", lambda f: f.create_virtual_dataset("x", layout))
    with h5py.File(path) as file:
        assert file["x"][()].tolist() == [4, 2]
    refused(path, "'x' takes its data from another file")


@pytest.mark.parametrize("name", ["absolute", "relative", "chain", "soft", "group", "dangling"])
def test_links(tmp_path, secret, name):
    def fill(file):
        outside = h5py.ExternalLink(str(secret), "/x")
        if name == "absolute":
            file["x"] = outside
        elif name == "relative":
            file["x"] = h5py.ExternalLink("outside/secret.h5", "/x")
        elif name == "chain":
            file["deep/y"], file["x"] = outside, h5py.SoftLink("/deep/y")
        elif name == "soft":
            file["y"], file["x"] = [1], h5py.SoftLink("/y")
        elif name == "group":
            file["x"] = h5py.ExternalLink(str(secret), "/")
        else:
            file["x"] = h5py.ExternalLink("nowhere.h5", "/x")

    path = make(tmp_path / "a.h5", fill)
    refused(path, "is a link to another place")
    refused(path, "is a link to another place", only=["x/x"])


def test_only_what_is_read_is_looked_at(tmp_path, secret):
    def fill(file):
        file["steps/000001"] = h5py.ExternalLink(str(secret), "/")
        file["neurons/x"] = [1, 2]

    path = make(tmp_path / "a.h5", fill)
    with open_hdf5(path, only=["neurons", "missing/too"]) as file:
        assert file["neurons/x"][()].tolist() == [1, 2]


def test_declared_sizes(tmp_path):
    path = make(tmp_path / "a.h5", lambda f: f.create_dataset("x", (10**9,), "f8", chunks=(10,)))
    refused(path, "'x' would take 8,000 MB of memory")
    path = make(tmp_path / "b.h5", lambda f: f.create_dataset("x", (2**40,), "f8"))
    refused(path, "'x' would take")
    many = {f"x{n}": (400_000,) for n in range(20)}
    path = make(tmp_path / "c.h5", lambda f: [f.create_dataset(x, many[x], "f8") for x in many])
    refused(path, "would take 3 MB of memory, too much")
    path = make(
        tmp_path / "d.h5",
        lambda f: f.create_dataset("x", (1,), "u1", maxshape=(None,), chunks=(2**30,)),
    )
    refused(path, "'x' would take")


def test_packed_zeros(tmp_path):
    def packed(shape, **options):
        return make(
            tmp_path / "a.h5",
            lambda f: f.create_dataset("x", data=np.zeros(shape), compression="gzip", **options),
        )

    with open_hdf5(packed(200_000)) as file:  # 1.6 MB: a small file may be packed well
        assert not file["x"][()].any()
    with open_hdf5(packed(200_000, shuffle=True, fletcher32=True)) as file:
        assert not file["x"][()].any()
    refused(packed(10**7), "'x' would take 80 MB")


def test_packed_data_that_unpack_to_more_than_they_are_declared_as(tmp_path):
    bomb = zlib.compress(bytes(60_000_000), 9)

    def fill(file):
        data = file.create_dataset("x", (100,), "u1", chunks=(100,), compression="gzip")
        data.id.write_direct_chunk((0,), bomb)

    path = make(tmp_path / "a.h5", fill)
    tracemalloc.start()
    refused(path, "'x' unpacks to more than its shape")
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()


def test_other_packings_and_other_types(tmp_path):
    path = make(
        tmp_path / "a.h5", lambda f: f.create_dataset("x", data=np.zeros(10), compression="lzf")
    )
    refused(path, "packed in a way other than gzip")
    records = np.zeros(3, [("a", "f8"), ("b", "i4")])
    refused(make(tmp_path / "b.h5", lambda f: f.create_dataset("x", data=records)), "neither")


def test_many_texts_that_are_one(tmp_path):
    """A file of 2 MB whose texts are 200 MB: each names the same place in it."""

    def fill(file):
        text = h5py.string_dtype()
        file.create_dataset("x", data=["a" * 1_000_000] * 2, dtype=text)
        file.create_dataset("y", (200,), dtype=text, data=["b"] * 200)

    path = make(tmp_path / "a.h5", fill)
    content = path.read_bytes()
    with h5py.File(path) as file:
        first, second = file["x"].id.get_offset(), file["y"].id.get_offset()
    reference = content[first : first + 16]
    path.write_bytes(content[:second] + reference * 200 + content[second + 3200 :])
    with h5py.File(path) as file:
        assert len(file["y"][199]) == 1_000_000
    refused(path, "'y' would take")


def test_attributes(tmp_path):
    def fill(file):
        file.attrs["names"] = ["a"] * 100
        file.attrs["n"] = 3
        file.attrs["record"] = np.zeros(1, [("a", "f8")])

    with open_hdf5(make(tmp_path / "a.h5", fill)) as file:
        assert attribute(file, "n") == 3 and attribute(file, "m", 5) == 5
        for name in ("names", "record"):
            with pytest.raises(Refused, match=f"the attribute '{name}'"):
                attribute(file, name)
        with pytest.raises(KeyError, match="the attribute m is missing"):
            attribute(file, "m")


def test_groups_in_one_another(tmp_path):
    def fill(file):
        group = file
        for _ in range(40):
            group = group.create_group("g")

    refused(make(tmp_path / "a.h5", fill), "nested very deep")

    def circle(file):
        file["a/b"] = [1]
        file["a/c"], file["a/d"] = file["a"], file["a"]

    refused(make(tmp_path / "b.h5", circle), "nested very deep|more objects")


def test_pipes_and_folders(tmp_path):
    os.mkfifo(tmp_path / "a.h5")
    for path in (tmp_path / "a.h5", tmp_path):
        with pytest.raises(OSError, match="no regular file"), open_hdf5(path):
            pass
