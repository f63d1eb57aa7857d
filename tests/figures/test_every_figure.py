"""What holds for every figure: small, whole, readable, without warnings, without side effects."""

import os
import subprocess
import sys
import warnings

import matplotlib
import numpy as np
import pytest
from activities import make_activity
from drawn import check_labels, painted, words_of
from figure_cases import CASES
from PIL import Image

from keras_v1_activity.figures import Painter, draw_figure, save_figure
from keras_v1_activity.figures.kit.renderer import CopyingRenderer
from keras_v1_activity.figures.kit.saving import save_png
from keras_v1_activity.plan import LOOK_FIGURES


@pytest.fixture(scope="module")
def painter():
    """What `save_figure` draws with; one for all, since it keeps the words it has drawn."""
    return Painter()


@pytest.fixture(scope="module")
def renderer():
    """What a painter draws with."""
    return CopyingRenderer(1000, 600, dpi=100)


# Cases whose words stand elsewhere than in the others.
LAYOUTS = (
    "50 neurons", "2,000 neurons", "51,978 neurons", "1 neuron", "1 time step", "5,000 steps",
    "NaN", "1,000 classes", "111 populations", "odd names", "nothing known", "runaway",
    "numbers beyond reason",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_figure_of_every_case_is_a_small_readable_picture_without_warnings(
    case, picture_folder, painter, renderer
):
    activity = CASES[case]()
    for name in LOOK_FIGURES:
        path = picture_folder / f"{name}.png"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if case in LAYOUTS:
                # Step by step what the painter does, which keeps no figure to be looked at.
                drawing = draw_figure(name, activity)
                save_png(painted(drawing, renderer), path)
                check_labels(drawing, name)
            else:
                assert painter.save(name, activity, path) == path
        assert path.stat().st_size <= 300_000
        pixels = np.asarray(Image.open(path).convert("RGB"))
        assert pixels.shape == (600, 1000, 3)
        assert (pixels < 250).any(axis=2).mean() > 0.005, f"{name} is blank"
    assert sorted(os.listdir(picture_folder)) == sorted(f"{name}.png" for name in LOOK_FIGURES)


def test_a_painter_does_these_steps(tmp_path, painter, renderer):
    activity = CASES["odd names"]()
    for name in LOOK_FIGURES:
        pixels = painted(draw_figure(name, activity), renderer)
        np.testing.assert_array_equal(painter.pixels(name, activity), pixels)
    save_png(pixels, tmp_path / "a.png")
    painter.save(name, activity, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("name", LOOK_FIGURES)
def test_silence_is_said_in_words(name):
    if name in ("raster", "population", "predictions", "statistics"):
        assert "no spikes" in words_of(name, make_activity(100, rate_hz=0))


def test_matplotlib_is_left_as_it_was_found(tmp_path):
    with matplotlib.rc_context({"font.size": 33, "text.usetex": True, "axes.grid": True}):
        before = dict(matplotlib.rcParams)
        for name in LOOK_FIGURES:
            save_figure(name, make_activity(30, batch=2), tmp_path / "f.png")
        assert dict(matplotlib.rcParams) == before
    plain = save_figure("output", make_activity(30), tmp_path / "plain.png").read_bytes()
    with matplotlib.rc_context({"font.size": 33, "axes.grid": True}):
        again = save_figure("output", make_activity(30), tmp_path / "again.png").read_bytes()
    assert again == plain


def test_drawing_loads_neither_pyplot_nor_tensorflow(tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from keras_v1_activity.activity.activity import Activity\n"
        "import matplotlib; chosen = lambda: dict.__getitem__(matplotlib.rcParams, 'backend')\n"
        "backend = chosen()\n"
        "from keras_v1_activity.figures import save_figure\n"
        "from keras_v1_activity.plan import LOOK_FIGURES\n"
        "for n in LOOK_FIGURES: save_figure(n, Activity.from_dense(np.eye(20)), sys.argv[1])\n"
        "bad = {'matplotlib.pyplot', 'tensorflow', 'keras'} & set(sys.modules)\n"
        "assert not bad, bad\n"
        "assert chosen() == backend\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "f.png")], check=True)
