"""Pictures from one `Painter`: no trace of what it drew before; few bytes, true colours."""

import dataclasses

import numpy as np
import pytest
from activities import make_activity
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.figures import Painter, save_figure
from keras_v1_activity.figures.kit.renderer import Canvas, CopyingRenderer
from keras_v1_activity.figures.kit.saving import png_bytes
from keras_v1_activity.figures.kit.scale import Scale, panel
from keras_v1_activity.figures.kit.style import own_style
from keras_v1_activity.plan import FIGURES


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


# In this order: each look differs from the one before in something that a picture shows.
LOOKS = (
    lambda: make_activity(300, rate_hz=0, batch=2),
    lambda: make_activity(300, rate_hz=60, batch=2, seed=1),
    lambda: make_activity(300, rate_hz=60, n_voltages=0, batch=3),
    lambda: make_activity(6000, n_voltages=12, n_inputs=0, batch=1, label=7),
    lambda: make_activity(40, n_outputs=0, label=None, named=False, dt=0.5),
    lambda: traced(make_activity(40, n_outputs=3, n_chunks=1, label=2, step=12_345)),
    lambda: make_activity(300, rate_hz=0, batch=2),
)


def test_what_was_drawn_before_leaves_no_trace():
    painter = Painter()
    for make in LOOKS:
        activity = make()
        names = [*FIGURES, *(["trace_neuron_3"] if activity.traces is not None else [])]
        for name in names:
            again, fresh = painter.pixels(name, activity), Painter().pixels(name, activity)
            np.testing.assert_array_equal(again, fresh, err_msg=name)


def test_a_painter_goes_on_after_a_figure_that_could_not_be_drawn(tmp_path):
    painter, activity = Painter(), make_activity(30)
    fresh = Painter().pixels("output", activity)
    with pytest.raises(ValueError, match="trace_neurons was not set"):
        painter.save("trace_neuron_3", activity, tmp_path / "x.png")
    np.testing.assert_array_equal(painter.pixels("output", activity), fresh)


@pytest.mark.parametrize("angle", [0, 90, 37])
def test_a_copied_text_is_the_text_that_agg_draws(angle):
    """At a whole pixel, where the two must agree; twice, since the second is a copy."""
    pictures = []
    for make_canvas in (FigureCanvasAgg, lambda f: Canvas(f, CopyingRenderer(200, 160, 100))):
        figure = Figure(figsize=(2, 1.6), dpi=100)
        for x in (0.25, 0.75):
            figure.text(
                x, 0.5, "Ägypten 12", rotation=angle, rotation_mode="anchor", color="#1F2933",
                va="baseline", fontsize=9,
            )  # fmt: skip
        canvas = make_canvas(figure)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].astype(int))
    agg, copied = pictures
    assert (agg < 128).any()
    # Blending twice rounds twice.
    assert np.abs(agg - copied).max() <= 3


@pytest.mark.parametrize("low, high", [(0, 600), (0, 0.043), (-71.3, 12), (5000, 0), (0, 3e38)])
@pytest.mark.parametrize("side", ["bottom", "left", "right"])
def test_a_scale_writes_what_matplotlib_writes_where_it_writes_it(side, low, high):
    def axes_and_canvas(make_axes):
        figure = Figure(figsize=(10, 6), dpi=100)
        canvas = FigureCanvasAgg(figure)
        axes = make_axes(figure, (0.2, 0.2, 0.6, 0.6))
        axes.set(xlim=(low, high), ylim=(low, high), xlabel="time (ms)", ylabel="rate (Hz)")
        return axes, canvas

    with own_style():
        theirs, canvas = axes_and_canvas(lambda figure, box: figure.add_axes(box))
        if side == "right":
            theirs.yaxis.tick_right()
            theirs.yaxis.set_label_position("right")
        canvas.draw()
        axis = theirs.xaxis if side == "bottom" else theirs.yaxis
        shown = [
            tick.label2 if side == "right" else tick.label1
            for tick in axis.get_major_ticks()
            if min(low, high) <= tick.get_loc() <= max(low, high)
        ]
        ours, canvas = axes_and_canvas(panel)
        scale = Scale(ours, side)
        canvas.draw()
    boxes = scale.label_boxes(canvas.get_renderer())
    assert list(boxes) == [text.get_text() for text in shown]
    for text, box in zip(shown, boxes.values(), strict=True):
        np.testing.assert_allclose(box.extents, text.get_window_extent().extents, atol=1.5)
    np.testing.assert_allclose(
        scale.name.get_window_extent().extents, axis.label.get_window_extent().extents, atol=2.5
    )


def test_colours_are_true_to_what_the_eye_can_tell():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)
    pixels[0], pixels[1] = 255, 0
    read = np.asarray(Image.open(as_file(png_bytes(pixels, 10**6)))).astype(int)
    assert np.abs(read - pixels).max() <= 2
    assert (read[0] == 255).all() and (read[1] == 0).all()


def test_noise_is_given_fewer_colours_until_it_fits():
    pixels = np.random.default_rng(0).integers(0, 256, (600, 1000, 3)).astype(np.uint8)
    data = png_bytes(pixels, 300_000)
    assert len(data) <= 300_000
    assert Image.open(as_file(data)).size == (1000, 600)


def test_a_saved_picture_is_the_picture_of_the_painter(tmp_path):
    activity = make_activity(3000, batch=2)
    for name in FIGURES:
        save_figure(name, activity, tmp_path / "f.png")
        read = np.asarray(Image.open(tmp_path / "f.png").convert("RGB")).astype(int)
        assert np.abs(read - Painter().pixels(name, activity)).max() <= 2


def as_file(data):
    from io import BytesIO

    return BytesIO(data)
