"""What the populations' figure draws, read back from its artists."""

import numpy as np
import pytest
from activities import make_activity
from drawn import handles_of
from matplotlib.colors import to_hex


def test_bars_are_rates_and_counts_in_drawing_order_and_diamonds_recorded_rates():
    a = make_activity(2000, rate_hz=12)
    handles = handles_of("population", a)
    dense, names = a.spikes(), a.populations.names_per_neuron()
    for i, (name, rate_bar, spike_bar) in enumerate(
        zip(a.populations.names, handles["rate_bars"], handles["spike_bars"], strict=True)
    ):
        mine = dense[:, names == name]
        assert rate_bar.get_width() == pytest.approx(mine.mean() * 1000)
        assert spike_bar.get_width() == mine.sum()
        assert rate_bar.get_y() + rate_bar.get_height() / 2 == pytest.approx(i)
        assert to_hex(rate_bar.get_facecolor()).lower() == a.populations.members[i].colour.lower()
    x, y = handles["recorded"].get_data()
    recorded = {a.populations.names[row]: rate for rate, row in zip(x, y, strict=True)}
    assert recorded["e23Cux2"] == pytest.approx(1.458, abs=0.01)
    assert recorded["i6Pvalb"] == pytest.approx(17.38, abs=0.01)
    by_hand = dense[:, names == "e5IT"].reshape(60, 10, -1).mean(axis=(1, 2)) * 1000
    shown = handles["image"].get_array()[a.populations.names.index("e5IT")]
    np.testing.assert_allclose(shown, by_hand)
