"""Pictures from one `Painter`: no trace of what it drew before; files that are whole."""

import dataclasses
import os

import numpy as np
import pytest
from activities import make_activity
from PIL import Image

from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.figures import Painter, save_figure
from keras_v1_activity.plan import LOOK_FIGURES


def traced(activity):
    """The activity with traces of neuron 3."""
    rng = np.random.default_rng(1)
    shape = (activity.n_steps, 1)
    values = {
        "spike": activity.spikes()[:, [3]].astype(np.float32),
        "voltage": rng.normal(-60, 3, shape).astype(np.float32),
        "psc_1": rng.normal(0, 30, shape).astype(np.float32),
    }
    return dataclasses.replace(activity, traces=Traces(np.array([3]), values))


def silent():
    return make_activity(300, rate_hz=0, batch=2)


# In this order: each look differs from the one before in all that a picture shows.
LOOKS = (
    silent,
    lambda: make_activity(300, rate_hz=60, n_voltages=0, batch=3, seed=1),
    lambda: make_activity(6000, n_voltages=12, n_inputs=0, batch=1, label=7),
    lambda: traced(
        make_activity(40, n_outputs=0, label=None, named=False, dt=0.5, n_chunks=1, step=12_345)
    ),
    silent,
)


def test_what_was_drawn_before_leaves_no_trace():
    painter, fresh = Painter(), {}
    for make in LOOKS:
        activity = make()
        names = [*LOOK_FIGURES, *(["trace_neuron_3"] if activity.traces is not None else [])]
        for name in names:
            if (make, name) not in fresh:
                fresh[make, name] = Painter().pixels(name, activity)
            again = painter.pixels(name, activity)
            np.testing.assert_array_equal(again, fresh[make, name], err_msg=name)


def test_a_painter_goes_on_after_a_figure_that_could_not_be_drawn(tmp_path):
    painter, activity = Painter(), make_activity(30)
    fresh = Painter().pixels("output", activity)
    with pytest.raises(ValueError, match="trace_neurons was not set"):
        painter.save("trace_neuron_3", activity, tmp_path / "x.png")
    np.testing.assert_array_equal(painter.pixels("output", activity), fresh)


def test_a_saved_picture_is_the_picture_of_the_painter(tmp_path):
    activity = make_activity(3000, batch=2)
    for name in LOOK_FIGURES:
        save_figure(name, activity, tmp_path / "f.png")
        read = np.asarray(Image.open(tmp_path / "f.png").convert("RGB")).astype(int)
        assert np.abs(read - Painter().pixels(name, activity)).max() <= 2


def test_a_failed_save_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "raster.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_figure("raster", make_activity(9), path)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["raster.png"]


def test_dpi_scales_the_picture(tmp_path):
    save_figure("raster", make_activity(3000), tmp_path / "r.png", dpi=150)
    with Image.open(tmp_path / "r.png") as picture:
        assert picture.size == (1500, 900)
