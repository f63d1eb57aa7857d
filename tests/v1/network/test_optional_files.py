"""Recorded rates and recorded noise, which a folder may have."""

import os
import sys

import h5py
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


NOISE = np.array([[0.5, -1.0, 2.0]])


@pytest.mark.parametrize(
    "noise, words",
    [
        (np.array([[0.5, np.nan, np.inf]]), "2 of 3 are NaN or infinite"),
        (np.zeros((0, 0)), "it holds none"),
        (np.array([[1e300]]), "1 of 1 are NaN or infinite"),
        (np.array([["text"]]), "holds no readable variable"),
    ],
)
def test_noise_that_is_no_noise_is_refused(copy, noise, words):
    savemat = pytest.importorskip("scipy.io").savemat
    savemat(copy / "additive_noise.mat", {"additive_noise": noise})
    with (
        pytest.raises(ValueError, match=f"additive_noise.mat .*{words}"),
        np.errstate(all="ignore"),
    ):
        v1.load_network(copy)


@pytest.mark.parametrize("packed", [True, False])
def test_noise_beside_other_variables(copy, packed):
    savemat = pytest.importorskip("scipy.io").savemat
    others = {"a": "text", "b": {"c": [1, 2]}, "noise": np.eye(3)}
    content = {**others, "additive_noise": NOISE, "z": np.arange(5)}
    savemat(copy / "additive_noise.mat", content, do_compression=packed)
    assert v1.load_network(copy).noise_samples.tolist() == [0.5, -1.0, 2.0]


def test_noise_of_matlab_7_3_which_is_hdf5(copy):
    with h5py.File(copy / "additive_noise.mat", "w", userblock_size=512) as file:
        file["additive_noise"] = NOISE.T  # MATLAB stores columns first
    with open(copy / "additive_noise.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
    assert v1.load_network(copy).noise_samples.tolist() == [0.5, -1.0, 2.0]


def test_noise_that_unpacks_to_very_much(copy):
    savemat = pytest.importorskip("scipy.io").savemat
    content = {"additive_noise": np.zeros((1, 10**7))}
    savemat(copy / "additive_noise.mat", content, do_compression=True)
    with pytest.raises(ValueError, match="additive_noise.mat .* unpacks to more than"):
        v1.load_network(copy)


@pytest.mark.parametrize("name", ["additive_noise.mat", "garrett_firing_rates.pkl"])
def test_a_pipe_in_the_place_of_a_file(copy, name):
    os.mkfifo(copy / name)
    with pytest.raises((ValueError, OSError), match="no regular file"):
        v1.load_network(copy)
