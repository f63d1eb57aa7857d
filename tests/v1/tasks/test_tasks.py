"""The tasks: what is shown, when, where and how it moves, measured on the input itself."""

from dataclasses import replace

import numpy as np
import pytest
from lgn_waves import turn_between, wave_of
from oracles import random_network

from keras_v1_activity import v1
from keras_v1_activity.v1.stimuli.lgn import LgnInput
from keras_v1_activity.v1.tasks import TASKS, make_task
from keras_v1_activity.v1.tasks.gratings import drifting_grating

GREY = np.float32(1.3) * np.float32(0.02)


BRIEF = {"pre_delay": 0, "im_slice": 50, "post_delay": 0}
# The shortest trials that hold what is shown: a batch of 600 ms takes a gigabyte.
TWO_PARTS = {**BRIEF, "seq_len": 100}


def images_of_the_grid(n, seed=0):
    return np.random.default_rng(seed).random((n, 100, 174)).astype(np.float32)


@pytest.fixture(scope="module")
def images_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "images.npy"
    np.save(path, images_of_the_grid(10))
    return path


def batches(name, n=1, part="train", **options):
    """The first n batches as numpy: x as probabilities in frames (batch, time, 100, 174)."""
    options = {"current_input": True, "batch_size": 4, **options}
    task = make_task(name, **options)
    made = []
    for x, y, weight in getattr(task, part).take(n):
        frames = x.numpy().reshape(*x.shape[:2], 100, 174) / 1.3
        made.append((frames, y.numpy()[:, 0], weight.numpy()))
    return made


def few_channels(n=50):
    """A network whose LGN has so few channels, each of many units of the grid."""
    channel_of = np.random.default_rng(0).integers(0, n, 17400).astype(np.int32)
    return replace(random_network(n_input=n), input_channel_of=channel_of)


@pytest.mark.parametrize(
    "name, shown, chunk",
    [
        ("10class", [(50, 150)], 3),
        ("ori_diff", [(50, 150)], 3),
        ("vcd_grating", [(50, 150), (350, 450)], 9),
        ("garrett", [(50, 150), (350, 450)], 9),
        ("evidence", [(50, 400), (550, 600)], 11),
    ],
)
def test_each_task_shows_something_when_it_says_so_and_grey_otherwise(
    name, shown, chunk, images_file
):
    task = make_task(name, batch_size=2, n_test=3, current_input=True, images=images_file)
    x, y, weight = (part.numpy() for part in next(iter(task.train)))
    assert x.shape == (2, 600, 17400) and task.trial.seq_len == 600
    assert y.shape == weight.shape == (2, 12) and (y == y[:, :1]).all()
    np.testing.assert_array_equal(weight, np.eye(12)[[chunk] * 2])
    assert task.n_output == (10 if name == "10class" else 2) and y.max() < task.n_output
    lit = np.zeros(600, bool)
    for begin, end in shown:
        lit[begin:end] = True
    # Numpy makes no copies of so much for a least and a greatest value.
    least, greatest = x.min(axis=2), x.max(axis=2)
    np.testing.assert_array_equal(greatest - least > 0.02, np.tile(lit, (2, 1)))
    for grey in (least, greatest):
        np.testing.assert_allclose(grey[:, ~lit], GREY, rtol=1e-6)
    assert task.n_test == 4 and sum(len(y) for _, y, _ in task.test) == 4


def test_orientations_lie_1_to_10_degrees_beside_45_on_the_side_of_their_label():
    for frames, labels, _ in batches("ori_diff", 2, batch_size=8, seq_len=50, **BRIEF):
        angles = np.array([wave_of(trial[0])[0] for trial in frames])
        np.testing.assert_array_equal(labels, angles > 45)
        off = np.abs(angles - 45)
        assert off.min() > 0.7 and off.max() < 10.3


@pytest.mark.parametrize("name", ["ori_diff", "vcd_grating", "evidence", "garrett"])
def test_both_classes_come_equally_often(name, images_file):
    # As few frames and channels as there may be: labels alone are of interest.
    brief = {**TWO_PARTS, "im_slice": 0}
    options = dict(batch_size=16, images=images_file, current_input=True, **brief)
    task = make_task(name, few_channels(), **options)
    labels = np.concatenate([y.numpy()[:, 0] for _, y, _ in task.train.take(10)])
    # 160 coins: 80 +- 6.3.
    assert abs(labels.sum() - 80) < 4 * 6.3


def test_a_changed_grating_is_turned_and_an_unchanged_one_is_not():
    seen = set()
    for frames, labels, _ in batches("vcd_grating", 2, batch_size=6, **TWO_PARTS):
        for trial, label in zip(frames, labels, strict=True):
            (first, _, phase), (second, _, other_phase) = wave_of(trial[0]), wave_of(trial[50])
            turn = turn_between(first, second)
            assert (turn > 14) if label else (turn <= 0.5)
            assert abs(phase - other_phase) > 1e-3
            seen.add(int(label))
    assert seen == {0, 1}


def test_the_side_with_more_cues_is_the_label():
    n_right = []
    for frames, labels, _ in batches("evidence", 2, batch_size=3):
        left, right = frames[..., :87].mean((2, 3)), frames[..., 87:].mean((2, 3))
        cues = (right - left)[:, 50:400].reshape(3, 7, 50)
        assert (np.abs(cues) > 1e-3).all() and (cues == cues[..., :1]).all()
        is_right = cues[..., 0] > 0
        np.testing.assert_array_equal(labels, is_right.sum(1) >= 4)
        n_right.extend(is_right.sum(1))
        np.testing.assert_allclose(left[:, 550:], right[:, 550:], rtol=1e-4)
    assert len(set(n_right)) > 2


