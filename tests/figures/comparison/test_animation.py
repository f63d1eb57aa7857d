"""The animation, read back frame by frame."""

import dataclasses
import shutil
import subprocess
import tracemalloc

import numpy as np
import pytest
from activities import placed, trials
from PIL import Image

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import comparison
from keras_v1_activity.figures.comparison.frames import Frames
from keras_v1_activity.figures.kit.style import own_style


def frames_of(path):
    """(n_frames, height, width, 3) uint8, and the ms that each is shown."""
    with Image.open(path) as image:
        frames, shown_ms = [], []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.array(image.convert("RGB")))
            shown_ms.append(image.info["duration"])
    return np.stack(frames), shown_ms


def at_neuron(frames, activity, neuron):
    """(n_frames, 3) colour in the middle of a neuron's dot, in pixels of the frames."""
    plane = Frames(activity, 5).plane
    x, _, z = activity.neurons.positions[neuron]
    column, row = plane.axes.transData.transform((x, z))
    return frames[:, int(frames.shape[1] - row), int(column)].astype(int)


def three_neurons():
    """Three neurons far apart; 0 fires at 3 and 33 ms, 1 twice from 20 ms on, 2 never."""
    spikes = np.zeros((50, 3))
    spikes[[3, 33], 0] = spikes[[20, 22], 1] = 1
    places = np.array([[-300, 0, 0], [300, 0, 100], [0, 0, 300]], np.float32)
    bare = Activity.from_dense(spikes)
    neurons = dataclasses.replace(bare.neurons, positions=places)
    return dataclasses.replace(bare, neurons=neurons)


def test_dots_light_up_in_the_frames_of_their_spikes_and_only_there(tmp_path):
    a = three_neurons()
    path = comparison.animate(a, tmp_path / "a.gif", bin_ms=5)
    assert path == tmp_path / "a.gif"
    frames, shown_ms = frames_of(path)
    assert frames.shape[0] == 10 and set(shown_ms) == {100}
    dark = at_neuron(frames, a, 2)
    assert (dark == dark[0]).all() and dark.max() < 60
    lit = [np.flatnonzero(at_neuron(frames, a, n).max(axis=1) > 100).tolist() for n in (0, 1)]
    assert lit == [[0, 6], [4]]
    once, twice = at_neuron(frames, a, 0)[0], at_neuron(frames, a, 1)[4]
    assert twice.sum() > once.sum() + 100, "two spikes are brighter than one"


def test_a_gif_shows_what_was_drawn(tmp_path):
    """Its transparent parts and its few colours change nothing that an eye would see."""
    a = trials(500, 1)[0]
    a = Activity.from_dense(a.spikes()[:100], neurons=a.neurons)
    read, _ = frames_of(comparison.animate(a, tmp_path / "a.gif"))
    with own_style():
        drawn = np.stack([frame.copy() for frame in Frames(a, 5)])
    assert read.shape == drawn.shape == (20, 660, 560, 3)
    apart = np.abs(read.astype(int) - drawn).max(axis=-1)
    assert np.mean(apart > 40) < 0.002
    white = (drawn == 255).all(axis=-1)
    assert white.mean() > 0.2 and (read[white] == 255).all()
    changed = (drawn[1:] != drawn[:-1]).any(axis=-1)
    assert np.array_equal((read[1:] != read[:-1]).any(axis=-1) & ~changed, np.zeros_like(changed))


def test_the_whole_model_makes_a_gif_below_5_mb_in_constant_memory(tmp_path):
    a = trials(51978, 1, rate_hz=7.0)[0]
    sizes, peaks = [], []
    for n_steps in (50, 600):
        part = Activity.from_dense(a.spikes()[:n_steps], neurons=a.neurons)
        tracemalloc.start()
        path = comparison.animate(part, tmp_path / "a.gif")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(path.stat().st_size)
    assert sizes[1] <= 5_000_000
    # 110 frames more, of 1.1 MB each.
    assert peaks[1] - peaks[0] < 10e6


def test_silence_is_a_dark_animation(tmp_path):
    a = dataclasses.replace(three_neurons())
    a = Activity.from_dense(np.zeros((50, 3)), neurons=a.neurons)
    frames, _ = frames_of(comparison.animate(a, tmp_path / "a.gif"))
    assert len(frames) == 10 and at_neuron(frames, a, 0).max() < 60


@pytest.mark.parametrize("ffmpeg, ending", [(True, ".mp4"), (False, ".gif")])
def test_without_an_ending_ffmpeg_decides(ffmpeg, ending, tmp_path, monkeypatch):
    if ffmpeg and not shutil.which("ffmpeg"):
        pytest.skip("needs ffmpeg")
    if not ffmpeg:
        monkeypatch.setenv("PATH", str(tmp_path))
    path = comparison.animate(three_neurons(), tmp_path / "run_1", bin_ms=10)
    assert path == tmp_path / f"run_1{ending}" and path.stat().st_size > 0
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")
def test_an_mp4_holds_every_frame(tmp_path):
    a = three_neurons()
    path = comparison.animate(a, tmp_path / "a.mp4")
    raw = subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    frames = np.frombuffer(raw, np.uint8).reshape(-1, 660, 560, 3)
    assert len(frames) == 10
    lit = [np.flatnonzero(at_neuron(frames, a, n).max(axis=1) > 100).tolist() for n in (0, 1)]
    assert lit == [[0, 6], [4]]


@pytest.mark.parametrize(
    "name, options, error, sentence",
    [
        ("a.avi", {}, ValueError, "path must end in .gif or .mp4, or have no ending; got 'a.avi'"),
        ("a.gif", {"bin_ms": 0}, ValueError, "bin_ms must be a number above 0"),
        ("a.mp4", {}, OSError, "an .mp4 needs ffmpeg, which is not on the PATH"),
    ],
)
def test_what_cannot_be_animated_is_refused(name, options, error, sentence, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(error, match=sentence):
        comparison.animate(three_neurons(), tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_thousands_of_frames_are_refused(tmp_path):
    long = placed(Activity.from_dense(np.zeros((3000, 4))))
    with pytest.raises(ValueError, match="makes 3,000 frames .* at least 1.5"):
        comparison.animate(long, tmp_path / "a.gif", bin_ms=1)
