"""What the figure of a batch draws, read back from its artists."""

import numpy as np
from activities import make_activity
from drawn import handles_of, words_of

from keras_v1_activity.figures import draw_figure


def test_each_sample_of_a_batch_has_its_spikes_bars_and_verdict():
    a = make_activity(50, batch=4, dt=2.0)
    samples = handles_of("predictions", a)["samples"]
    assert len(samples) == 4
    for i, sample in enumerate(samples):
        drawn = set()
        for line in sample["dots"].values():
            x, y = line.get_data()
            drawn |= set(zip((x / 2).astype(int).tolist(), y.astype(int).tolist(), strict=True))
        assert drawn == set(map(tuple, np.argwhere(a.batch.spikes[i]).tolist()))
        heights = [bar.get_height() for bar in sample["bars"]]
        np.testing.assert_allclose(heights, a.batch.confidences[i])
        true, best = a.batch.labels[i], int(a.batch.confidences[i].argmax())
        mark = "✓" if true == best else "✗"
        assert sample["title"].get_text() == f"true {true}, predicted {best} {mark}"


def test_without_a_batch_the_one_sample_is_shown():
    a = make_activity(900)
    (sample,) = handles_of("predictions", a)["samples"]
    drawn = sum(len(line.get_xdata()) for line in sample["dots"].values())
    assert drawn == a.spikes()[:, a.populations.spread(400)].sum()
    nothing = make_activity(9, n_outputs=0, label=None)
    assert "neither labels nor predictions" in words_of("predictions", nothing)


def test_the_word_at_the_true_class_stands_above_the_bars_beside_it():
    a = make_activity(50, batch=8)
    drawing = draw_figure("predictions", a)
    drawing.canvas.draw()
    for sample in drawing.handles["samples"]:
        for mark in sample["marks"]:
            word = mark.get_window_extent()
            crossed = [bar for bar in sample["bars"] if bar.get_window_extent().overlaps(word)]
            assert not crossed, f"{mark.get_text()} runs into a bar"
