"""The index of a run, and the facts of the neurons in it."""

import dataclasses
import os
from pathlib import PurePath

import h5py
import numpy as np
import pytest
from looks import NAMES, make_look, make_neurons
from stored_runs import fields_equal, write

from keras_v1_activity import load_activity
from keras_v1_activity.storage import index as module
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.index_content import linked_steps, new_content, with_links
from keras_v1_activity.storage.layout import make_layout
from keras_v1_activity.storage.sealed import unseal


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


def test_positions_and_tuning_are_stored_under_the_names_of_sonata(tmp_path):
    positions = np.random.default_rng(0).uniform(-400, 800, (30, 3)).astype(np.float32)
    bare = make_neurons(30)
    angles = np.linspace(0, 360, 30, dtype=np.float32)
    known = dataclasses.replace(bare, positions=positions, tuning_angles=angles)
    write(tmp_path, make_look(1, neurons=known), make_look(2, neurons=known))
    with h5py.File(tmp_path / "activity.h5") as index:
        for name, column in zip("xyz", positions.T, strict=True):
            stored = index[f"neurons/{name}"]
            assert stored.attrs["units"] == "um" and fields_equal(stored[()], column)
        assert index["neurons/tuning_angle"].attrs["units"] == "degrees"
    run = load_activity(tmp_path)
    assert fields_equal(run[2].neurons.positions, positions)
    assert fields_equal(run[2].neurons.tuning_angles, angles)
    write(tmp_path / "bare", make_look(1, neurons=bare))
    read = load_activity(tmp_path / "bare")[1].neurons
    assert read.positions is None and read.tuning_angles is None


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


def links_in(folder):
    with h5py.File(folder / "activity.h5") as index:
        return sorted(int(name) for name in index["steps"])


def opened(folder, **options):
    writer = StepWriter(make_layout("folders", folder), **options)
    writer.open()
    return writer


@pytest.mark.parametrize("damage", ["delete", "cut short", "empty", "bit", "link", "other run"])
def test_an_index_that_does_not_fit_the_steps_is_made_again_at_opening(tmp_path, damage):
    write(tmp_path, *(make_look(step) for step in (1, 2, 3)))
    index = tmp_path / "activity.h5"
    content = index.read_bytes()
    if damage == "delete":
        index.unlink()
    elif damage in ("cut short", "empty"):
        index.write_bytes(content[: 3000 if damage == "cut short" else 0])
    elif damage == "bit":
        index.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    elif damage == "link":
        with h5py.File(index, "r+") as file:
            del file["steps/000003"]
    opened(tmp_path, run_id="0123456789abcdef" * 2 if damage == "other run" else "")
    assert links_in(tmp_path) == [1, 2, 3]
    with h5py.File(index) as file:
        assert len(file["neurons/population"]) == 30
        assert "spikes" in file["steps/000003"]


def test_an_index_that_fits_is_not_written_again(tmp_path):
    write(tmp_path, make_look(1))
    before = (tmp_path / "activity.h5").stat()
    opened(tmp_path)
    after = (tmp_path / "activity.h5").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_an_index_is_replaced_never_changed_in_place(tmp_path):
    """Whoever has opened it goes on reading the whole file that it was."""
    writer = write(tmp_path, make_look(1))
    with open(tmp_path / "activity.h5", "rb") as held:
        before = held.read()
        writer.write(make_look(2))
        writer.link(make_look(2))
        held.seek(0)
        assert held.read() == before
    assert links_in(tmp_path) == [1, 2]


def test_other_readers_of_hdf5_open_a_sealed_index(tmp_path):
    libsonata = pytest.importorskip("libsonata")
    write(tmp_path, make_look(1))
    assert unseal((tmp_path / "activity.h5").read_bytes()) is not None
    with h5py.File(tmp_path / "activity.h5", "r", libver="earliest") as file:
        assert file["steps/000001"].attrs["step"] == 1
    assert libsonata.SpikeReader(str(tmp_path / "step_000001" / "data.h5"))["v1"].get()


def test_a_link_costs_as_much_in_a_long_run_as_in_a_short_one():
    """Counted is what grows: the bytes that are copied."""
    links = {step: PurePath(f"step_{step:06d}/data.h5") for step in range(3000)}
    short = new_content({step: links[step] for step in range(30)}, None)
    assert len(new_content(links, None)) - len(short) < 100 * 3000
    assert linked_steps(with_links(new_content(links, None), {3000: links[7]})) == set(range(3001))


def test_beyond_many_links_the_index_is_written_less_often_and_whole_at_the_end(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "LINKS_PER_LOOK", 2)
    writer = opened(tmp_path)
    written = []
    for step in range(1, 31):
        writer.write(make_look(step))
        writer.link(make_look(step))
        written.append(links_in(tmp_path)[-1])
    assert written[:3] == [1, 2, 3] and written[-1] < 30
    assert len(set(written)) < 15
    writer.finish()
    assert links_in(tmp_path) == list(range(1, 31))
