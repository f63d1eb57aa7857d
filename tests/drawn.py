"""What a figure says, read back from its artists."""

import matplotlib.text

from keras_v1_activity.figures import draw_figure


def handles_of(name, activity):
    """The handles of the figure `name`."""
    return draw_figure(name, activity).handles


def words(figure):
    """All visible text in a figure, in one string."""
    texts = figure.findobj(matplotlib.text.Text)
    return "\n".join(t.get_text() for t in texts if t.get_visible())


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
