"""The arrays over all logged steps."""

import tracemalloc

import numpy as np
from looks import NAMES, make_look, make_spikes
from stored_runs import write

from keras_v1_activity.storage.layout import step_files
from keras_v1_activity.storage.summary_arrays import write_summary_arrays


def summary_of(tmp_path, looks, **options):
    write(tmp_path, *looks)
    path = tmp_path / "activity_summary.npz"
    write_summary_arrays(path, step_files(tmp_path), **options)
    return np.load(path, allow_pickle=False)


def test_the_summary_equals_arrays_stacked_by_hand(tmp_path):
    looks = [make_look(step, label=None if step == 20 else step) for step in (10, 20, 30)]
    dense = np.stack([make_spikes(60, 30, seed=step) for step in (10, 20, 30)])
    arrays = summary_of(tmp_path, looks)
    names = np.array(NAMES)[np.arange(30) % 3]
    assert arrays["step"].tolist() == [10, 20, 30]
    assert arrays["label_history"].tolist() == [10, -1, 30]
    predictions = [int(np.argmax(look.confidence)) for look in looks]
    assert arrays["prediction_history"].tolist() == predictions
    assert arrays["n_spikes"].tolist() == dense.sum((1, 2)).tolist()
    np.testing.assert_allclose(arrays["mean_rate"], dense.sum((1, 2)) / 30 / 0.060)
    for k, name in enumerate(arrays["population_names"]):
        counts = dense[:, :, names == name].sum((1, 2))
        np.testing.assert_array_equal(arrays["population_counts"][:, k], counts)
        np.testing.assert_allclose(arrays["population_rates"][:, k], counts / 10 / 0.060)
    assert arrays["spike_history"].dtype == np.uint8
    np.testing.assert_array_equal(arrays["spike_history"], dense)
    for name in ("voltage", "input", "output"):
        expected = np.stack([getattr(look, f"{name}s") for look in looks])
        np.testing.assert_array_equal(arrays[f"{name}_history"], expected)
    assert arrays["left_out"].size == 0


def test_the_summary_leaves_out_what_does_not_fit_and_says_so(tmp_path):
    arrays = summary_of(tmp_path, [make_look(1), make_look(2)], limit_bytes=5000)
    assert "spike_history" not in arrays.files
    # 2 looks x 60 steps x 4 neurons, 2 x 60 x 5 and 2 x 3 x 10 float32 make 4,560 bytes.
    assert {"voltage_history", "input_history", "output_history"} <= set(arrays.files)
    assert any("spike_history" in why and "limit" in why for why in arrays["left_out"])


def test_the_summary_leaves_out_histories_whose_shape_changed(tmp_path):
    arrays = summary_of(tmp_path, [make_look(1), make_look(2, n_steps=50)])
    assert "spike_history" not in arrays.files and "voltage_history" not in arrays.files
    assert arrays["output_history"].shape == (2, 3, 10)
    assert any("spike_history" in why and "step 2" in why for why in arrays["left_out"])


def test_the_summary_takes_no_more_memory_for_more_looks(tmp_path):
    def peak(n_looks):
        folder = tmp_path / str(n_looks)
        write(folder, *(make_look(step, 200, 100) for step in range(1, n_looks + 1)))
        tracemalloc.start()
        write_summary_arrays(folder / "s.npz", step_files(folder))
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    peak(3)
    assert peak(100) < peak(20) + 200_000
