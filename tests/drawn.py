"""What a figure says, read back from its artists."""

import matplotlib.text
import numpy as np
from matplotlib.axis import Axis

from keras_v1_activity.figures import draw_figure
from keras_v1_activity.figures.kit.renderer import Canvas
from keras_v1_activity.figures.kit.scale import Scale
from keras_v1_activity.figures.kit.style import own_style


def handles_of(name, activity):
    """The handles of the figure `name`."""
    return draw_figure(name, activity).handles


def words(figure):
    """All visible text in a figure, in one string."""
    return "\n".join(text.get_text() for text in _texts_in(figure))


def _texts_in(artist):
    """Visible texts, without those hundreds of ticks that `findobj` makes and nobody sees."""
    if isinstance(artist, Axis) and not artist.get_visible():
        yield artist.label  # a `Scale` draws it
    elif artist.get_visible():
        if isinstance(artist, matplotlib.text.Text):
            yield artist
        for child in artist.get_children():
            yield from _texts_in(child)


def words_of(name, activity):
    """All visible text in the figure `name`."""
    return words(draw_figure(name, activity))


def overlapping(boxes):
    """Pairs of keys of dict `boxes` whose boxes share more than a pixel."""
    named = list(boxes.items())
    return [
        (one, other) for i, (one, box) in enumerate(named) for other, second in named[:i]
        if box.padded(-1).overlaps(second)
    ]  # fmt: skip


def painted(drawing, renderer):
    """The pixels of a figure, drawn as a `Painter` draws it with its renderer."""
    with own_style():
        canvas = Canvas(drawing, renderer)
        canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]


def check_labels(figure, name):
    """Words of a figure neither overlap nor leave the picture, nor do labels of an axis.

    The figure must have been drawn: that puts its words in their places.
    """
    renderer = figure.canvas.get_renderer()
    free = list(figure.texts)
    for axes in figure.axes:
        free += axes.texts + [axes.title]
    extents = {i: t.get_window_extent(renderer) for i, t in enumerate(free) if _shown(t)}
    assert not overlapping(extents), f"texts of {name}"
    boxes = {}
    for scale in scales_of(figure):
        named = scale.label_boxes(renderer)
        assert not overlapping(named), f"labels of an axis of {name}"
        boxes |= named
        free.append(scale.name)
    boxes |= {t.get_text(): t.get_window_extent(renderer) for t in free if _shown(t)}
    for text, box in boxes.items():
        inside = box.x0 >= -2 and box.y0 >= -2 and box.x1 <= 1002 and box.y1 <= 602
        assert inside, f"{text!r} of {name} leaves the picture: {box}"


def scales_of(figure):
    """The scales of all axes; `findobj` would make hundreds of ticks that nobody draws."""
    found = [artist for axes in figure.axes for artist in axes.artists]
    return [artist for artist in found if isinstance(artist, Scale)]


def _shown(text):
    return text.get_text() and text.get_visible()
