"""Live callback, probe, custom loop and demo store the same for the same weights and inputs.

Without background noise, which is drawn again in each forward pass.
"""

import json

import h5py
import keras
import numpy as np
import pytest
from spiking_models import prepare
from written_networks import copy_of_network

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback
from keras_v1_activity.experiments import demo as inference
from keras_v1_activity.experiments.options import DemoOptions
from keras_v1_activity.experiments.prepare import get_model, get_network, get_task


def contents(step_file):
    """All datasets of a step's file by name, without facts of the neurons and of the looking."""
    found = {}
    with h5py.File(step_file) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()]})
                if isinstance(item, h5py.Dataset) and not name.startswith(("neurons", "details"))
                else None
            )
        )
    return found


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same")
    options = DemoOptions(
        data_dir=str(copy_of_network(folder / "GLIF_network")),
        log_dir=str(folder / "demo"), neurons=200, n_samples=1, batch_size=1,
        pre_delay=0, im_slice=50, post_delay=0, seq_len=50, noise=False,
    )  # fmt: skip
    inference.run_demo(options, say=lambda line: None)
    network = get_network(options, folder, lambda line: None)
    task = get_task(options, network, n_test=1)
    model = get_model(options, network, task)
    x, y, weight = (part.numpy() for part in next(iter(task.test)))
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    prepare(keras, model)

    live = V1ActivityCallback(folder / "live", 1, figures=["predictions"])
    probe = V1ActivityCallback(folder / "probe", 1, figures=["predictions"], probe_data=(x, y))
    model.fit(x, y, sample_weight=weight, batch_size=1, verbose=0, callbacks=[live, probe])
    both = keras.Model(model.input, [*model.get_layer("rsnn").output, model.output])
    spikes, voltages, outputs = both(x)
    neurons = model.get_layer("rsnn").cell.neurons
    with NetworkActivityLogger(
        folder / "loop", 1, populations=neurons, figures=["predictions"]
    ) as logger:
        logger.log_step(
            inputs=x, spikes=spikes, voltages=voltages, outputs=outputs, labels=y,
            sample_weight=weight,
        )  # fmt: skip
    files = {
        "demo": folder / "demo" / "activity" / "step_000001.h5",
        "loop": folder / "loop" / "activity" / "step_000001.h5",
        "live": folder / "live" / "step_000001" / "data.h5",
        "probe": folder / "probe" / "step_000001" / "data.h5",
    }
    return {name: contents(path) for name, path in files.items()}


@pytest.mark.parametrize("other", ["demo", "loop", "probe"])
def test_the_same_content_as_live(stored, other):
    assert set(stored[other]) == set(stored["live"])
    assert stored["live"]["spikes/v1/timestamps"].size > 5
    for name, value in stored["live"].items():
        if name == "details":
            # Losses are known to fit alone.
            ours, others = (json.loads(stored[by][name]) for by in ("live", other))
            assert ours["statistics"] == others["statistics"]
        elif value.dtype.kind == "f":
            np.testing.assert_allclose(stored[other][name], value, atol=1e-4, err_msg=name)
        else:
            np.testing.assert_array_equal(stored[other][name], value, err_msg=name)
