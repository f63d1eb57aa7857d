"""Runs that somebody else made: nothing from outside their folder, and no more than they hold."""

import os
import threading

import h5py
import numpy as np
import pytest
from looks import make_look
from stored_runs import write

from keras_v1_activity import load_activity

DATA = "step_000100/data.h5"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    write(folder, make_look(100), make_look(200))
    return folder


def refused(run, words):
    with pytest.raises(OSError, match="step 100 was logged, but .*") as error:
        load_activity(run)[100]
    assert words in str(error.value) and str(error.value).isprintable()
    assert load_activity(run)[200].step == 200


def change(run, name, make):
    with h5py.File(run / DATA, "r+") as file:
        del file[name]
        make(file)


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "secret.txt").write_bytes(b"\0\0\xc8\xc2" * 1000)
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["v"] = np.full((60, 4), -1.5, np.float32)
    return tmp_path


@pytest.mark.parametrize("shape", [(60, 4), (20, 20)])
def test_external_storage_brings_no_byte_of_another_file(run, secret, shape):
    place = [(str(secret / "secret.txt"), 0, h5py.h5f.UNLIMITED)]
    change(run, "voltages", lambda f: f.create_dataset("voltages", shape, "f4", external=place))
    refused(run, "'voltages' takes its data from another file")


def test_virtual_data_bring_no_byte_of_another_file(run, secret):
    layout = h5py.VirtualLayout((60, 4), "f4")
    layout[:] = h5py.VirtualSource(str(secret / "secret.h5"), "v", (60, 4))
    change(run, "voltages", lambda f: f.create_virtual_dataset("voltages", layout))
    refused(run, "'voltages' takes its data from another file")


@pytest.mark.parametrize("relative", [True, False])
def test_links_bring_no_byte_of_another_file(run, secret, relative):
    target = "../../secret.h5" if relative else str(secret / "secret.h5")

    def make(file):
        file["voltages"] = h5py.ExternalLink(target, "/v")

    change(run, "voltages", make)
    refused(run, "'voltages' is a link to another place")


def test_the_neurons_of_the_index_are_no_link(run, secret):
    with h5py.File(secret / "others.h5", "w") as file:
        with h5py.File(run / "activity.h5") as index:
            index.copy("neurons", file)
        file["neurons/thresholds"][...] = -1.0
    with h5py.File(run / "activity.h5", "r+") as file:
        del file["neurons"]
        file["neurons"] = h5py.ExternalLink(str(secret / "others.h5"), "/neurons")
    assert load_activity(run).neurons.thresholds.max() < -1.0  # those of the first step


def test_numbers_alone_take_no_memory(run):
    for name in ("n_neurons", "n_steps"):
        with h5py.File(run / DATA, "r+") as file:
            before = file.attrs[name]
            file.attrs[name] = 10**11
        with pytest.raises(OSError, match=f"{name}|100,000,000,000"):
            load_activity(run)[100]
        with h5py.File(run / DATA, "r+") as file:
            file.attrs[name] = before
    assert load_activity(run)[100].step == 100


def test_the_shape_of_the_batch_is_compared_with_its_bits(run):
    for shape in ((10**6, 10**6, 1), (2, 60, -1), (1,)):
        with h5py.File(run / DATA, "r+") as file:
            file["batch/spikes"].attrs["shape"] = shape
        refused(run, "do not fill their shape")


def test_a_pipe_is_not_waited_for(run):
    os.remove(run / DATA)
    os.mkfifo(run / DATA)
    ended = threading.Event()

    def read():
        assert load_activity(run).steps.tolist() == [200]  # a pipe is no file of a step
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    assert ended.wait(20)
