"""The index of a run, and the facts of the neurons in it."""

import dataclasses
import os

import h5py
import numpy as np
import pytest
from looks import NAMES, make_look, make_neurons
from stored_runs import fields_equal, write

from keras_v1_activity import load_activity


def test_the_index_links_every_step_and_may_be_moved(tmp_path):
    looks = [make_look(step) for step in (100, 200)]
    write(tmp_path / "run", *looks)
    os.rename(tmp_path / "run", tmp_path / "moved")
    with h5py.File(tmp_path / "moved" / "activity.h5") as index:
        assert sorted(index["steps"]) == ["000100", "000200"]
        for look in looks:
            stored = index[f"steps/{look.step:06d}/spikes/v1/node_ids"][()]
            np.testing.assert_array_equal(stored, look.spike_neurons)


def test_facts_of_the_neurons_are_stored_once(tmp_path):
    write(tmp_path, *(make_look(step) for step in (1, 2, 3)))
    with h5py.File(tmp_path / "activity.h5") as index:
        assert set(index["neurons/name"].asstr()[()]) == set(NAMES)
        assert ["neurons" in index[f"steps/{step:06d}"] for step in (1, 2, 3)] == [1, 0, 0]


def test_positions_are_stored_under_the_names_of_sonata(tmp_path):
    positions = np.random.default_rng(0).uniform(-400, 800, (30, 3)).astype(np.float32)
    bare = make_neurons(30)
    known = dataclasses.replace(bare, positions=positions)
    write(tmp_path, make_look(1, neurons=known), make_look(2, neurons=known))
    with h5py.File(tmp_path / "activity.h5") as index:
        for name, column in zip("xyz", positions.T, strict=True):
            stored = index[f"neurons/{name}"]
            assert stored.attrs["units"] == "um" and fields_equal(stored[()], column)
    run = load_activity(tmp_path)
    assert fields_equal(run[2].neurons.positions, positions)
    write(tmp_path / "bare", make_look(1, neurons=bare))
    assert load_activity(tmp_path / "bare")[1].neurons.positions is None


def test_positions_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"positions must be x, y, z .* got \(30, 2\)"):
        dataclasses.replace(make_neurons(30), positions=np.zeros((30, 2)))


def test_a_step_with_other_neurons_keeps_its_own(tmp_path):
    write(tmp_path, make_look(1), make_look(2, n_neurons=12), make_look(3))
    run = load_activity(tmp_path)
    assert [run[step].populations.counts.sum() for step in (1, 2, 3)] == [30, 12, 30]
    assert run[2].populations.names == run[1].populations.names


@pytest.mark.parametrize("damage", ["delete", "noise", "cut short", "empty"])
def test_a_run_is_read_without_its_index_and_the_next_write_repairs_it(tmp_path, damage):
    looks = [make_look(step) for step in (1, 2, 3)]
    writer = write(tmp_path, *looks[:2])
    index = tmp_path / "activity.h5"
    content = index.read_bytes()
    index.unlink()
    if damage != "delete":
        index.write_bytes({"noise": b"x" * 5000, "cut short": content[:900], "empty": b""}[damage])
    run = load_activity(tmp_path)
    assert run.steps.tolist() == [1, 2]
    assert run[2].populations.names == looks[1].populations.names
    writer.write(looks[2])
    writer.link(looks[2])
    with h5py.File(index) as file:
        assert sorted(file["steps"]) == ["000001", "000002", "000003"]
        assert file["steps/000002/spikes/v1/node_ids"].shape == (looks[1].n_spikes,)
        assert len(file["neurons/population"]) == 30


def test_writing_goes_on_while_another_program_holds_the_index_open(tmp_path):
    writer = write(tmp_path, make_look(1))
    with h5py.File(tmp_path / "activity.h5"), load_activity(tmp_path) as run:
        assert run[1].step == 1
        look = make_look(2)
        writer.write(look)
        writer.link(look)
    with h5py.File(tmp_path / "activity.h5") as index:
        assert sorted(index["steps"]) == ["000001", "000002"]
