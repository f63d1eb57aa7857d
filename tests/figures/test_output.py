"""What the readout's figure draws, read back from its artists."""

import numpy as np
from activities import make_activity
from drawn import handles_of, words_of
from figure_cases import with_nan
from matplotlib.colors import to_hex


def test_readout_steps_and_confidence_bars_are_the_values_given():
    a = make_activity(20, label=3, confidence=np.linspace(0, 0.2, 10, dtype=np.float32))
    handles = handles_of("output", a)
    for segment, column in zip(handles["lines"].get_segments(), a.outputs.T, strict=True):
        np.testing.assert_allclose(segment[::2, 1], column)
        np.testing.assert_allclose(segment[1::2, 1], column)
        np.testing.assert_allclose(segment[::2, 0], np.arange(12) * 50)
    heights = [bar.get_height() for bar in handles["bars"]]
    np.testing.assert_allclose(heights, a.confidence)
    red = {i for i, b in enumerate(handles["bars"]) if to_hex(b.get_facecolor()) == "#d7191c"}
    assert red == {3}
    assert {m.get_text(): m.xy[0] for m in handles["marks"]} == {"true": 3, "predicted": 9}


def test_output_says_what_is_missing():
    assert "no readout recorded" in words_of("output", make_activity(9, n_outputs=0))
    text = words_of("output", with_nan(make_activity(50)))
    assert "NaN from 250 ms on" in text and "confidence is NaN" in text
