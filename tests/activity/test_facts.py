"""The measured facts that the package ships."""

import numpy as np
import pytest

from keras_v1_activity.activity import facts


def test_the_recorded_fano_factor_is_a_curve_with_a_band_above_it():
    evoked, spontaneous = facts.recorded_fano(), facts.recorded_fano("spontaneous")
    assert evoked.bins_ms == spontaneous.bins_ms == (1.0, 4.3, 8.9, 12.7, 26.0, 55.0)
    assert np.all(np.greater(evoked.percentiles_95, evoked.means))
    # A stimulus makes neurons fire together.
    assert np.all(np.greater(evoked.means, spontaneous.means))
    assert np.isnan(spontaneous.percentiles_95).all()
    with pytest.raises(ValueError, match="condition must be 'evoked' or 'spontaneous'; got 'both'"):
        facts.recorded_fano("both")


def test_recorded_medians_agree_with_the_recorded_units():
    medians = facts.recorded_medians()
    assert sorted(medians) == ["L2/3 Exc", "L4 Exc", "L5 Exc", "L6 Exc"]
    for cell_type, known in medians.items():
        units = [row for row in facts.table("neuropixels_rates") if row["cell_type"] == cell_type]
        for name in ("OSI", "DSI"):
            values = [float(row[name]) for row in units if row[name]]
            assert known[name.lower()] == pytest.approx(np.median(values), abs=0.011)
