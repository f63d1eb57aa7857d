"""From the name of a figure to the figure."""

import pytest
from activities import make_activity
from matplotlib.figure import Figure

from keras_v1_activity.figures import Drawing, draw_figure, save_figure
from keras_v1_activity.figures.registry import DRAW_FUNCTIONS, draw_function
from keras_v1_activity.plan import LOOK_FIGURES


def test_every_figure_of_a_plan_has_its_module_and_no_other():
    assert [*DRAW_FUNCTIONS] == [*LOOK_FIGURES]


@pytest.mark.parametrize("name", LOOK_FIGURES)
def test_a_figure_is_a_matplotlib_figure_with_what_was_drawn(name):
    drawing = draw_figure(name, make_activity(30))
    assert isinstance(drawing, Drawing) and isinstance(drawing, Figure)
    assert drawing.handles["title"] in drawing.findobj()


def test_an_unknown_figure_is_one_clear_sentence(tmp_path):
    with pytest.raises(ValueError, match="no figure 'spectrum'.*raster"):
        draw_figure("spectrum", make_activity(9))
    with pytest.raises(ValueError, match="no figure 'spectrum'"):
        save_figure("spectrum", make_activity(9), tmp_path / "x.png")


@pytest.mark.parametrize("name", ["trace_neuron_", "trace_neuron_x", "trace_neuron_-1", ""])
def test_a_neuron_without_a_number_is_no_figure(name):
    with pytest.raises(ValueError, match="there is no figure .* choose one of"):
        draw_function(name)