def shown_images(frames, images):
    """Index of the image in each frame, from the definition: standardised, clipped to 0..1."""
    flat = images.reshape(len(images), -1).astype(np.float64)
    standard = (flat - flat.mean(1, keepdims=True)) / flat.std(1, keepdims=True)
    p = np.clip(0.02 + 0.02082 * standard, 0, 1)
    frames = frames.reshape(len(frames), -1)
    distance = np.abs(frames[:, None] - p[None]).max(2)
    assert (distance.min(1) < 1e-4).all()
    return distance.argmin(1)


def test_a_changed_image_is_another_and_test_images_are_never_trained_on(images_file):
    images, used = images_of_the_grid(10), {}
    for part in ("train", "test"):
        used[part] = set()
        options = dict(part=part, batch_size=8, images=images_file, n_test=40)
        for frames, labels, _ in batches("garrett", 5, **options, **TWO_PARTS):
            first, second = (shown_images(frames[:, t], images) for t in (0, 50))
            np.testing.assert_array_equal(labels, first != second)
            assert (frames[:, :50] == frames[:, :1]).all()
            used[part] |= {*first, *second}
    assert len(used["train"]) == 8 and len(used["test"]) == 2
    assert not used["train"] & used["test"]


def test_garrett_without_a_file_says_what_to_give():
    with pytest.raises(ValueError, match="needs your natural images: give a .npy"):
        make_task("garrett")
    with pytest.raises(FileNotFoundError, match="there is no file 'nowhere.npy'"):
        make_task("garrett", images="nowhere.npy")


def test_training_batches_are_endless_reproducible_and_all_different_and_the_test_stays():
    def make(**options):
        return make_task("vcd_grating", batch_size=2, n_test=4, **TWO_PARTS, **options)

    def draw(trials, n):
        return [x.numpy() for x, _, _ in trials.take(n)]

    task, resumed = make(), make(first_batch=2)
    four = draw(task.train, 4)
    assert len({x.tobytes() for x in four}) == 4
    np.testing.assert_array_equal(draw(resumed.train, 2), four[2:])
    test = draw(task.test, 9)
    assert len(test) == 2 and not np.array_equal(test[0], four[0])
    np.testing.assert_array_equal(test, draw(resumed.test, 9))
    assert not np.array_equal(draw(make(seed=1).train, 1)[0], four[0])


def test_a_resumed_digits_run_shows_other_trials_but_holds_the_same_images_out():
    first, resumed = (
        make_task("10class", batch_size=4, n_test=4, first_batch=first_batch, **BRIEF)
        for first_batch in (0, 7)
    )

    def shown(trials):
        return next(iter(trials))[0].numpy()

    np.testing.assert_array_equal(shown(first.test), shown(resumed.test))
    assert not np.array_equal(shown(first.train), shown(resumed.train))


def test_a_moving_picture_gives_spikes_of_its_probability_to_merged_channels():
    network = few_channels(50)
    channel_of = network.input_channel_of
    p = drifting_grating(np.array([10.0, 80.0]), np.array([0.0, 2.0]), 20)
    merged = np.stack([p.numpy()[..., channel_of == c].mean(-1) for c in range(50)], -1)
    current = LgnInput(network, current_input=True)([(p, 20)], np.int64(3)).numpy()
    np.testing.assert_allclose(current, 1.3 * merged, rtol=1e-4)
    spikes = LgnInput(None)([(p, 20)], np.int64(3)).numpy()
    assert set(np.unique(spikes)) == {0.0, 1.0}
    p = p.numpy()
    z = (spikes - p).sum((0, 2)) / np.sqrt((p * (1 - p)).sum((0, 2)))
    assert np.abs(z).max() < 5  # at each of 20 time steps


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: make_task("mnist"), r"task must be one of \['10class', .*got 'mnist'"),
        (lambda: make_task("ori_diff", seq_len=100), "seq_len is 100 ms, but .* take 150 ms"),
        (lambda: make_task("vcd_grating", seq_len=350), "two halves of whole chunks"),
        (lambda: make_task("evidence", seq_len=620), "whole chunks of 50 ms"),
        (lambda: make_task("ori_diff", batch_size=0), "batch_size and n_test must be at least 1"),
        (lambda: make_task("10class", batch_size=5000), "at most the 1,438 digits"),
        (lambda: make_task("ori_diff", random_network()), "the network's folder has 40"),
    ],
)
def test_bad_arguments_get_one_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_tasks_have_their_published_names():
    assert set(TASKS) == {"10class", "ori_diff", "vcd_grating", "evidence", "garrett"}


def test_the_digits_task_gives_the_trials_of_v1_digits():
    task = make_task("10class", batch_size=4, n_test=8, seed=3, **BRIEF)
    trials = v1.digits(batch_size=4, max_test=8, seed=3, trial=v1.Trial(0, 50, 0))
    assert task.n_test == trials.n_test == 8
    for part in ("train", "test"):
        ours, theirs = next(iter(getattr(task, part))), next(iter(getattr(trials, part)))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)
