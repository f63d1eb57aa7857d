"""How the writer treats folders, and arguments that it refuses."""

import numpy as np
import pytest
from written_networks import copy_of_network, written_network

from keras_v1_activity import v1
from keras_v1_activity.v1.synthetic.cells import make_cells


def test_same_seed_same_network_also_in_the_place_of_another(tmp_path):
    """Through a link to the folder, which is replaced where it lies."""
    path, link, lines = copy_of_network(tmp_path / "net"), tmp_path / "link", []
    for file in path.rglob("*.*"):
        if file.name != "synthetic.json":
            file.write_text("of another network")
    link.symlink_to(path, target_is_directory=True)
    for place in (path, link):
        with pytest.raises(FileExistsError, match="overwrite=True"):
            v1.write_synthetic_network(place, 200)
    v1.write_synthetic_network(link, 200, seed=0, overwrite=True, progress=lines.append)
    assert any("calibrating" in line for line in lines)
    assert link.is_symlink() and not path.is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "net"]
    one, same = [v1.load_network(folder) for folder in (written_network(), path)]
    for name in ("source", "target", "weight", "delay", "receptor"):
        for table in ("recurrent", "inputs"):
            a, b = (getattr(getattr(net, table), name) for net in (one, same))
            assert a.tobytes() == b.tobytes()
    assert one.background_weights.tobytes() == same.background_weights.tobytes()
    assert one.x.tobytes() == same.x.tobytes()


def test_another_seed_another_network():
    one, other = (make_cells(300, np.random.default_rng(seed)) for seed in (1, 2))
    assert (one.x != other.x).all()


def test_existing_folders_are_respected(tmp_path):
    path = copy_of_network(tmp_path / "net")
    (path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="notes.txt"):
        v1.write_synthetic_network(path, 201, overwrite=True)
    (path / "notes.txt").unlink()
    (path / "synthetic.json").unlink()
    with pytest.raises(FileExistsError, match="was not written by"):
        v1.write_synthetic_network(path, 201, overwrite=True)
    assert v1.load_network(path).n_neurons == 200
    assert [p.name for p in tmp_path.iterdir()] == ["net"]


def test_an_interrupted_write_leaves_nothing(tmp_path):
    """Its unfinished folder stands beside the place from the beginning."""

    def interrupt(line):
        assert [p for p in tmp_path.iterdir() if p.name.startswith(".net")]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        v1.write_synthetic_network(tmp_path / "net", 200, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("n_neurons", [0, -5, 150, 2000.5, True, "many", None])
def test_wrong_sizes(tmp_path, n_neurons):
    with pytest.raises(ValueError, match="n_neurons must be a whole number of at least 200"):
        v1.write_synthetic_network(tmp_path / "net", n_neurons)


@pytest.mark.parametrize("seed", [-1, 0.5, "a"])
def test_wrong_seeds(tmp_path, seed):
    with pytest.raises(ValueError, match="seed must be a whole number"):
        v1.write_synthetic_network(tmp_path / "net", 200, seed)


@pytest.mark.parametrize("path", ["file/below", "/proc/nowhere/net", "file/a/b"])
def test_places_where_nothing_can_be_written(tmp_path, path):
    (tmp_path / "file").write_text("mine")
    lines = []
    with pytest.raises(ValueError, match="is no place where a folder can be written"):
        v1.write_synthetic_network(tmp_path / path, 200, progress=lines.append)
    assert lines == [], "told only after the long work"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_other_wrong_arguments(tmp_path):
    for path in (None, 5):
        with pytest.raises(ValueError, match=f"path must be the folder to write; got {path}"):
            v1.write_synthetic_network(path, 200)
    with pytest.raises(ValueError, match="progress must be a function .* got True"):
        v1.write_synthetic_network(tmp_path / "net", 200, progress=True)
