"""npy and npz files: what they declare is compared with what they are."""

import io
import os
import zipfile

import numpy as np
import pytest

from keras_v1_activity.common.numpy_files import load_arrays

ARRAYS = {
    "numbers": np.arange(6, dtype=np.int16).reshape(2, 3),
    "columns first": np.asfortranarray(np.random.default_rng(0).random((3, 4))),
    "big-endian": np.arange(4, dtype=">f4"), "empty": np.zeros((0, 3)), "one": np.array(2.5),
    "text": np.array(["a", "bc"]), "flags": np.array([True, False]),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_read_as_numpy_reads_them(tmp_path, name):
    np.save(tmp_path / "a.npy", ARRAYS[name])
    read, expected = load_arrays(tmp_path / "a.npy"), np.load(tmp_path / "a.npy")
    assert (read.dtype, read.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_are_read_as_numpy_reads_them(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS)
    read = load_arrays(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as expected:
        assert list(read) == expected.files
        for name in read:
            np.testing.assert_array_equal(read[name], expected[name])


def header(shape, dtype="<f8"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"shape": shape, "fortran_order": False, "descr": dtype}
    )
    return file.getvalue()


@pytest.mark.parametrize("shape", [(10**12,), (2**40, 2**40), (-5,), (10**6, 1)])
def test_a_header_cannot_ask_for_more_than_the_file_has(tmp_path, shape):
    (tmp_path / "a.npy").write_bytes(header(shape) + bytes(100))
    with pytest.raises(ValueError, match="which its size does not allow"):
        load_arrays(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", header(shape) + bytes(100))
    with pytest.raises(ValueError, match="which its size does not allow"):
        load_arrays(tmp_path / "a.npz")


def test_a_packed_archive_of_zeros(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(10**7))
    assert os.path.getsize(tmp_path / "a.npz") < 100_000
    with pytest.raises(ValueError, match="would take 80 MB of memory, too much for a file of"):
        load_arrays(tmp_path / "a.npz")


def test_a_length_that_the_archive_lies_about(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros(100))
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(content.replace(b"(100,)", b"(999,)"))
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        load_arrays(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [np.array([{"a": 1}]), np.zeros(2, [("a", "f8")])])
def test_objects_and_records_are_refused(tmp_path, content):
    np.save(tmp_path / "a.npy", content, allow_pickle=True)
    with pytest.raises(ValueError, match="Object arrays and records are not read"):
        load_arrays(tmp_path / "a.npy")


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "a.npy")
    with pytest.raises(OSError, match="no regular file"):
        load_arrays(tmp_path / "a.npy")
