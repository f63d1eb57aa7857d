"""What the figure of a run's history draws, read back from its artists."""

import os
import warnings

import numpy as np
import pytest
from drawn import check_labels, painted, words
from histories import CASES, rows
from PIL import Image

from keras_v1_activity.activity.populations import describe_population
from keras_v1_activity.figures import Painter, draw_history, save_history
from keras_v1_activity.figures.kit.renderer import CopyingRenderer
from keras_v1_activity.figures.kit.saving import save_png
from keras_v1_activity.history import History


@pytest.fixture(scope="module")
def renderer():
    """What a painter draws with."""
    return CopyingRenderer(1000, 600, dpi=100)


@pytest.mark.parametrize("case", CASES)
def test_every_history_is_a_small_readable_picture(case, picture_folder, renderer):
    history = CASES[case]()
    path = picture_folder / "history.png"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Step by step what the painter does, which keeps no figure to be looked at.
        drawing = draw_history(history)
        save_png(painted(drawing, renderer), path)
        check_labels(drawing, case)
    assert path.stat().st_size <= 300_000 and os.listdir(picture_folder) == ["history.png"]
    pixels = np.asarray(Image.open(path).convert("RGB"))
    assert pixels.shape == (600, 1000, 3)
    assert (pixels < 250).any(axis=2).mean() > 0.005


def test_curves_are_the_numbers_of_the_looks():
    made = list(rows(12))
    handles = draw_history(History(made)).handles
    steps = [row["step"] for row in made]
    for name in ("e23Cux2", "i6Vip"):
        x, y = handles["rates"][name].get_data()
        assert x.tolist() == steps
        assert y.tolist() == [row["population_rates_hz"][name] for row in made]
        assert handles["rates"][name].get_color() == describe_population(name).colour
    assert handles["recorded"]["e23Cux2"].get_ydata()[0] == pytest.approx(1.458, abs=0.01)
    assert list(handles["panels"]) == ["loss", "accuracy", "similarity", "synchrony", "silent"]
    drawn = handles["lines"]
    for panel, name in (("loss", "val_loss"), ("accuracy", "accuracy")):
        values = [row["scalars"][name] for row in made]
        np.testing.assert_allclose(drawn[panel][name].get_ydata(), values)
    silent = [100 * (1 - row["active_fraction"]) for row in made]
    np.testing.assert_allclose(drawn["silent"][""].get_ydata(), silent)
    factors = [np.mean(row["statistics"]["population_fano"]["factors"][2:5]) for row in made]
    np.testing.assert_allclose(drawn["synchrony"][""].get_ydata(), factors)


def test_only_what_is_known_has_a_panel():
    bare = draw_history(History(rows(5, losses=(), statistics=False))).handles
    assert list(bare["panels"]) == ["synchrony", "silent"]
    assert draw_history(History()).handles["note"].get_text() == "no look yet"


def test_many_looks_are_shown_as_means_and_that_is_said():
    made = list(rows(1000, ("e4Rorb",)))
    drawing = draw_history(History(made))
    values = [row["population_rates_hz"]["e4Rorb"] for row in made]
    drawn = drawing.handles["rates"]["e4Rorb"].get_ydata()
    assert len(drawn) <= 160 and drawn[0] == pytest.approx(np.mean(values[:7]))
    assert drawn[-1] == pytest.approx(np.mean(values[-(1000 % 7 or 7) :]))
    assert "means of 7 looks" in words(drawing)


def test_a_running_median_tells_a_trend_from_single_looks():
    made = list(rows(30, ("e4Rorb",)))
    made[10]["population_rates_hz"]["e4Rorb"] = 300.0
    drawing = draw_history(History(made))
    values = [row["population_rates_hz"]["e4Rorb"] for row in made]
    assert drawing.handles["rates"]["e4Rorb"].get_ydata()[10] == 300
    bold = drawing.handles["trends"]["e4Rorb"].get_ydata()
    assert bold[10] == pytest.approx(np.median(values[8:13])) and bold.max() < 20
    assert "bold: running median" in words(drawing)
    assert not draw_history(History(made[:12])).handles["trends"]


def test_numbers_of_some_looks_only_are_joined():
    made = list(rows(9, statistics=False, losses=()))
    for row in made[2::3]:
        row["scalars"] = {"val_loss": 1.0 / row["step"]}
    (line,) = draw_history(History(made)).handles["lines"]["loss"].values()
    assert line.get_xdata().tolist() == [300, 600, 900] and np.isfinite(line.get_ydata()).all()


def test_alarms_stand_from_their_first_look_to_their_last_and_are_named():
    drawing = draw_history(CASES["gone wrong"]())
    found = {(" ".join(filter(None, alarm[:2])), *alarm[2:])
             for alarm in drawing.handles["alarms"]}  # fmt: skip
    assert found == {
        ("silent population i6Vip", "amber", 600, 600),
        ("runaway e23Cux2", "red", 2100, 3000),
        ("synchrony", "amber", 2300, 3000),
        ("not finite", "red", 2600, 3000),
    }
    said = words(drawing)
    assert drawing.handles["verdict"].get_text() == "runaway e23Cux2 and 2 more"
    assert "silent population i6Vip" in said and "not finite from step 2,600 on" in said
    fine = draw_history(CASES["30 looks"]()).handles
    assert fine["verdict"].get_text() == "no alarm stands" and not fine["alarms"]
    assert draw_history(CASES["2 looks"]()).handles["verdict"].get_text() == ""


def test_alarms_of_many_populations_are_one_row():
    alarm = {"name": "runaway", "level": "red"}
    made = [
        {"step": k, "alarms": [{**alarm, "population": name} for name in ("a", "b", "c")[:k]]}
        for k in (1, 2, 3)
    ]
    drawing = draw_history(History(made))
    assert "runaway, 3 pop." in words(drawing) and len(drawing.handles["alarms"]) == 3
    assert drawing.handles["verdict"].get_text() == "runaway, 3 pop."


def test_long_names_of_alarms_are_not_cut():
    alarm = {"level": "amber", "name": "surrogate starvation"}
    for names, label in [
        (["e4Scnn1a"], "surrogate starvation e4Scnn1a"),
        (["e4Scnn1a", "e6Ntsr1"], "surrogate starvation, 2 pop."),
    ]:
        looks = [{"step": k, "alarms": [{**alarm, "population": n} for n in names]} for k in (1, 2)]
        assert label in words(draw_history(History(looks)))


def test_an_alarm_that_comes_again_is_two():
    looks = [{"step": k, "alarms": ["runaway"] * (k in (2, 5, 6))} for k in range(1, 8)]
    found = draw_history(History(looks)).handles["alarms"]
    assert [(alarm.first, alarm.last) for alarm in found] == [(2, 2), (5, 6)]


def test_a_silent_population_stays_on_the_logarithmic_axis():
    axes = draw_history(CASES["silent"]()).handles["axes"]
    low, high = axes.get_ylim()
    assert low < 0 < high and axes.get_yscale() == "symlog"


def test_save_history_and_a_painter_do_these_steps(tmp_path, renderer):
    history = History(rows(9))
    assert save_history(history, tmp_path / "a.png") == tmp_path / "a.png"
    assert Painter().save_history(history, tmp_path / "b.png") == tmp_path / "b.png"
    save_png(painted(draw_history(history), renderer), tmp_path / "c.png")
    (content,) = {(tmp_path / f"{name}.png").read_bytes() for name in "abc"}
    assert content
