"""A `Drawing`: a Figure that is saved whole, small, and in our style."""

import matplotlib
import numpy as np
import pytest
from activities import make_activity
from PIL import Image

from keras_v1_activity.figures import draw_figure


@pytest.fixture
def drawing():
    return draw_figure("output", make_activity(30))


def test_the_file_is_the_picture(drawing, tmp_path):
    path = drawing.save(tmp_path / "f.png")
    read = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert read.shape == (600, 1000, 3)
    # Shades that the eye does not tell apart are one in the file.
    assert np.abs(read - drawing.pixels()).max() <= 2


def test_dpi_holds_for_one_file_only(drawing, tmp_path):
    drawing.save(tmp_path / "large.png", dpi=200)
    drawing.save(tmp_path / "usual.png")
    for name, size in (("large.png", (2000, 1200)), ("usual.png", (1000, 600))):
        with Image.open(tmp_path / name) as picture:
            assert picture.size == size


def test_savefig_of_matplotlib_works(drawing, tmp_path):
    drawing.savefig(tmp_path / "f.svg")
    assert "<svg" in (tmp_path / "f.svg").read_text()
    assert drawing.figure is drawing


def test_the_style_of_the_user_changes_no_pixel(drawing):
    plain = drawing.pixels()
    with matplotlib.rc_context({"font.size": 33, "axes.unicode_minus": False}):
        np.testing.assert_array_equal(drawing.pixels(), plain)


def test_a_missing_folder_is_refused_and_not_made(drawing, tmp_path):
    with pytest.raises(FileNotFoundError):
        drawing.save(tmp_path / "missing" / "f.png")
    assert not (tmp_path / "missing").exists()
