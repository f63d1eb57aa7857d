"""Neurons, channels and readout groups against the published choice in plain loops."""

import numpy as np
import pytest

from keras_v1_activity import v1
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1.network.selection import find_readout_groups, select_neurons


def test_readout_groups_agree_with_loops():
    rng = np.random.default_rng(0)
    n = 4500
    x, z, y = rng.uniform(-400, 400, n), rng.uniform(-400, 400, n), rng.uniform(450, 700, n)
    layer = np.where(y < 500, "4", np.where(y < 660, "5", "6"))
    kind = np.where(rng.random(n) < 0.8, "e", "i")
    names = [f"{k}{d}{'Pvalb' if k == 'i' else 'Rbp4'}" for k, d in zip(kind, layer, strict=True)]
    groups = find_readout_groups(x, y, z, Populations.from_names(names), 16, seed=3)
    layer_5 = [i for i in range(n) if layer[i] == "5"]
    top, bottom = min(y[layer_5]), max(y[layer_5])
    centres = [(0, 0), (100, -110), (-100, -110), (-100, 110), (100, 110), (0, 260), (180, 230),
               (-180, 230), (270, 95), (-270, 95), (270, -95), (-270, -95), (180, -230),
               (-180, -230), (0, -260)]  # fmt: skip
    expected = {}
    for number, (cx, cz) in enumerate(centres):
        near = [
            i
            for i in range(n)
            if kind[i] == "e"
            and top < y[i] < bottom
            and (x[i] - cx) ** 2 + (z[i] - cz) ** 2 + (y[i] - (top + bottom) / 2) ** 2 < 55**2
        ]
        if len(near) >= 16:
            expected[number] = sorted(np.random.RandomState(3).choice(near, 16, replace=False))
    assert 3 <= len(expected) < 15, "the test should see groups present and groups missing"
    assert {k: g.tolist() for k, g in groups.items()} == expected


def test_missing_groups_are_named(folder):
    net = v1.load_network(folder)
    with pytest.raises(ValueError, match="readout='linear'"):
        net.class_groups(10)


def test_too_many_neurons():
    x, z = np.array([0.0, 100.0, 500.0]), np.zeros(3)
    with pytest.raises(ValueError, match="only 2 of the folder's 3.*core_only=False"):
        select_neurons(x, z, 3)
    with pytest.raises(ValueError, match="n_neurons=4, but the folder holds 3 neurons"):
        select_neurons(x, z, 4, core_only=False)
    with pytest.raises(ValueError, match="at least 1"):
        select_neurons(x, z, 0)


def test_too_many_channels(folder):
    with pytest.raises(ValueError, match="n_input must lie between 1 and 40"):
        v1.load_network(folder, n_input=41)
