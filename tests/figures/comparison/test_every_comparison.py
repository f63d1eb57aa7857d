"""What holds for every comparing figure: small, whole, readable, without side effects."""

import subprocess
import sys
import warnings

import pytest
from comparison_cases import PAIRS
from drawn import overlapping
from PIL import Image

from keras_v1_activity.figures import Drawing, comparison


def tick_labels(axis):
    """Texts that are drawn at the ticks of an axis."""
    low, high = sorted(axis.get_view_interval())
    ticks = axis.get_major_ticks() if axis.get_visible() else []
    return [tick.label1 for tick in ticks if low <= tick.get_loc() <= high]


def free_texts(figure):
    """Headings, labels of axes, words in panels."""
    found = [text for part in (figure, *figure.subfigs) for text in part.texts]
    for axes in figure.axes:
        found += [*axes.texts, axes.title, axes._left_title]
        found += [axis.label for axis in (axes.xaxis, axes.yaxis)]
    return found


def boxes_of(texts):
    shown = [t for t in texts if t.get_visible() and t.get_text().strip()]
    return {(i, t.get_text()): t.get_window_extent() for i, t in enumerate(shown)}


@pytest.mark.parametrize("case", PAIRS)
def test_every_figure_of_every_case_is_small_and_no_words_overlap_or_leave_it(case, picture_folder):
    a, b = PAIRS[case]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = {
            "space": comparison.spatial_activity(a),
            "trials": comparison.trials_summary([a, b]),
            "one trial": comparison.trials_summary(a),
            "difference": comparison.difference(a, b, ("step 100", "a label that is too long")),
            "classes": comparison.response_similarity({"0": [a, b], "1": b}),
        }
        for name, figure in figures.items():
            assert isinstance(figure, Drawing)
            path = picture_folder / f"{name}.png"
            assert comparison.save(figure, path) == path
    for name, figure in figures.items():
        size = (1600, 600) if name == "space" else (1200, 675)
        path = picture_folder / f"{name}.png"
        with Image.open(path) as image:
            assert image.size == size and image.format == "PNG"
        assert path.stat().st_size <= 300_000, name
        boxes = boxes_of(free_texts(figure))
        assert not overlapping(boxes), name
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                labels = boxes_of(tick_labels(axis))
                assert not overlapping(labels), (name, axes.get_title(loc="left"))
                boxes |= labels
        for text, box in boxes.items():
            inside = min(box.x0, box.y0) > -2 and box.x1 < size[0] + 2 and box.y1 < size[1] + 2
            assert inside, f"{text} leaves {name}: {box}"


def test_neither_the_users_style_nor_pyplot_is_touched(tmp_path):
    script = (
        "import matplotlib; matplotlib.rcParams['font.size'] = 33\n"
        "from keras_v1_activity.figures import comparison\n"
        "before = matplotlib.rcParams.copy()\n"
        "figure = comparison.confusion([0, 1], [0, 1]); comparison.save(figure, 'c.png')\n"
        "assert matplotlib.rcParams.copy() == before\n"
        "assert figure.handles['title'].get_fontsize() == 15\n"
        "import sys; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=tmp_path)
