"""What the figure of health draws, read back from its artists."""

import numpy as np
import pytest
from activities import make_activity
from drawn import handles_of, overlapping, words_of

from keras_v1_activity.figures import draw_figure

NORMS = ("gradient_norm", "mean_abs_gradient", "update_norm", "weight_norm", "update_ratio")


def health_of(keys, pairs=(), seed=0, **others):
    """Numbers of every group of weights, over many decades."""
    rng = np.random.default_rng(seed)
    health = {name: {key: float(10 ** rng.uniform(-9, 1)) for key in keys} for name in NORMS}
    health["weights"] = {
        f"{pre} -> {post}": {"mean": -2.0, "mean_abs": 2.0, "wasserstein": float(rng.random())}
        for pre, post in pairs
    }
    return {**health, "not_finite": {"gradients": 0, "weights": 0}, **others}


def v1_look(**others):
    a = make_activity(2000)
    names = a.populations.names
    keys = ("all", "input", "recurrent", "readout", *names)
    pairs = [(pre, post) for pre in (*names, "input") for post in names]
    parts = {name: i / len(names) for i, name in enumerate(("all", *names))}
    found = {"surrogate_occupancy": parts, "dale_violations": {"all": 0}, **others}
    return a.with_details(health=health_of(keys, pairs, **found))


def test_marks_are_the_numbers_a_row_a_group_populations_in_drawing_order():
    a = v1_look()
    health, handles = a.details["health"], handles_of("health", a)
    rows = ["all", "input", "recurrent", "readout", *a.populations.names]
    assert handles["rows"] == rows
    for name, marks in (
        ("gradient_norm", handles["norms"]["gradient"]),
        ("update_norm", handles["norms"]["update"]),
        ("update_ratio", handles["ratios"]),
    ):
        x, y = np.asarray(marks.get_offsets()).T
        assert y.tolist() == list(range(len(rows)))
        np.testing.assert_allclose(x, [health[name][key] for key in rows])
    widths = [bar.get_width() for bar in handles["occupancy"]]
    shown = [key for key in rows if key in health["surrogate_occupancy"]]
    np.testing.assert_allclose(widths, [100 * health["surrogate_occupancy"][k] for k in shown])


def test_cells_are_the_distance_moved_in_percent_of_the_mean_size():
    a = v1_look()
    cells = np.asarray(handles_of("health", a)["image"].get_array())
    names = a.populations.names
    for i, pre in enumerate((*names, "input")):
        for k, post in enumerate(names):
            numbers = a.details["health"]["weights"][f"{pre} -> {post}"]
            assert cells[i, k] == pytest.approx(100 * numbers["wasserstein"] / 2.0)


def test_what_should_be_nothing_is_said_in_words():
    healthy = words_of("health", v1_look())
    assert "no weight of the wrong sign" in healthy and "no gradient, no weight" in healthy
    counts = {"e4Rorb": 3, "i4Pvalb": 12, "all": 15}
    ill = v1_look(dale_violations=counts, not_finite={"gradients": 7, "weights": 1200})
    words = words_of("health", ill)
    assert "15 of the wrong sign" in words and "i4Pvalb" in words
    assert "7 gradients, 1,200 weights" in words
    assert "V1ActivityCallback(health=True)" in words_of("health", make_activity(50))


def test_numbers_that_no_logarithm_has_stand_at_the_ends():
    health = health_of(("all", "input", "readout"))
    health["gradient_norm"] = {"all": None, "input": 0.0, "readout": 2.0}
    a = make_activity(50).with_details(health=health)
    marks = handles_of("health", a)["norms"]["gradient"]
    np.testing.assert_allclose(marks.get_offsets(), [[2.0, 2]])
    words = words_of("health", a)
    assert "◂ 0" in words and "not finite" in words


LAYERS = [f"a_layer_with_a_long_name_{i}" for i in range(50)]
ODD = {
    "v1": v1_look,
    "violations": lambda: v1_look(
        dale_violations={"WWWWWWWWWWWWWWWWWWWW": 12_345_678, "all": 12_345_678},
        not_finite={"gradients": 12_345_678, "weights": 12_345_678},
    ),
    "two layers": lambda: make_activity(30, named=False).with_details(
        health=health_of(("all", "input", "readout"), [("input", "neurons")])
    ),
    "many layers": lambda: make_activity(30).with_details(health=health_of(["all", *LAYERS])),
    "odd names": lambda: make_activity(30).with_details(
        health=health_of(["all", "$x_1", "\u795e\u7d93", "two\nlines"], [("$x_1", "\u795e\u7d93")])
    ),
    "nothing known": lambda: make_activity(30).with_details(health={"not_finite": {"weights": 0}}),
    "nothing finite": lambda: make_activity(30).with_details(
        health={name: {"all": None, "input": None} for name in NORMS}
    ),
    "beyond reason": lambda: make_activity(30).with_details(
        health={name: {"all": 1e300, "input": 1e-300} for name in NORMS}
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_labels_neither_overlap_nor_leave_the_picture(case):
    from keras_v1_activity.figures.kit.scale import Scale

    figure = draw_figure("health", ODD[case]())
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    boxes = {t.get_text(): t.get_window_extent(renderer) for t in texts if t.get_text()}
    assert not overlapping(boxes)
    names = {}
    for scale in figure.findobj(Scale):
        labels = scale.label_boxes(renderer)
        assert not overlapping(labels)
        boxes |= labels
        if scale.name.get_text():
            names[scale.name.get_text()] = scale.name.get_window_extent(renderer)
    assert not overlapping(names)
    for text, box in {**boxes, **names}.items():
        inside = box.x0 >= -2 and box.y0 >= -2 and box.x1 <= 1002 and box.y1 <= 602
        assert inside, f"{text!r} leaves the picture: {box}"
