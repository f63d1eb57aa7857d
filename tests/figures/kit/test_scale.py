"""A `Scale` writes what matplotlib writes, where it writes it."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_v1_activity.figures.kit.scale import Scale, panel
from keras_v1_activity.figures.kit.style import own_style


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
