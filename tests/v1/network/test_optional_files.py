"""Recorded rates and recorded noise, which a folder may have."""

import sys

import numpy as np
import pytest
from published_folders import dump

from keras_v1_activity import v1


def test_target_rates_in_either_unit(copy):
    rates_hz = np.array([30.0, 0.5, 4.0])
    for content in (rates_hz / 1000.0, rates_hz):
        dump(copy / "garrett_firing_rates.pkl", content)
        np.testing.assert_allclose(v1.load_network(copy).target_rates, [0.5, 4.0, 30.0], rtol=1e-6)


def test_noise_samples(copy):
    savemat = pytest.importorskip("scipy.io").savemat
    savemat(copy / "additive_noise.mat", {"additive_noise": np.array([[0.5, -1.0, 2.0]])})
    assert v1.load_network(copy).noise_samples.tolist() == [0.5, -1.0, 2.0]
    (copy / "additive_noise.mat").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="additive_noise.mat holds no readable variable"):
        v1.load_network(copy)


def test_noise_without_scipy(copy, monkeypatch):
    (copy / "additive_noise.mat").write_bytes(b"nonsense")
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        v1.load_network(copy)
