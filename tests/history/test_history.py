"""The numbers of a run over its looks."""

import numpy as np

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.history import History


def test_rows_are_kept_by_step_in_whatever_order_their_parts_come():
    history = History()
    history.merge(30, {"rate": 3.0})
    history.merge(10, {"rate": 1.0, "by": {"a": {"cv": 0.5}}})
    history.merge(20, {"rate": None})
    history.merge(30, {"by": {"b": {"cv": 1.5}, "a": {"cv": float("inf")}}})
    assert history.steps.tolist() == [10, 20, 30]
    np.testing.assert_array_equal(history.series("rate"), [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(history.series("by", "a", "cv"), [0.5, np.nan, np.inf])
    assert history.names("by") == ("a", "b")
    assert history.known("by", "b").steps.tolist() == [30]
    assert history.last(2).steps.tolist() == [20, 30]
    assert history.known("rate").last(5).steps.tolist() == [10, 30]
    assert history.until(20).steps.tolist() == [10, 20]
    assert history.value(-1, "rate") == 3.0 and np.isnan(history.value(0, "rate", "deeper"))


def test_what_is_found_in_the_first_looks_is_found_anew_only_if_one_of_them_changes():
    history, counted = History({"step": step, "x": 1.0} for step in (1, 2, 4)), []

    def total():
        counted.append(len(history))
        return sum(history.value(place, "x") for place in range(3))

    def found(of_looks):
        return history.first.remembered(of_looks, "total", total, n_looks=len(history))

    assert [found(4), found(4)] == [3.0, 3.0]
    assert counted == [3, 3], "with fewer looks it may still change"
    assert [found(3), found(3)] == [3.0, 3.0]
    history.merge(5, {"x": 10.0})
    assert found(3) == 3.0 and counted == [3, 3, 3]
    history.merge(2, {"x": 5.0})
    assert found(3) == 7.0
    history.merge(3, {"x": 20.0})  # between the second and the third
    assert found(3) == 26.0 and len(counted) == 5


def test_what_is_no_number_is_nan():
    rows = [{"step": i, "x": x} for i, x in enumerate(["text", True, 10**400, [1.0], 2])]
    np.testing.assert_array_equal(History(rows).series("x"), [np.nan] * 4 + [2.0])


def test_the_history_of_a_run_is_what_its_summaries_say(tmp_path):
    with NetworkActivityLogger(tmp_path, 1, figures=(), background=False) as logger:
        for step, loss in ((1, 0.5), (2, 0.25)):
            spikes = np.zeros((1, 10, 4))
            spikes[:, :step] = 1
            logger.log_step(spikes=spikes, scalars={"loss": loss})
    with load_activity(tmp_path) as run:
        assert run[2].details["scalars"]["loss"] == 0.25
        np.testing.assert_array_equal(run.history.series("scalars", "loss"), [0.5, 0.25])
        np.testing.assert_allclose(
            run.history.series("mean_rate_hz"), [look.mean_rate for look in run]
        )


def test_a_damaged_summary_leaves_a_bare_row(tmp_path):
    with NetworkActivityLogger(tmp_path, 1, figures=(), background=False) as logger:
        for _ in range(2):
            logger.log_step(spikes=np.zeros((1, 10, 4)))
    (tmp_path / "activity" / "step_000001.json").write_text("{")
    with load_activity(tmp_path) as run:
        np.testing.assert_array_equal(run.history.series("n_spikes"), [np.nan, 0])
