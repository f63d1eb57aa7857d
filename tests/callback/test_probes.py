"""Probes under the callback: turns, tuning read back, fixed noise, trainings that go on."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from fits import watcher
from kits import KERAS_2, KITS, needs_keras_3
from spiking_models import make_layer_class, prepare

from keras_v1_activity import load_activity, measures, probes

T, DIRECTIONS = 100, np.arange(0, 360, 45)
# Spikes in 100 ms at each direction. OSI and DSI in closed form:
# orientation tuned .5, 0; one direction 1, 1; two unequal ones 1, 1/3; a bump 3/11, 3/11; flat 0.
COUNTS = np.array(
    [
        [20, 10, 0, 10, 20, 10, 0, 10],
        [0, 0, 20, 0, 0, 0, 0, 0],
        [0, 10, 0, 0, 0, 20, 0, 0],
        [10, 10, 10, 40, 10, 10, 10, 10],
        [7, 7, 7, 7, 7, 7, 7, 7],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]
)
OSI = [0.5, 1, 1, 3 / 11, 0, np.nan]
DSI = [0, 1, 1 / 3, 3 / 11, 0, np.nan]
PREFERRED = [0, 90, 225, 135, np.nan, np.nan]
NAMES = ["e4"] * 3 + ["i4Pvalb"] * 2 + ["e5IT"]


def movies(n_trials=1, order=DIRECTIONS):
    """(samples, time, 1) of the direction, and the directions."""
    shown = np.tile(order, n_trials).astype(np.float32)
    return np.tile(shown[:, None, None], (1, T, 1)), shown


def tuned_layer(kit):
    class Tuned(kit.layers.Layer):
        """Fires as often as `COUNTS` says, from the first time step on."""

        def call(self, x):
            place = tf.cast(tf.round(x[:, :, 0] / 45.0), tf.int32)
            counts = tf.gather(tf.constant(COUNTS.T, tf.int32), place)
            return tf.cast(tf.range(T)[None, :, None] < counts, tf.float32)

    return Tuned


def tuned_model(kit):
    kit.utils.set_random_seed(0)
    inputs = kit.Input((T, 1))
    spikes = tuned_layer(kit)(name="rsnn")(inputs)
    pooled = kit.layers.GlobalAveragePooling1D()(spikes)
    model = kit.Model(inputs, kit.layers.Dense(2, activation="softmax")(pooled))
    model.compile(kit.optimizers.SGD(0.1), "sparse_categorical_crossentropy", jit_compile=False)
    return prepare(kit, model)


def train(model, callback, n_steps):
    x = movies()[0][:1].repeat(n_steps, axis=0)
    model.fit(x, np.zeros(n_steps), batch_size=1, verbose=0, callbacks=[callback])


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.__name__)
def test_tuning_through_callback_and_run_equals_the_closed_form(kit, tmp_path):
    x, directions = movies(n_trials=2)
    probe = probes.Batch(x, directions_deg=directions)
    callback = watcher(tmp_path, 1, probe_data=probe, populations=NAMES, figures=["tuning"])
    train(tuned_model(kit), callback, 18)
    assert callback.recorder.counts["saves_failed"] == 0
    with load_activity(tmp_path) as run:
        assert run.tuning_steps.tolist() == [16] and len(run) == 18
        told = [run[step].details["probe"] for step in (1, 16, 18)]
        assert [(t["kind"], t["turn"], t["item"]) for t in told] == [
            ("batch", 1, 0), ("batch", 1, 15), ("batch", 2, 1),
        ]  # fmt: skip
        assert run[10].details["probe"]["direction_deg"] == 45 and run[10].tuning is None
        assert run[10].details["probe"]["trial"] == 1
        tuning = run.tuning()
        np.testing.assert_array_equal(tuning.counts, COUNTS.T[:, None].repeat(2, axis=1))
        np.testing.assert_array_equal(tuning.steps, 1 + np.arange(16).reshape(2, 8).T)
        angles, rates = tuning.directions_deg, tuning.rates
        np.testing.assert_allclose(rates, COUNTS.T / 0.1, rtol=1e-12)
        np.testing.assert_allclose(measures.osi(rates, angles), OSI, atol=1e-6)
        np.testing.assert_allclose(measures.dsi(rates, angles), DSI, atol=1e-6)
        np.testing.assert_allclose(
            measures.preferred_direction(rates, angles), PREFERRED, atol=1e-6
        )
        of_e4 = run.history.series("tuning", "populations", "e4", "osi")
        assert np.flatnonzero(np.isfinite(of_e4)).tolist() == [15]
        np.testing.assert_allclose(of_e4[15], 1, atol=1e-6)
        with pytest.raises(KeyError, match="step 10 completed no turn.*did: 16"):
            run.tuning(10)
    summary = json.loads((tmp_path / "step_000016" / "summary.json").read_text())["tuning"]
    assert summary["directions_deg"] == DIRECTIONS.tolist()
    numbers = summary["populations"]["e4"]
    of_e4 = COUNTS[:3].T / 0.1
    np.testing.assert_allclose(numbers["rates_hz"], of_e4.mean(axis=1), rtol=1e-6)
    sem = np.tile(of_e4, 2).std(axis=1, ddof=1) / np.sqrt(6)
    np.testing.assert_allclose(numbers["sem_hz"], sem, rtol=1e-6)
    assert summary["populations"]["e5IT"]["osi"] is None
    (picture,) = tmp_path.glob("*/tuning.png")
    assert picture.parent.name == "step_000016"


@pytest.mark.parametrize("save_data", [True, False])
def test_a_training_that_goes_on_in_a_new_process_goes_on_in_the_turn(tmp_path, save_data):
    probe, model = probes.Batch(movies()[0], directions_deg=DIRECTIONS), tuned_model(keras)
    for n_steps in (11, 2, 11):  # the third by a callback that knows nothing of the others
        if n_steps != 2:
            callback = watcher(tmp_path, 1, probe_data=probe, save_data=save_data)
        train(model, callback, n_steps)
    summaries = [
        json.loads((tmp_path / f"step_{step:06d}" / "summary.json").read_text())
        for step in range(1, 25)
    ]
    shown = [(s["probe"]["turn"], s["probe"]["item"]) for s in summaries]
    complete = [s["step"] for s in summaries if "tuning" in s]
    if save_data:
        assert shown == [(1 + k // 8, k % 8) for k in range(24)]
        assert complete == [8, 16, 24]
        with load_activity(tmp_path) as run:
            np.testing.assert_array_equal(run.tuning(16).counts[:, 0], COUNTS.T)
            assert run.tuning(24).past_steps.tolist() == [8, 16]
    else:
        # What the looks of the turn have shown is not stored: it begins again.
        assert shown[:13] == [(1 + k // 8, k % 8) for k in range(13)]
        assert shown[13:] == [(3 + k // 8, k % 8) for k in range(11)]
        assert complete == [8, 21]


def test_other_stimuli_begin_a_new_turn(tmp_path):
    model = tuned_model(keras)
    for n_steps, order in ((3, DIRECTIONS), (9, DIRECTIONS[::-1])):
        probe = probes.Batch(movies(order=order)[0], directions_deg=order)
        train(model, watcher(tmp_path, 1, probe_data=probe), n_steps)
    with load_activity(tmp_path) as run:
        turns = [look.details["probe"]["turn"] for look in run]
        assert turns == [1] * 3 + [2] * 8 + [3] and run.tuning_steps.tolist() == [11]
        np.testing.assert_array_equal(run.tuning().counts[:, 0], COUNTS.T)


def test_a_batch_of_several_samples_and_a_sample_index(tmp_path):
    x, directions = movies()
    callback = watcher(tmp_path / "all", 1, probe_data=(x, np.arange(8)), sample_index=5)
    train(tuned_model(keras), callback, 2)
    with load_activity(tmp_path / "all") as run:
        assert run[2].spike_counts.tolist() == COUNTS[:, 5].tolist() and run[2].label == 5
        assert run[2].details["probe"]["turn"] == 2 and "tuning" not in run[2].details
        with pytest.raises(KeyError, match="no complete turn of a probe"):
            run.tuning()
    with pytest.raises(ValueError, match="sample_index is 1, but the batch has 1 sample"):
        watcher(
            tmp_path / "one", probe_data=probes.Batch(x, directions_deg=directions), sample_index=1
        )


def noisy_layer(kit):
    class Noisy(make_layer_class(kit)):
        """Adds noise to its input, in inference too."""

        def __init__(self, **kwargs):
            super().__init__(n_neurons=5, **kwargs)
            if kit.__name__ == "keras" and not KERAS_2:
                self.noise = kit.random.SeedGenerator(3)
            else:
                self.noise = tf.random.Generator.from_seed(3)

        def call(self, x):
            if isinstance(self.noise, tf.random.Generator):
                drawn = self.noise.normal(tf.shape(x))
            else:
                drawn = kit.random.normal(tf.shape(x), seed=self.noise)
            return super().call(x + 0.5 * drawn)

    return Noisy


def noisy_model(kit, rate):
    kit.utils.set_random_seed(0)
    inputs = kit.Input((20, 3))
    spikes, _ = noisy_layer(kit)(name="rsnn")(inputs)
    pooled = kit.layers.GlobalAveragePooling1D()(kit.layers.Dropout(0.2, seed=1)(spikes))
    model = kit.Model(inputs, kit.layers.Dense(2, activation="softmax")(pooled))
    how = {} if KERAS_2 else {"jit_compile": False}
    model.compile(kit.optimizers.Adam(rate), "sparse_categorical_crossentropy", **how)
    return prepare(kit, model)


def state_of(model):
    """Weights, random states, and what the optimizer holds."""
    own = model.get_layer("rsnn").noise
    optimizer = model.optimizer.variables
    variables = [*model.variables, *(optimizer() if callable(optimizer) else optimizer)]
    return [np.asarray(v) for v in variables] + [np.asarray(own.state)]


X = np.random.default_rng(0).normal(size=(12, 20, 3)).astype(np.float32)


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.__name__)
def test_the_same_weights_give_the_same_bits_although_the_model_draws_noise(kit, tmp_path):
    probe = probes.Batch(X[:4], directions_deg=[0, 90, 180, 270])
    callback = watcher(tmp_path, 1, probe_data=probe)
    noisy_model(kit, rate=0.0).fit(X, np.zeros(12), batch_size=1, verbose=0, callbacks=[callback])
    with load_activity(tmp_path) as run:
        looks = list(run)
        for first, second, third in zip(looks[:4], looks[4:8], looks[8:], strict=True):
            for other in (second, third):
                np.testing.assert_array_equal(first.spikes(), other.spikes())
                np.testing.assert_array_equal(first.voltages, other.voltages)
        assert not np.array_equal(looks[0].voltages, looks[1].voltages)
        np.testing.assert_array_equal(run.tuning(4).counts, run.tuning(12).counts)


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.__name__)
def test_training_is_the_same_to_the_bit_with_and_without_a_probe(kit, tmp_path):
    probe = probes.Batch(X[:4], directions_deg=[0, 90, 180, 270])
    ends = []
    for callbacks in ([], [watcher(tmp_path, 1, probe_data=probe)]):
        model = noisy_model(kit, rate=0.05)
        model.fit(
            X, np.arange(12) % 2, batch_size=3, epochs=2, shuffle=False, verbose=0,
            callbacks=callbacks,
        )  # fmt: skip
        ends.append(state_of(model))
    for plain, watched in zip(*ends, strict=True):
        np.testing.assert_array_equal(plain, watched)


@needs_keras_3
def test_gratings_reach_the_model_and_its_length_is_taken(tmp_path):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((60, 17400))
    spikes, _ = make_layer_class(keras)(name="rsnn", n_neurons=4)(inputs)
    pooled = keras.layers.GlobalAveragePooling1D()(spikes)
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(pooled))
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", jit_compile=False)
    prepare(keras, model)
    gratings = probes.DriftingGratings(None, directions=3, grey_ms=10, temporal_hz=40.0)
    callback = watcher(tmp_path, 1, probe_data=gratings)
    x = np.zeros((6, 60, 17400), np.float32)
    model.fit(x, np.zeros(6), batch_size=1, verbose=0, callbacks=[callback])
    kernel = model.get_layer("rsnn").kernel.numpy()
    with load_activity(tmp_path) as run:
        assert run.tuning_steps.tolist() == [3, 6]
        for item, look in enumerate(list(run)[:3]):
            shown = gratings.batch(item, 60)[0]
            potentials = -70.0 + 300.0 * shown[0].astype(np.float64) @ kernel
            np.testing.assert_allclose(look.voltages, potentials[:, look.voltage_neurons], atol=0.1)
            assert look.details["probe"]["direction_deg"] == gratings.direction_of(item)
            np.testing.assert_array_equal(look.spikes(), run[item + 4].spikes())
        assert run.tuning().counted_ms == 50.0
        assert run.info["settings"]["probe"]["directions"] == 3
