"""Looks at a network that bmtk's DPointNet trains, against its own inference and its own tables."""

import csv
import json
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
import tensorflow as tf
from dpointnet_program import BATCH, STEPS
from places import TESTS
from report_pages import blocks_of

from keras_v1_activity import load_activity, v1

pytest.importorskip("bmtk.simulator.dpointnet")
pytest.importorskip("tf_keras")

# Which parameter and which of its samples each training has recorded.
RECORDED = {
    "single": ("evoked", 0),
    "series": ("evoked", 0),
    "series_accumulate": ("spontaneous", 1),
    "parallel": ("spontaneous", 1),
}
each_approach = pytest.mark.parametrize("approach", RECORDED)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The folder that `dpointnet_program` leaves; see there."""
    folder = tmp_path_factory.mktemp("dpointnet")
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    path = os.pathsep.join([str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(TESTS / "dpointnet_program.py"), str(folder)],
        env={**environment, "PYTHONPATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def nodes(trained):
    """pop_name, E_L, V_th, x, y, z, tuning_angle of each neuron, by h5py, csv and json."""
    network, cells = (
        trained / "SONATA_network_300" / part for part in ("network", "components/cells")
    )
    with h5py.File(network / "v1_nodes.h5") as file:
        group = file["nodes/v1"]
        kinds = group["node_type_id"][()]
        found = {name: group[f"0/{name}"][()] for name in ("x", "y", "z", "tuning_angle")}
    with open(network / "v1_node_types.csv") as file:
        types = {int(row["node_type_id"]): row for row in csv.DictReader(file, delimiter=" ")}
    numbers = {
        kind: json.loads((cells / row["dynamics_params"]).read_text())
        for kind, row in types.items()
    }
    found["pop_name"] = [types[kind]["pop_name"] for kind in kinds]
    for name in ("E_L", "V_th"):
        found[name] = np.array([numbers[kind][name] for kind in kinds])
    return found


def steps_of(approach):
    # That network was trained twice.
    return [2, 4, 6, 8] if approach == "parallel" else [2, 4]


@each_approach
def test_every_second_step_is_logged_also_in_a_second_training(trained, approach):
    with load_activity(trained / approach) as run:
        assert run.steps.tolist() == steps_of(approach)
        assert all(run[step].n_spikes for step in run.steps)


def test_what_cannot_be_recorded_is_said_once_and_training_goes_on(trained):
    (said,) = (trained / "said.txt").read_text().splitlines()
    assert "parameter must be one of those that are trained" in said and "'dreaming'" in said
    assert not (trained / "wrong" / "activity.h5").exists()


@each_approach
def test_looks_are_what_inference_gives_for_the_same_weights_and_inputs(trained, nodes, approach):
    e_l, v_th = nodes["E_L"], nodes["V_th"]
    parameter, sample = RECORDED[approach]
    at = ("evoked", "spontaneous").index(parameter)
    expected = np.load(trained / f"{approach}.npz")
    with load_activity(trained / approach) as run:
        for step in steps_of(approach):
            look = run[step]
            spikes = expected["spikes"][step - 1, at, sample]
            assert spikes.sum() > 0
            np.testing.assert_array_equal(look.spikes(), spikes > 0)
            ids = look.voltage_neurons
            potentials = expected["potentials"][step - 1, at, sample][:, ids]
            in_mv = e_l[ids] + potentials * (v_th - e_l)[ids]
            np.testing.assert_allclose(look.voltages, in_mv, atol=2e-3)
            np.testing.assert_allclose(look.inputs, expected["inputs"][step - 1, at, sample])
    counts = json.loads((trained / approach / "run.json").read_text())["counts"]
    assert (
        counts["looks"] == len(steps_of(approach))
        and counts["captures_failed"] == counts["saves_failed"] == 0
    )


def test_neurons_are_those_of_the_sonata_files(trained, nodes):
    with load_activity(trained / "series") as run:
        neurons = run[4].neurons
    assert neurons.populations.names_per_neuron().tolist() == nodes["pop_name"]
    np.testing.assert_allclose(neurons.thresholds, nodes["V_th"], rtol=1e-6)
    # In the files y is below 0: the depth, counted upwards.
    xyz = np.stack([nodes["x"], -nodes["y"], nodes["z"]], axis=1)
    np.testing.assert_allclose(neurons.positions, xyz, rtol=1e-6)
    np.testing.assert_allclose(neurons.tuning_angles, nodes["tuning_angle"], rtol=1e-6)


@each_approach
def test_the_losses_that_bmtk_tabulates_stand_in_the_summary(trained, approach):
    with open(trained / f"{approach}_tables" / "losses.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["loss_type"] == "step"]
    parameters = {row["parameter"] for row in rows}
    assert parameters == ({"evoked", ""} if approach == "single" else {"evoked", "spontaneous", ""})
    steps = {(int(row["epoch"]), int(row["step"])) for row in rows}
    n_epochs = len(steps_of(approach)) * 2 // STEPS
    assert steps == {(e + 1, s + 1) for e in range(n_epochs) for s in range(STEPS)}
    for step in steps_of(approach):
        summary = json.loads((trained / approach / f"step_{step:06d}" / "summary.json").read_text())
        tabulated = {
            "/".join(filter(None, [row["parameter"], row["loss_function"].lstrip("_")])): float(
                row["loss_value"]
            )
            for row in rows
            if (int(row["epoch"]) - 1) * STEPS + int(row["step"]) == step
        }
        assert summary["scalars"] == pytest.approx(tabulated)


def test_the_report_is_there_when_training_has_ended(trained):
    looks = list(load_activity(trained / "single").steps)
    assert blocks_of(trained / "single" / "report.html")["a-run"][1]["steps"].tolist() == looks


def test_the_settings_say_what_is_recorded(trained):
    for approach, (parameter, sample) in RECORDED.items():
        settings = json.loads((trained / approach / "run.json").read_text())["settings"]
        assert settings["training_approach"] == approach and settings["parameter"] == parameter
        in_batch = sample + (BATCH if approach == "parallel" else 0)
        assert settings["sample_index_in_batch"] == in_batch


def test_the_example_draws_and_keeps_the_tables_of_bmtk(trained):
    for figure in ("raster", "voltages", "input", "population"):
        assert (trained / "series" / "step_000004" / f"{figure}.png").stat().st_size > 1000
    assert (trained / "series_tables" / "performance.csv").is_file()
    assert (trained / "series_tables" / "trained_weights").is_dir()


@pytest.fixture(scope="module")
def ours(trained):
    """(network, layer of its input, layer `rsnn`) here, of the network that DPointNet trained."""
    from keras_v1_activity.v1.layers.input_layer import InputCurrents
    from keras_v1_activity.v1.layers.rsnn import RSNN

    network = v1.load_network(trained / "SONATA_network_300", core_only=False)
    return (
        network,
        InputCurrents(network),
        RSNN(network, dynamics="dpointnet", dampening_factor=0.3),
    )


def test_the_same_network_spikes_alike_here(trained, ours):
    """Before its first training: with the weights of the files."""
    _, inputs, rsnn = ours
    theirs = np.load(trained / "series.npz")
    assert theirs["spikes"][0].sum() > 500
    for parameter in range(2):
        spikes, mv = rsnn(inputs(theirs["inputs"][0, parameter]))
        np.testing.assert_array_equal(spikes, theirs["spikes"][0, parameter])
        cell = rsnn.cell
        v = (np.asarray(mv) - cell.e_l_mv.numpy()[:, 0]) / cell.voltage_scale.numpy()[:, 0]
        np.testing.assert_allclose(v, theirs["potentials"][0, parameter], atol=2e-5)


def test_the_gradient_of_a_training_step_is_that_of_dpointnet(trained, ours):
    """Adam keeps a mean of the gradients: in a step it takes a tenth of the new one."""
    network, inputs, rsnn = ours
    theirs = np.load(trained / "single.npz")
    before, after = theirs["mean_gradients"][:2]
    expected = (after - 0.9 * before) / 0.1
    target, source = theirs["ends"].T
    table = network.recurrent
    order, other = np.lexsort((table.source, table.target)), np.lexsort((source, target))
    np.testing.assert_array_equal(table.source[order], source[other])
    weights = np.empty(len(table), np.float32)
    weights[order] = theirs["weights"][0][other]

    x = tf.constant(theirs["inputs"][0, 0])
    rsnn.sparse_recurrent_weights.assign(weights)
    with tf.GradientTape() as tape:
        spikes, mv = rsnn(inputs(x))
        rates = tf.reduce_sum(spikes, 1) / 0.06
        v = (mv - rsnn.cell.e_l_mv[:, 0]) / rsnn.cell.voltage_scale[:, 0]
        outside = tf.nn.relu(tf.abs(v - 0.5) - 0.5)
        loss = tf.reduce_mean((10.0 - rates) ** 2) + tf.reduce_mean(outside**2)
    found = tape.gradient(loss, rsnn.sparse_recurrent_weights.value).numpy()
    np.testing.assert_array_equal(spikes, theirs["spikes"][0, 0])
    largest = np.abs(expected).max()
    np.testing.assert_allclose(found[order], expected[other], atol=1e-4 * largest)
