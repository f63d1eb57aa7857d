"""The similarity of responses, read back, against computing it another way."""

import numpy as np
import pytest
from activities import trials
from comparison_cases import hz
from drawn import words

from keras_v1_activity.figures import comparison


def test_response_similarity_draws_what_it_gives():
    several = trials(n=4)
    figure = comparison.response_similarity({"left": several[:2], "right": several[2:]})
    x, y = hz(several[0]), hz(several[1])
    assert figure.handles["correlation"][0, 0] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert figure.handles["error"][0, 0] == pytest.approx(np.abs(x - y).mean())
    for image, name in zip(figure.handles["images"], ("correlation", "error"), strict=True):
        np.testing.assert_array_equal(image.get_array(), figure.handles[name])
    assert "left" in words(figure)


@pytest.mark.parametrize("n, name", [(30, "class number"), (2, "WWWWWWWWWWWW"), (9, "stimulus")])
def test_long_names_of_classes_stay_on_the_picture(n, name):
    several = trials(n=2)
    figure = comparison.response_similarity({f"{name[:10]}{i}": several[i % 2] for i in range(n)})
    figure.pixels()
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 1200
