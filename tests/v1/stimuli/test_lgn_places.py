"""LGN units that know where they look see what lies there."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from keras_v1_activity import probes
from keras_v1_activity.v1.network.v1_network import LgnUnits
from keras_v1_activity.v1.stimuli.lgn import LgnInput, lgn_probability
from keras_v1_activity.v1.stimuli.lgn_places import LgnPlaces, places_of

ROWS, COLUMNS = 100, 174


@pytest.fixture(scope="module")
def units():
    rng = np.random.default_rng(0)
    return LgnUnits(
        x=rng.uniform(0, 120, 400), y=rng.uniform(0, 80, 400), off=np.arange(400) % 4 == 0
    )


@pytest.fixture(scope="module")
def network(units):
    from oracles import random_network

    small = random_network()
    source = np.arange(len(small.inputs), dtype=np.int32) % 400
    return replace(
        small, inputs=replace(small.inputs, source=source, n_sources=400), lgn_units=units,
        input_channel_of=np.arange(400, dtype=np.int32),
    )  # fmt: skip


def places(units):
    """(row, column) of each unit by hand: the field in the middle, all of it on the grid."""
    size = max(np.ptp(units.x) / (COLUMNS - 1), np.ptp(units.y) / (ROWS - 1))
    column = (units.x - (units.x.min() + units.x.max()) / 2) / size + (COLUMNS - 1) / 2
    row = (ROWS - 1) / 2 - (units.y - (units.y.min() + units.y.max()) / 2) / size
    return row, column, size


def test_units_see_the_pixels_around_their_place(units):
    picture = np.random.default_rng(1).random((ROWS, COLUMNS)) * 0.04
    row, column, size = places(units)
    seen = map_coordinates(picture, [row, column], order=1)
    seen[units.off] = (0.04 - seen[units.off]).clip(0)
    found = LgnPlaces.of(units)
    np.testing.assert_allclose(found.seen(picture.reshape(-1)), seen, atol=1e-7)
    assert found.degrees_per_pixel == pytest.approx(size) == pytest.approx(0.8, rel=0.02)


def test_the_graph_sees_the_same(units, network):
    images = np.random.default_rng(2).random((3, 28, 28))
    probability = lgn_probability(images)
    for shown in (probability, probability[:, None] * np.ones((1, 4, 1), np.float32)):
        currents = LgnInput(network, current_input=True)([(shown, 4)], draw=0).numpy()
        assert currents.shape == (3, 4, 400)
        for k in range(3):
            expected = 1.3 * LgnPlaces.of(units).seen(probability[k].numpy())
            np.testing.assert_allclose(currents[k, 2], expected, atol=1e-6)


def test_a_bright_spot_is_up_where_elevation_is_high(network, units):
    image = np.zeros((1, 10, 10))
    image[0, :3, 7:] = 1  # at the top, right
    currents = LgnInput(network, current_input=True)([(lgn_probability(image), 1)], draw=0)
    on = ~units.off
    bright = currents.numpy()[0, 0] > 0.04
    assert bright[on].sum() > 5
    assert units.x[on & bright].min() > 60 and units.y[on & bright].min() > 40
    assert currents.numpy()[0, 0][units.off & (units.x > 95) & (units.y > 65)].max() < 0.01


def test_merged_units_are_averaged_and_a_channel_may_be_empty(network):
    channel = np.arange(400, dtype=np.int32) % 7
    few = replace(
        network, input_channel_of=channel,
        inputs=replace(network.inputs, source=network.inputs.source % 7, n_sources=8),
    )  # fmt: skip
    shown = [(lgn_probability(np.eye(9)[None]), 2)]
    single = LgnInput(network, current_input=True)(shown, draw=0).numpy()[0, 0]
    merged = LgnInput(few, current_input=True)(shown, draw=0).numpy()[0, 0]
    assert merged.shape == (8,) and merged[7] == 0
    np.testing.assert_allclose(merged[:7], [single[channel == k].mean() for k in range(7)], 1e-5)


def test_gratings_move_in_degrees(network, units):
    gratings = probes.DriftingGratings(
        network, directions=4, temporal_hz=5.0, cycles_per_pixel=0.04, grey_ms=20,
        current_input=True,
    )  # fmt: skip
    for item in range(4):
        currents = gratings.batch(item, 220)[0][0, 20:]
        angle = np.radians(gratings.direction_of(item))
        # 0 degrees to the right, 90 degrees up, 0.04 cycles per degree.
        along = units.x * np.cos(angle) + units.y * np.sin(angle)
        wave = np.exp(-2j * np.pi * 0.04 * along) * np.where(units.off, -1, 1)
        component = currents @ wave
        slope = np.polyfit(np.arange(200), np.unwrap(np.angle(component)), 1)[0]
        assert -slope / (2 * np.pi) == pytest.approx(0.005, rel=0.02)
        across = units.y * np.cos(angle) - units.x * np.sin(angle)
        beside = currents @ np.exp(-2j * np.pi * 0.04 * across)
        assert np.abs(component).mean() > 3 * np.abs(beside).mean()


def test_without_places_other_numbers_of_units_are_refused(network):
    assert places_of(None) is None
    with pytest.raises(ValueError, match="has 400 and does not say where they look: give its LGN"):
        places_of(replace(network, lgn_units=None))
