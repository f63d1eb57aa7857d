"""Texts that are copied from memory are the texts that Agg draws."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_v1_activity.figures.kit.renderer import Canvas, CopyingRenderer


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
