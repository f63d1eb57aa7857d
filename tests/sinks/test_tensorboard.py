"""What TensorBoard's own reader finds in what the sink wrote."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from fits import fit, watcher
from looks import make_look
from PIL import Image
from recorders import SILENT
from spiking_models import make_model

from keras_v1_activity import load_activity, sinks
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.sinks.deliveries import Deliveries

pytest.importorskip("tensorboard")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

NUMBERS = RecordPlan(figures=("raster",))


def read(folder):
    everything = {"scalars": 0, "images": 0, "tensors": 0}
    return EventAccumulator(str(folder), size_guidance=everything).Reload()


def curve(board, name):
    return {event.step: event.value for event in board.Scalars(name)}


def test_each_number_stands_at_its_step_under_steps_per_execution_and_after_a_resume(tmp_path):
    model = make_model(keras, steps_per_execution=3)
    fit(model, watcher(tmp_path / "run", 3, sinks=[sinks.TensorBoard(tmp_path / "board")]))
    assert list(curve(read(tmp_path / "board"), "scalars/loss")) == [3]
    # As another program would go on with the run.
    again = watcher(tmp_path / "run", 3, sinks=[sinks.TensorBoard(tmp_path / "board")])
    fit(model, again, epochs=2)
    board = read(tmp_path / "board")
    assert len(os.listdir(tmp_path / "board")) == 2
    with load_activity(tmp_path / "run") as run:
        assert run.steps.tolist() == [3, 6, 9]
        losses = run.history.series("scalars", "loss")
        means = [run[step].mean_rate for step in run.steps]
        assert curve(board, "scalars/loss") == pytest.approx(
            dict(zip([3, 6, 9], losses, strict=True))
        )
        rates = dict(zip([3, 6, 9], means, strict=True))
        assert curve(board, "rate_hz/all") == pytest.approx(rates, rel=1e-4)


def record(folder, board, steps, next_step=1, plan=NUMBERS, **how):
    recorder = Recorder(folder, plan, sinks=Deliveries(sinks.TensorBoard(board)), **how)
    recorder.open(next_step)
    for step in steps:
        recorder.record(make_look(step))
    recorder.close(wait_s=120)
    return recorder


def test_pictures_and_the_numbers_that_come_later_are_those_of_the_run(tmp_path):
    record(tmp_path / "run", tmp_path / "board", [1, 2])
    board = read(tmp_path / "board")
    raster = board.Images("pictures/raster")
    assert [image.step for image in raster] == [1, 2]
    for image in raster:
        path = tmp_path / f"run/step_{image.step:06d}/raster.png"
        assert image.encoded_image_string == path.read_bytes()
        with Image.open(path) as picture:
            assert picture.size == (image.width, image.height)
    with load_activity(tmp_path / "run") as run:
        for name in ("e23Cux2", "i4Pvalb"):
            sparseness = run.history.series("statistics", "populations", name, "sparseness")
            assert np.isfinite(sparseness).all()
            assert list(curve(board, f"sparseness/{name}").values()) == pytest.approx(sparseness)
            rates = [look.population_rates[name] for look in run]
            assert list(curve(board, f"rate_hz/{name}").values()) == pytest.approx(rates, rel=1e-4)


def as_the_data_server_keeps(events):
    """TensorBoard forgets the later steps of a curve when an earlier one comes."""
    kept = []
    for event in events:
        kept = [other for other in kept if other.step < event.step] + [event]
    return {event.step: event.value for event in kept}


def test_numbers_that_come_after_those_of_a_later_step_end_up_in_order(tmp_path):
    recorder = Recorder(tmp_path, NUMBERS, background=False)
    recorder.open(1)
    for step in (1, 2, 3):
        recorder.record(make_look(step))
    recorder.close()
    known = {
        row["step"]: row["statistics"]["populations"]["i4Pvalb"] for row in recorder.history.now()
    }
    sink = sinks.TensorBoard(tmp_path / "board")
    sink.begin(sinks.RunStart("a", tmp_path, 0, {}))
    for step in (1, 3, 2):
        sink.scalars(step, {"sparseness/i4Pvalb": known[step]["sparseness"]})
        sink.picture(step, "raster", tmp_path / f"step_{step:06d}/raster.png")
    sink.end()
    board = read(tmp_path / "board")
    found = as_the_data_server_keeps(board.Scalars("sparseness/i4Pvalb"))
    assert found == pytest.approx({step: known[step]["sparseness"] for step in (1, 2, 3)})
    assert list(found) == [1, 2, 3]
    assert [image.step for image in board.Images("pictures/raster")] == [1, 3]


def test_what_is_recorded_again_takes_the_place_of_what_was(tmp_path):
    record(tmp_path / "run", tmp_path / "board", [1, 2, 3], plan=SILENT)
    record(tmp_path / "run", tmp_path / "board", [3, 4], next_step=3, plan=SILENT)
    steps = [event.step for event in read(tmp_path / "board").Scalars("rate_hz/all")]
    assert steps == [1, 2, 3, 4]


def test_alarms_are_texts_at_their_step(tmp_path):
    from keras_v1_activity.alarms import Alarm
    from keras_v1_activity.recording.run_alarms import RunAlarms

    def loud(history):
        return Alarm("too loud", "red", "<b>e4</b>", 41.0, 40.0, int(history.steps[-1]), "Look.")

    record(tmp_path / "run", tmp_path / "board", [5, 6], plan=SILENT, alarms=RunAlarms([loud]))
    board = read(tmp_path / "board")
    (name,) = [tag for tag in board.Tags()["tensors"] if tag.startswith("alarms/")]
    (event,) = board.Tensors(name)
    assert event.step == 5
    text = event.tensor_proto.string_val[0].decode()
    assert text == "red alarm at step 5: too loud, <b>e4</b>. Look."


def test_a_logger_needs_no_tensorflow_for_it(tmp_path):
    script = (
        "import sys, numpy as np\n"
        "sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "from keras_v1_activity import NetworkActivityLogger, sinks\n"
        "board = sinks.TensorBoard('board')\n"
        "with NetworkActivityLogger('logs', 1, figures=('raster',), sinks=[board]) as logger:\n"
        "    logger.log_step(spikes=np.eye(20)[None], scalars={'loss': 0.5})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    board = read(tmp_path / "board")
    assert curve(board, "scalars/loss") == {1: 0.5}
    assert board.Images("pictures/raster")[0].step == 1
