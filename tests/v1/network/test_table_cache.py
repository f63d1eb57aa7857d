"""Arrays kept beside a network folder: as if computed again, whatever happens to the files."""

import dataclasses
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
from oracles import input_currents, simulate_glif3
from written_networks import written_network

from keras_v1_activity import v1
from keras_v1_activity.v1.network import table_cache
from keras_v1_activity.v1.network.table_cache import TableCache


@pytest.fixture(scope="module")
def written():
    return written_network(200)


@pytest.fixture
def folder(written, tmp_path, monkeypatch):
    """A copy of the network, everything in it now worth keeping."""
    monkeypatch.setattr(table_cache, "SMALLEST_SOURCES", 0)
    return shutil.copytree(written, tmp_path / "net")


def kept(folder):
    return sorted(folder.with_name("net.cache").glob("*"))


def arrays_of(value):
    """Every array in a network, by path."""
    found = {}
    for field in dataclasses.fields(value):
        entry = getattr(value, field.name)
        if dataclasses.is_dataclass(entry):
            found |= {f"{field.name}.{k}": a for k, a in arrays_of(entry).items()}
        elif isinstance(entry, np.ndarray):
            found[field.name] = entry
    return found


def assert_equal(a, b):
    a, b = arrays_of(a), arrays_of(b)
    assert a.keys() == b.keys() and len(a) > 25
    for name in a:
        assert a[name].dtype == b[name].dtype, name
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


