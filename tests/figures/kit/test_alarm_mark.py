"""The alarms in the title line of a figure: there, in the right colour, over nothing else."""

import pytest
from figure_cases import CASES

from keras_v1_activity.figures import draw_figure
from keras_v1_activity.plan import FIGURES

RED = {"name": "runaway", "level": "red", "population": "e4Rorb"}
AMBER = {"name": "surrogate starvation", "level": "amber", "population": None}
OF_A_LOOK = ("raster", "voltages", "input", "population", "output", "predictions")


def boxes(drawing):
    return {text: text.get_window_extent() for text in drawing.texts if text.get_text()}


@pytest.mark.parametrize("case", ["50 neurons", "nothing known", "odd names"])
@pytest.mark.parametrize("alarms", [[RED], [AMBER, {"name": "W" * 60, "level": "amber"}] * 4])
def test_the_mark_overlaps_nothing_and_stays_in_the_picture(case, alarms):
    activity = CASES[case]().with_details(alarms=alarms)
    for name in OF_A_LOOK:
        drawing = draw_figure(name, activity)
        mark = drawing.handles["alarms"]
        box = mark.get_window_extent()
        assert box.x1 <= drawing.bbox.x1
        others = [other for text, other in boxes(drawing).items() if text is not mark]
        assert not [other for other in others if box.overlaps(other)], name


def test_a_red_one_colours_the_mark_and_none_leaves_the_picture_as_it_was():
    assert set(OF_A_LOOK) <= set(FIGURES)
    activity = CASES["50 neurons"]()
    colours = [
        draw_figure("raster", activity.with_details(alarms=alarms)).handles["alarms"].get_color()
        for alarms in ([RED, AMBER], [AMBER], ["a bare name"])
    ]
    assert colours[0] != colours[1] == colours[2]
    assert "alarms" not in draw_figure("raster", activity.with_details(alarms=[])).handles


def test_details_of_any_content_are_no_error():
    activity = CASES["50 neurons"]().with_details(alarms={"name": 7})
    assert draw_figure("raster", activity).handles["title"]
