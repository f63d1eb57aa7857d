"""Digit trials: what is shown when, to which channels, and to whom it is new."""

from dataclasses import replace

import numpy as np
import pytest
from oracles import random_network

from keras_v1_activity.v1.stimuli import digits as stimuli
from keras_v1_activity.v1.stimuli.digits import Trial


def first_batch(**options):
    return [part.numpy() for part in next(iter(stimuli.digits(**options).test))]


def test_a_trial_is_grey_image_grey():
    x, y, weight = first_batch(batch_size=2, current_input=True)
    assert x.shape == (2, 600, 17400) and y.shape == weight.shape == (2, 12)
    grey = 1.3 * 0.02
    np.testing.assert_allclose(x[:, :50], grey, rtol=1e-6)
    np.testing.assert_allclose(x[:, 150:], grey, rtol=1e-6)
    shown = x[:, 50:150] / 1.3
    assert (shown == shown[:, :1]).all()
    assert abs(shown[0, 0].mean() - 0.02) < 0.005  # clipping at 0 moves it a little
    assert shown.std() > 0.01
    np.testing.assert_array_equal(weight, np.eye(12)[[3, 3]])
    assert (y == y[:, :1]).all()


def test_the_image_lies_on_the_grid_row_by_row():
    image = np.arange(64.0).reshape(1, 8, 8)
    p = stimuli.lgn_probability(image).numpy().reshape(100, 174)
    rising = p > 0  # not clipped
    row_steps, column_steps = np.diff(p, axis=0), np.diff(p, axis=1)
    assert (row_steps[rising[:-1]] >= -1e-7).all() and (column_steps[rising[:, :-1]] >= -1e-7).all()
    # A step of one image row (8 units of intensity, 12.5 grid rows) against one column (1 unit).
    down, right = p[62, 87] - p[37, 87], p[50, 130] - p[50, 43]
    np.testing.assert_allclose(down / right, (8 * 25 / 12.5) / (87 / 21.75), rtol=0.02)


def test_a_blank_image_is_grey():
    np.testing.assert_allclose(stimuli.lgn_probability(np.full((1, 8, 8), 3.0)), 0.02, rtol=1e-5)


def test_spikes_are_drawn_with_the_probability_of_the_current():
    options = dict(batch_size=4, max_test=4, trial=Trial(post_delay=50))
    current, labels, _ = first_batch(current_input=True, **options)
    spikes, same_labels, _ = first_batch(current_input=False, **options)
    np.testing.assert_array_equal(labels, same_labels)
    assert set(np.unique(spikes)) == {0.0, 1.0}
    p = current / 1.3
    expected, seen = p[:, 50:150].sum((0, 1)), spikes[:, 50:150].sum((0, 1))
    z = (seen - expected) / np.sqrt(np.maximum((p * (1 - p))[:, 50:150].sum((0, 1)), 1e-9))
    assert abs(z[expected > 1].mean()) < 0.05 and abs(z[expected > 1].std() - 1) < 0.05
    # Neither two samples nor two time steps share their draws.
    assert not np.array_equal(spikes[:, 10], spikes[:, 11])
    assert not np.array_equal(spikes[0, :50], spikes[1, :50])


def test_each_epoch_draws_new_spikes_but_the_held_out_trials_stay():
    trials = stimuli.digits(batch_size=2, max_test=2, trial=Trial(0, 50, 0))
    held_out = [next(iter(trials.test))[0].numpy() for _ in range(2)]
    np.testing.assert_array_equal(*held_out)
    learned = [next(iter(trials.train.take(1)))[0].numpy() for _ in range(2)]
    assert not np.array_equal(*learned)


def test_held_out_images_are_never_trained_on():
    # Merged to few channels, the images still differ, and are quickly made.
    merged = replace(random_network(n_input=200), input_channel_of=np.arange(17400) % 200)
    trials = stimuli.digits(merged, batch_size=64, trial=Trial(0, 50, 0), current_input=True)
    assert trials.n_train + trials.n_test == 1797
    seen = {row[0].tobytes() for x, _, _ in trials.train for row in x.numpy()[:, :1]}
    new = {row[0].tobytes() for x, _, _ in trials.test for row in x.numpy()[:, :1]}
    assert len(seen) > 1400 and len(new) > 340 and not seen & new


def test_merged_channels_get_the_mean_of_their_lgn_units():
    rng = np.random.default_rng(0)
    p = rng.random((2, 6))
    merged = stimuli.merge_channels(p, np.array([0, 1, 1, 0, 2, 0], np.int32)).numpy()
    np.testing.assert_allclose(
        merged, np.stack([p[:, [0, 3, 5]].mean(1), p[:, 1:3].mean(1), p[:, 4]], 1)
    )


def test_a_network_of_another_lgn_gets_one_sentence():
    with pytest.raises(ValueError, match="100 x 174 LGN units, but .* has 40"):
        stimuli.digits(random_network())


def test_mnist_without_a_cache_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"keras.datasets.mnist.load_data\(\).*'digits'"):
        stimuli.digits(source="mnist")


def test_mnist_from_the_keras_cache(tmp_path, monkeypatch):
    (tmp_path / "datasets").mkdir()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (12, 28, 28), np.uint8)
    np.savez(
        tmp_path / "datasets" / "mnist.npz",
        x_train=images[:10], y_train=np.arange(10), x_test=images[10:], y_test=np.arange(2),
    )  # fmt: skip
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    x, y, _ = first_batch(source="mnist", batch_size=2, trial=Trial(0, 50, 50))
    assert x.shape == (2, 100, 17400) and y.max() < 10


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Trial(pre_delay=30), "pre_delay must be a whole number of chunks.* got 30"),
        (lambda: Trial(0, 0, 0), "at least one chunk"),
        (lambda: stimuli.digits(source="cifar"), r"source must be one of .*'cifar'"),
    ],
)
def test_bad_arguments_get_one_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_rates_become_probabilities():
    np.testing.assert_allclose(stimuli.rate_to_probability([0.0, 20.0]), [0.0, 1 - np.exp(-0.02)])