class Counted:
    """A function that gives squares, and counts how often it had to."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return {"squares": np.arange(1000) ** 2, "none": np.zeros((0, 3), np.int8)}


@pytest.mark.parametrize(
    "selection",
    [{}, dict(n_neurons=50), dict(n_neurons=50, n_input=100), dict(published_delay_order=True)],
)
def test_a_network_from_files_is_the_network_of_the_folder(folder, selection):
    fresh = v1.load_network(folder, cache=False, **selection)
    assert not kept(folder)
    for _ in range(2):
        assert_equal(v1.load_network(folder, **selection), fresh)
        assert len(kept(folder)) == 2


def test_a_model_runs_the_same_on_tables_from_files(folder):
    """As the equations have it of the network without them."""

    def model():
        return v1.create_model(v1.load_network(folder, n_neurons=100), 50, noise=False)

    fresh = v1.load_network(folder, n_neurons=100, cache=False)
    x = (np.random.default_rng(0).random((1, 50, fresh.n_input)) < 0.2).astype(np.float32)
    truth, _ = simulate_glif3(fresh.parameters, fresh.recurrent, input_currents(fresh, x[0]))
    assert truth.any()
    model()  # writes the tables
    tables = [path for path in kept(folder) if path.name.startswith("outgoing-")]
    assert tables
    written = [path.stat().st_ino for path in tables]
    again = model()
    spikes, _ = again.get_layer("rsnn")(again.get_layer("input_layer")(x))
    np.testing.assert_array_equal(spikes[0] > 0, truth)
    assert [path.stat().st_ino for path in tables] == written  # read, not written again


def test_other_arguments_and_other_contents_find_other_files(folder):
    whole, part = v1.load_network(folder), v1.load_network(folder, n_neurons=50)
    assert whole.n_neurons == 200 and part.n_neurons == 50
    data = pickle.loads((folder / "network_dat.pkl").read_bytes())
    data["edges"][0]["params"]["weight"] *= 2
    (folder / "network_dat.pkl").write_bytes(pickle.dumps(data))
    assert_equal(v1.load_network(folder), v1.load_network(folder, cache=False))
    assert not np.array_equal(v1.load_network(folder).recurrent.weight, whole.recurrent.weight)
    # Its input is as it was, and was found.
    assert len(kept(folder)) == 5


def test_computed_once_and_then_read(tmp_path, monkeypatch):
    monkeypatch.setattr(table_cache, "SMALLEST_SOURCES", 0)
    make, sources = Counted(), [np.arange(5), "a", 1.5, None]
    first = TableCache(tmp_path / "deep/cache").fetch("squares", sources, make)
    second = TableCache(tmp_path / "deep/cache").fetch("squares", sources, make)
    assert make.calls == 1
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].shape == second[name].shape and first[name].dtype == second[name].dtype


@pytest.mark.parametrize(
    "change",
    [
        lambda s: [s[0][::-1], *s[1:]],
        lambda s: [s[0].astype(np.int32), *s[1:]],
        lambda s: [s[0].reshape(5, 1), *s[1:]],
        lambda s: [s[0], 1, "a"],
        lambda s: [s[0], "a", True],
        lambda s: s[:2],
    ],
)
def test_any_other_source_is_computed(tmp_path, monkeypatch, change):
    monkeypatch.setattr(table_cache, "SMALLEST_SOURCES", 0)
    make, sources = Counted(), [np.arange(5), "a", 1]
    for used in (sources, change(sources)):
        TableCache(tmp_path).fetch("squares", used, make)
    assert make.calls == 2


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    """One bit of the array's own bytes."""
    content = bytearray(path.read_bytes())
    place = content.index((np.arange(1000) ** 2).tobytes()) + 4000
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        flip,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("not this format"),
        lambda path: (path.unlink(), path.mkdir()),
    ],
)
def test_a_damaged_file_is_computed_again_and_replaced(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(table_cache, "SMALLEST_SOURCES", 0)
    make, cache = Counted(), TableCache(tmp_path)
    cache.fetch("squares", [1], make)
    (path,) = tmp_path.glob("squares-*")
    damage(path)
    again = cache.fetch("squares", [1], make)
    assert make.calls == 2
    np.testing.assert_array_equal(again["squares"], np.arange(1000) ** 2)
    if path.is_file():
        cache.fetch("squares", [1], make)
        assert make.calls == 2


def test_a_folder_that_cannot_be_written_keeps_and_says_nothing(folder, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    fresh = v1.load_network(folder, cache=False)
    assert_equal(v1.load_network(folder, cache=tmp_path / "file" / "cache"), fresh)
    if os.geteuid():  # root may write anywhere
        tmp_path.chmod(0o500)
        assert_equal(v1.load_network(folder), fresh)
        tmp_path.chmod(0o700)
        assert not kept(folder)
    assert not caplog.records


def test_a_small_network_is_not_kept_and_another_folder_can_be_chosen(
    folder, tmp_path, monkeypatch
):
    v1.load_network(folder, cache=tmp_path / "elsewhere")
    assert not kept(folder) and len(list((tmp_path / "elsewhere").iterdir())) == 2
    monkeypatch.undo()
    v1.load_network(folder)
    assert not kept(folder)
    with pytest.raises(ValueError, match="cache must be True, False or a folder; got 3"):
        v1.load_network(folder, cache=3)


def test_two_processes_at_once_leave_whole_files(folder):
    code = (
        "import sys\n"
        "from keras_v1_activity.v1 import load_network\n"
        "from keras_v1_activity.v1.network import table_cache\n"
        "table_cache.SMALLEST_SOURCES = 0\n"
        "for _ in range(5): print(load_network(sys.argv[1]).recurrent.weight.sum())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[0].split() for process in running]
    assert not any(process.returncode for process in running)
    assert len(said[0] + said[1]) == 10 and len(set(said[0] + said[1])) == 1
    assert [path.suffix for path in kept(folder)] == [".h5", ".h5"]


def test_the_files_unused_for_longest_go(tmp_path, monkeypatch):
    monkeypatch.setattr(table_cache, "SMALLEST_SOURCES", 0)
    monkeypatch.setattr(table_cache, "MOST_FILES", 3)
    cache, make = TableCache(tmp_path), Counted()
    (tmp_path / "notes.txt").write_text("of the user")
    for k in range(3):
        cache.fetch("squares", [k], make)
        (path,) = tmp_path.glob(f"squares-{table_cache.digest([k])}*")
        os.utime(path, (k, k))
    cache.fetch("squares", [0], make)  # used again: now the newest
    cache.fetch("squares", [3], make)
    assert make.calls == 4
    cache.fetch("squares", [0], make)
    assert make.calls == 4
    cache.fetch("squares", [1], make)
    assert make.calls == 5
    assert len(list(tmp_path.iterdir())) == 4 and (tmp_path / "notes.txt").exists()
