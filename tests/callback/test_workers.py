"""Of several workers the chief writes one run; or each a run of its own, if that is asked for."""

import json

import numpy as np
import pytest
from spiking_models import make_data, truth
from worker_program import N_STEPS, run_workers

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.common.workers import worker_of_environment


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers")
    code, said = run_workers(folder)
    assert code == 0, said[-6000:]
    return folder


def test_the_chief_writes_one_run_with_the_right_steps(trained):
    folder = trained / "chief"
    assert not list(folder.glob("worker_*")) and not list(folder.glob("earlier_*"))
    with load_activity(folder) as run:
        assert run.steps.tolist() == list(range(1, N_STEPS + 1))
    assert [int(np.load(trained / f"{k}.npz")["step"]) for k in range(2)] == [N_STEPS] * 2


def samples_of(trained, number, name):
    """Which sample of the data each look of a worker is of, by the kernel that the worker had."""
    x, y = make_data(8)
    kernels = np.load(trained / f"{number}.npz")["kernels"]
    with load_activity(trained / "each" / name) as run:
        assert run.steps.tolist() == list(range(1, N_STEPS + 1))
        found = []
        for step in run.steps:
            look = run[step]
            spikes = [truth(kernels[step - 1], sample)[0] for sample in x]
            (sample,) = (i for i in range(8) if np.array_equal(look.spikes(), spikes[i]))
            assert look.label == y[sample]
            found.append(sample)
    return found


def test_each_worker_may_write_what_its_own_part_gave(trained):
    of_chief, of_other = samples_of(trained, 0, "."), samples_of(trained, 1, "worker_1")
    assert all(mine != other for mine, other in zip(of_chief, of_other, strict=True))


def test_loggers_do_as_callbacks_do(trained):
    with load_activity(trained / "log") as run:
        assert run.steps.tolist() == [1]
    assert not list((trained / "log").glob("worker_*"))
    for name in (".", "worker_1"):
        assert load_activity(trained / "log_each" / name).steps.tolist() == [1]


@pytest.mark.parametrize(
    ("config", "name", "is_chief"),
    [
        ({"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 0}},
         "worker_0", True),
        ({"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 1}},
         "worker_1", False),
        ({"cluster": {"chief": ["a"], "worker": ["b"]}, "task": {"type": "chief", "index": 0}},
         "chief_0", True),
        ({"cluster": {"chief": ["a"], "worker": ["b"]}, "task": {"type": "worker", "index": 0}},
         "worker_0", False),
        ({"cluster": {"worker": ["a"]}, "task": {"type": "evaluator", "index": 0}},
         "evaluator_0", False),
        ({"cluster": {}}, "worker_0", True),
        ("no cluster", "worker_0", True),
    ],
)  # fmt: skip
def test_who_the_chief_is(monkeypatch, config, name, is_chief):
    text = config if isinstance(config, str) else json.dumps(config)
    monkeypatch.setenv("TF_CONFIG", text)
    worker = worker_of_environment()
    assert (worker.name, worker.is_chief) == (name, is_chief)


def test_a_logger_beside_the_chief_says_and_writes_nothing(tmp_path, monkeypatch, caplog):
    config = {"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with NetworkActivityLogger(tmp_path, 1) as logger:
        assert [logger.log_step(spikes=np.eye(9)), logger.step_done()] == [False, False]
    assert logger.step == 2 and not list(tmp_path.iterdir()) and not caplog.records
