"""Invented files: a result or one sentence that names the file, soon, in little memory."""

import os

import pytest
from invented_files import INVENTED as PLAIN
from invented_hdf5 import INVENTED as HDF5
from mutated_files import Reader, fault_of, read

INVENTED = PLAIN | HDF5
# What reads each kind of file; the kinds that are read from a folder of theirs are tested there.
DIRECT = (
    "images.npy",
    "images.npz",
    "images.pkl",
    "old.pkl",
    "noise.mat",
    "nodes.h5",
    "weights.h5",
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    reader = Reader(tmp_path_factory.mktemp("read"))
    yield reader
    reader.close()


@pytest.mark.parametrize("name", INVENTED)
def test_an_invented_file_gives_a_result_or_one_sentence(reader, tmp_path, name):
    kind, make = INVENTED[name]
    path = tmp_path / f"invented.{kind}"
    make(path)
    answer = reader.ask(kind, path)
    assert fault_of(answer) is None, answer
    if answer["result"] == "sentence":
        # A look, a table and a pickle of a network are copied into a folder that they belong to.
        places = (path.name, "data.h5", "v1_node_types.csv", "network_dat.pkl")
        assert any(place in answer["text"] for place in places)


@pytest.mark.parametrize("kind", DIRECT)
@pytest.mark.parametrize("what", ["pipe", "folder", "link to itself"])
def test_what_is_no_file_is_not_waited_for(tmp_path, kind, what):
    path = tmp_path / f"strange.{kind}"
    make = {"pipe": os.mkfifo, "folder": os.mkdir, "link to itself": lambda p: os.symlink(p, p)}
    make[what](path)
    if kind == "noise.mat" and what == "link to itself":
        return  # as if it were not there: a folder need not have one
    with pytest.raises((ValueError, OSError)) as caught:
        read(kind, path)
    text = str(caught.value)
    assert path.name in text and text.isprintable()
