"""What a probe shows: gratings that move as they say, images, seeds, and what is refused."""

import numpy as np
import pytest

from keras_v1_activity import probes

ROWS, COLUMNS = 100, 174


def velocity(spikes, direction_deg, cycles_per_pixel):
    """Phase (cycles) that a wave in this direction gains a ms, from its Fourier component."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    angle = np.radians(direction_deg)
    along = column * np.cos(angle) - row * np.sin(angle)  # rows count downwards
    wave = (2 * np.pi * cycles_per_pixel * along).astype(np.float32)
    component = spikes @ np.cos(wave) - 1j * (spikes @ np.sin(wave))
    phase = np.unwrap(np.angle(component.reshape(-1, 10).mean(axis=1)))
    slope = np.polyfit(10.0 * np.arange(len(phase)), phase, 1)[0] / (2 * np.pi)
    return -slope, np.abs(component).mean()


def test_a_grating_moves_in_its_direction_at_its_speed():
    gratings = probes.DriftingGratings(
        None, directions=4, temporal_hz=5.0, cycles_per_pixel=0.06, grey_ms=20
    )
    for item in range(4):
        x, y = gratings.batch(item, 220)
        assert x.shape == (1, 220, 17400) and x.dtype == np.float32 and y is None
        assert set(np.unique(x)) == {0.0, 1.0}
        direction = gratings.direction_of(item)
        cycles, strength = velocity(x[0, 20:], direction, 0.06)
        assert cycles == pytest.approx(5.0 / 1000, rel=0.05)
        across = velocity(x[0, 20:], direction + 90, 0.06)[1]
        grey = velocity(x[0, :20], direction, 0.06)[1]
        assert strength > 10 * across and strength > 10 * grey
        # 1 - exp(-20 / 1000), roughly: the mean rate is that of grey.
        assert x[0, :20].mean() == pytest.approx(0.02, rel=0.05)
    assert gratings.counted(220) == (20, 220)


def test_each_trial_is_a_block_of_all_directions_and_a_turn_is_the_same_again():
    one, same = (probes.DriftingGratings(None, directions=6, trials=3, seed=4) for _ in range(2))
    blocks = np.array([one.direction_of(item) for item in range(18)]).reshape(3, 6)
    assert [one.trial_of(item) for item in range(18)] == [0] * 6 + [1] * 6 + [2] * 6
    assert all(sorted(block) == [0, 60, 120, 180, 240, 300] for block in blocks)
    assert len({tuple(block) for block in blocks}) == 3
    seeds = [one.noise_seed(item) for item in range(18)]
    assert seeds == np.repeat(seeds[::6], 6).tolist() and len(set(seeds)) == 3
    assert seeds == [same.noise_seed(item) for item in range(18)]
    other = probes.DriftingGratings(None, directions=6, trials=3, seed=5)
    assert one.digest() == same.digest() != other.digest()
    first = [one.batch(0, 60)[0], same.batch(0, 60)[0], one.batch(0, 60)[0]]
    assert np.array_equal(first[0], first[1]) and np.array_equal(first[0], first[2])
    again = next(item for item in range(6, 12) if one.direction_of(item) == one.direction_of(0))
    assert not np.array_equal(first[0], one.batch(again, 60)[0])


def test_contrast_and_currents():
    grey, full = (
        probes.DriftingGratings(None, contrast=contrast, grey_ms=10, current_input=True)
        for contrast in (0.0, 1.0)
    )
    x = grey.batch(0, 40)[0]
    np.testing.assert_allclose(x, x[0, 0, 0], rtol=1e-6)
    shown = full.batch(0, 40)[0][0]
    np.testing.assert_allclose(shown[:10], x[0, :10], rtol=1e-6)
    assert shown[10:].std() > 0.5 * shown.mean()


def test_the_last_whole_cycles_are_counted(caplog):
    gratings = probes.DriftingGratings(None)
    assert gratings.counted(600) == (100, 600)
    assert gratings.counted(1100) == (100, 1100)
    assert caplog.messages == []
    assert gratings.counted(200) == gratings.counted(200) == (50, 200)
    (said,) = caplog.messages
    assert "less than one cycle in 150 ms" in said and "temporal_hz=6.7" in said


def test_an_image_is_seen_after_grey_and_before_it():
    images = np.zeros((2, 20, 20))
    images[0, :, :5] = images[1, :5] = 1.0
    probe = probes.Images(None, images, labels=[3, 5], trials=2, grey_ms=100, image_ms=200)
    assert len(probe) == 4
    assert [probe.about(item)["image"] for item in range(4)] == [0, 1, 0, 1]
    assert [probe.about(item)["trial"] for item in range(4)] == [0, 0, 1, 1]
    x, y = probe.batch(1, 400)
    assert y.tolist() == [5] and probe.direction_of(1) is None
    shown = x[0].reshape(400, ROWS, COLUMNS)
    top, below = shown[:, :20].mean(axis=(1, 2)), shown[:, 30:].mean(axis=(1, 2))
    assert top[100:300].mean() > 3 * below[100:300].mean()
    for grey in (slice(0, 100), slice(300, 400)):
        assert top[grey].mean() == pytest.approx(below[grey].mean(), rel=0.1)


def test_a_batch_with_directions_shows_one_sample_a_look():
    x, y = np.arange(24.0).reshape(8, 3, 1), np.arange(8)
    batch = probes.Batch(x, y, directions_deg=[0, 90, 180, 270, 0, 90, 180, 630])
    shown, label = batch.batch(5, None)
    assert np.array_equal(shown, x[5:6]) and label.tolist() == [5]
    assert [batch.trial_of(item) for item in range(8)] == [0] * 4 + [1] * 4
    assert batch.direction_of(7) == 270
    assert np.array_equal(probes.Batch({"a": x}, y).batch(0, None)[0]["a"], x)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: probes.DriftingGratings("GLIF_network"), "network must be a V1Network.*got a str"),
        (lambda: probes.DriftingGratings(None, directions=2), "directions must be"),
        (lambda: probes.DriftingGratings(None, trials=0), "trials must be"),
        (lambda: probes.DriftingGratings(None, contrast=-1), "contrast must be"),
        (lambda: probes.DriftingGratings(None).batch(0, None), "seq_len must be given"),
        (lambda: probes.DriftingGratings(None).batch(0, 50), "grey_ms must leave time"),
        (lambda: probes.Images(None, np.zeros((4, 4))), "images must be an array"),
        (lambda: probes.Images(None, np.zeros((2, 4, 4)), labels=[1]), "labels must be"),
        (lambda: probes.Batch(np.zeros((3, 2)), directions_deg=[0, 90]), "directions_deg must be"),
        (lambda: probes.Batch(np.zeros((4, 2)), directions_deg=[0, 0, 90, 180]), "equally often"),
    ],
)
def test_what_makes_no_probe_is_refused_in_one_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()
