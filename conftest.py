"""For all tests: which are slow, in which order they run, and what examples may use."""

import gc
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent

# Files and folders whose tests compile networks, train, animate or wait for processes. They take
# nearly all of the suite's time, and `make quick` leaves them out. Those that take minutes stand
# first and start first, so that no worker is left with one at the end.
SLOW = (
    "tests/experiments",
    "tests/v1/test_model.py",
    "tests/examples",
    "tests/documents/test_readme.py",
    "tests/documents/test_snippets.py",
    "tests/documents/test_site.py",
    "tests/v1/synthetic/test_rates.py",
    "tests/callback",
    "tests/drawing",
    "tests/figures/comparison",
    "tests/v1/engine",
    "tests/v1/checkpoints",
    "tests/v1/nest",
    "tests/v1/synthetic",
    "tests/v1/tasks",
    "tests/capture",
    "tests/probes",
    "tests/recording",
    "tests/logger",
    "tests/integrations",
    "tests/test_visualize_training.py",
    "tests/test_same_content.py",
    "tests/test_v1_with_callback.py",
    "tests/cli/test_cli.py",
    "tests/cli/test_nest.py",
    "tests/cli/test_watch.py",
    "tests/live/test_in_a_notebook.py",
    "tests/packaging/test_types.py",
    "tests/architecture/test_imports.py",
    "tests/state",
    "tests/figures/test_every_figure.py",
    "tests/figures/test_saving.py",
    "tests/v1",
    "tests/cli/test_missing.py",
    "tests/cli/test_compare.py",
    "tests/storage/test_hostile_looks.py",
    "tests/storage/test_summary_arrays.py",
    "tests/test_mutated_files.py",
    "tests/export/test_memory.py",
    "keras_v1_activity/v1",
    "keras_v1_activity/experiments",
    "keras_v1_activity/capture",
    "keras_v1_activity/probes",
    "keras_v1_activity/drawing",
    "keras_v1_activity/recording",
    "keras_v1_activity/integrations",
    "keras_v1_activity/cli",
    "keras_v1_activity/state",
)


def pytest_collection_modifyitems(items):
    """Marks the slow tests, and puts them first; otherwise the order stays."""

    def rank(item):
        path = item.path.relative_to(ROOT)
        parents = {path.as_posix(), *(parent.as_posix() for parent in path.parents)}
        return next((i for i, slow in enumerate(SLOW) if slow in parents), len(SLOW))

    for item in items:
        if rank(item) < len(SLOW):
            item.add_marker("slow")
        if item.name == "keras_v1_activity.sinks.mlflow.MLflow":
            # Its store is built on a library that warns of what it will take away.
            item.add_marker(pytest.mark.filterwarnings("ignore"))
    items.sort(key=rank)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Garbage is not looked for while modules are imported: that takes a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish():
    """Garbage is no longer looked for among the modules: there is none.

    TensorFlow's and Keras' million objects would be gone through each time that a graph is traced.
    Nor is it looked for after every few hundred objects, of which a graph has many thousands.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@cache
def _network():
    from written_networks import written_network

    from keras_v1_activity import v1

    return v1.load_network(written_network(), n_neurons=200)


@cache
def _drawn():
    from keras_v1_activity.v1.synthetic.drawing import draw_network

    return draw_network(200, seed=0, progress=lambda line: None)


def _activity():
    from activities import make_activity

    return make_activity(120, 200, step=100)


def _model():
    """A compiled model whose layer `rsnn` of nine neurons gives (spikes, voltages in mV)."""
    import keras
    from spiking_models import make_model

    return make_model(keras)


def _run():
    """A run of two looks in the folder ``logs``."""
    from keras_v1_activity import NetworkActivityLogger

    with NetworkActivityLogger("logs", 100, figures=(), background=False) as logger:
        for step in (100, 200):
            logger.log_step(spikes=np.eye(20)[None], step=step)


def _trials():
    """Three activities of the same 120 neurons, whose positions are known."""
    import activities

    return list(activities.trials(120))


def _axes():
    """The axes of a matplotlib figure of 10 x 6 inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(10, 6), dpi=100).add_axes((0.1, 0.1, 0.8, 0.8))


# An example with one of these reads the run in ``logs``, which is made for it.
READERS = (
    "load_activity", "RunFolder(", "Looks(", '["figures", "logs"', '["compare", "logs"',
    '["inspect", "logs"',
)  # fmt: skip

# What an example needs that calls one of these.
NEEDS = {
    "to_pandas": "pandas", "to_neo": "neo", "to_pynapple": "pynapple", '"nwb"': "pynwb",
    "write_nwb": "pynwb", "TensorBoard": "tensorboard", "WandB": "wandb", "MLflow": "mlflow",
    "Trackio": "trackio",
}  # fmt: skip

# What a docstring's example may take for granted: made only where its text names it.
MAKERS = {
    "np": lambda: np,
    "activity": _activity,
    "trials": _trials,
    "axes": _axes,
    "network": _network,
    "drawn": _drawn,
    "model": _model,
    "x": lambda: np.random.default_rng(0).random((8, 12, 7), np.float32),
    "y": lambda: np.arange(8) % 3,
}


@pytest.fixture(autouse=True)
def _doctest_surroundings(request, tmp_path_factory, monkeypatch):
    """Each docstring's example runs in an empty folder, with the names of `MAKERS` it uses."""
    test = getattr(request.node, "dtest", None)
    if test is None:
        return
    folder = tmp_path_factory.mktemp("example")
    monkeypatch.chdir(folder)
    # Else its database would be in the home of whoever runs this.
    monkeypatch.setenv("TRACKIO_DIR", str(folder))
    source = "".join(example.source for example in test.examples)
    if re.search(r"\bnest\b", source):
        pytest.importorskip("nest")
    for called, library in NEEDS.items():
        if called in source:
            pytest.importorskip(library)
    if '"GLIF_network"' in source and "write_synthetic_network" not in source:
        from written_networks import copy_of_network

        copy_of_network("GLIF_network")
    if "write_synthetic_network" in source:
        from written_networks import calibrate_once

        calibrate_once(monkeypatch)
    if any(reader in source for reader in READERS) and '"logs"' in source:
        _run()
    for name, make in MAKERS.items():
        if re.search(rf"\b{name}\b", source) and not re.search(rf"^{name} =", source, re.M):
            test.globs[name] = make()
