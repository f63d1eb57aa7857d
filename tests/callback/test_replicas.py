"""Under tf.distribute a look is what one device would compute of the same sample."""

import numpy as np
import pytest
from kits import KERAS_2, needs_keras_3
from replicated import CASES, batches_of, run_program
from spiking_models import make_data, truth

from keras_v1_activity import load_activity

# The Keras of each set of cases; where Keras 2 is all there is, it is called keras.
KERAS_OF = {"tf_keras": "keras"} if KERAS_2 else {"keras": "keras", "tf_keras": "tf_keras"}
FITS = [
    (cases, name)
    for cases in KERAS_OF
    for name, case in CASES[cases].items()
    if case.make != "loop"
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Gives the folder of the results of a set of cases."""
    out = run_program(KERAS_OF, tmp_path_factory.mktemp("replicas"))
    return lambda cases: out / cases


def number_of_sample(case, size):
    """Number in a batch of `size` of the sample that is recorded: parts as equal as may be."""
    parts = np.array_split(np.arange(size), case.n_replicas)
    first = sum(len(part) for part in parts[: case.given.get("replica", 0)])
    return min(first + case.given.get("sample_index", 0), size - 1)


@pytest.mark.parametrize(("cases", "name"), FITS)
def test_looks_are_those_of_one_device(trained, cases, name):
    case, folder = CASES[cases][name], trained(cases)
    kernels = np.load(folder / f"{name}.npz")["kernels"]
    with load_activity(folder / name) as run:
        expected = [len(kernels) * 3] if case.compiled.get("steps_per_execution") else None
        assert run.steps.tolist() == (expected or list(range(1, len(kernels) + 1)))
        for step in run.steps:
            look, batch = run[step], batches_of(case)[step - 1]
            if "probe" in case.given:
                sample, batch = 0, make_data(8)
                # A probe is shown after the step, whose kernel the next step has.
                if step == len(kernels):
                    continue
                kernel = kernels[step]
            else:
                sample = number_of_sample(case, len(batch[0]))
                kernel = kernels[0 if expected else step - 1]
            assert look.sample_index == sample and look.label == batch[1][sample]
            if expected:
                # The kernel before the last of three steps in one execution is nowhere to be read.
                continue
            spikes, voltages = truth(kernel, batch[0][sample])
            np.testing.assert_array_equal(look.spikes(), spikes)
            np.testing.assert_allclose(
                look.voltages, voltages[:, look.voltage_neurons], rtol=1e-5, atol=1e-3
            )
            np.testing.assert_array_equal(look.inputs, batch[0][sample])


@pytest.mark.parametrize(
    ("cases", "name"),
    [
        pytest.param("keras", "last_sample", marks=needs_keras_3),
        pytest.param("keras", "tapped", marks=needs_keras_3),
        ("tf_keras", "last_sample"),
    ],
)
def test_training_is_bit_equal_to_one_that_is_not_recorded(trained, cases, name):
    assert np.load(trained(cases) / f"{name}.npz")["weights_equal"]


@pytest.mark.parametrize("cases", KERAS_OF)
def test_updates_and_weights_are_those_of_all_replicas(trained, cases):
    kernels = np.load(trained(cases) / "last_sample.npz")["kernels"].astype(np.float64)
    with load_activity(trained(cases) / "last_sample") as run:
        for step in run.steps:
            health = run[step].details["health"]
            before = np.linalg.norm(kernels[step - 1])
            assert health["weight_norm"]["input"] == pytest.approx(before, rel=1e-5)
            if step < len(kernels):
                change = np.linalg.norm(kernels[step] - kernels[step - 1])
                assert health["update_norm"]["input"] == pytest.approx(change, rel=1e-5)
            assert health["gradient_norm"]["input"] > 0


@needs_keras_3
def test_samples_side_by_side_are_those_of_the_part_with_the_recorded_one(trained):
    case = CASES["keras"]["last_sample"]
    with load_activity(trained("keras") / "last_sample") as run:
        for step in run.steps:
            x, y = batches_of(case)[step - 1]
            view = run[step].batch
            assert run[step].sample_index in view.samples
            np.testing.assert_array_equal(view.labels, y[view.samples])


@needs_keras_3
def test_traced_neurons_are_those_of_the_recorded_sample(trained):
    case = CASES["keras"]["four"]
    kernels = np.load(trained("keras") / "four.npz")["kernels"]
    with load_activity(trained("keras") / "four") as run:
        for step in run.steps:
            x, _ = batches_of(case)[step - 1]
            _, voltages = truth(kernels[step - 1], x[number_of_sample(case, len(x))])
            np.testing.assert_allclose(
                run[step].traces.values["voltage"], voltages[:, [3, 1]], rtol=1e-5, atol=1e-3
            )


@needs_keras_3
def test_a_tap_in_a_loop_stores_what_the_callback_stores_in_fit(trained):
    folder, case = trained("keras"), CASES["keras"]["tapped"]
    kernels = np.load(folder / "tapped.npz")["kernels"]
    with load_activity(folder / "tapped") as tapped, load_activity(folder / "last_sample") as run:
        assert tapped.steps.tolist() == run.steps.tolist()[:2] == [1, 2]
        for step in tapped.steps:
            x, y = batches_of(case)[step - 1]
            look, sample = tapped[step], number_of_sample(case, len(x))
            spikes, voltages = truth(kernels[step - 1], x[sample])
            np.testing.assert_array_equal(look.spikes(), spikes)
            np.testing.assert_allclose(
                look.voltages, voltages[:, look.voltage_neurons], rtol=1e-5, atol=1e-3
            )
            assert (look.sample_index, look.label) == (sample, y[sample])
        # Both start from the same weights.
        first, same = tapped[1], run[1]
        np.testing.assert_array_equal(first.spikes(), same.spikes())
        for field in ("voltages", "voltage_neurons", "inputs", "outputs", "confidence"):
            np.testing.assert_array_equal(getattr(first, field), getattr(same, field), field)
        assert (first.label, first.prediction) == (same.label, same.prediction)


@needs_keras_3
def test_what_strategy_run_returns_can_be_logged(trained):
    """A look of the values returned by all replicas is that of the whole batch."""
    with (
        load_activity(trained("keras") / "tapped_returned") as returned,
        load_activity(trained("keras") / "tapped") as tapped,
    ):
        assert returned.steps.tolist() == tapped.steps.tolist()
        for step in returned.steps:
            np.testing.assert_array_equal(returned[step].spikes(), tapped[step].spikes())
            assert returned[step].label == tapped[step].label


@needs_keras_3
def test_each_replica_of_the_v1_network_draws_noise_of_its_own(trained):
    """Replica 0 draws what one device draws, the other something unrelated."""
    noise = np.load(trained("keras") / "noise.npz")
    np.testing.assert_array_equal(noise["first"], noise["alone"])
    reached = noise["first"].std(axis=1)[0] > 0
    assert reached.sum() > 20
    over_time = [noise[name][0][:, reached].mean(axis=1) for name in ("first", "second")]
    assert abs(np.corrcoef(over_time)[0, 1]) < 0.4
