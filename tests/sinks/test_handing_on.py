"""What a sink is told, and that one which hangs or raises costs a training nothing."""

import copy
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
from fits import X, Y, watcher
from looks import make_look
from recorders import SILENT, record, run_json, warnings_in
from spiking_models import make_model

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback, sinks
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.sinks.deliveries import Deliveries


class Notes(sinks.Sink):
    """Notes all that it is told."""

    def __init__(self):
        self.told = []

    def begin(self, run):
        self.told.append(("begin", run.last_step))

    def scalars(self, step, values):
        self.told.append(("scalars", step, dict(values)))

    def picture(self, step, name, path):
        self.told.append(("picture", step, name, path.is_file()))

    def alarm(self, alarm):
        self.told.append(("alarm", alarm.step, alarm.name))

    def artifact(self, path):
        self.told.append(("artifact", path.name))

    def end(self):
        self.told.append(("end",))


class Raises(sinks.Sink):
    def scalars(self, step, values):
        raise OSError("no room")


class NeverBegins(Raises):
    def begin(self, run):
        raise ConnectionError("no such host")


class Hangs(sinks.Sink):
    """Until it is let go."""

    def __init__(self):
        self.let_go = threading.Event()

    def scalars(self, step, values):
        self.let_go.wait()


def weights_after_fit(callback=None):
    model = make_model(keras)
    seen = []
    count = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    callbacks = [count] if callback is None else [callback, count]
    model.fit(X, Y, batch_size=1, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
    return model.get_weights(), seen


def test_a_sink_that_raises_or_hangs_costs_a_training_nothing(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("keras_v1_activity.sinks.deliveries.WAIT_S", 0.1)
    expected, batches = weights_after_fit()
    hangs, notes = Hangs(), Notes()
    given = [Raises(), NeverBegins(), hangs, notes]
    weights, seen = weights_after_fit(watcher(tmp_path, sinks=given))
    for one, other in zip(weights, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert seen == batches and len(seen) == 16
    counts = run_json(tmp_path)["counts"]
    assert counts["looks"] == 16
    assert counts["sink_raises_failed"] == 16
    assert counts["sink_neverbegins_failed"] == 1 and counts["sink_neverbegins_left_out"] >= 16
    assert counts["sink_hangs_failed"] == 1
    assert "sink_notes_failed" not in counts
    assert [told[1] for told in notes.told if told[0] == "scalars"] == list(range(1, 17))
    said = [text for text in warnings_in(caplog) if " sink " in text]
    assert len(said) == 3
    assert any("no room" in text for text in said) and any("no such host" in text for text in said)
    hangs.let_go.set()


def test_what_waits_for_a_sink_that_hangs_is_bounded_and_the_rest_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_v1_activity.sinks.deliveries.WAIT_S", 0.1)
    hangs = Hangs()
    recorder = Recorder(tmp_path, SILENT, background=False, sinks=Deliveries([hangs]))
    recorder.open(1)
    for step in range(1, 251):
        recorder.history.merge(step, {"mean_rate_hz": 4.0})
    assert recorder.counts["sink_hangs_left_out"] >= 40
    recorder.record(make_look(251))
    recorder.close()
    assert run_json(tmp_path)["counts"]["sink_hangs_left_out"] >= 41
    hangs.let_go.set()


def test_a_sink_is_told_of_the_whole_run_in_order(tmp_path):
    notes = Notes()
    with NetworkActivityLogger(tmp_path, 2, figures=("raster",), sinks=notes) as logger:
        for step in range(3):
            logger.log_step(spikes=np.eye(20)[None], scalars={"loss": step})
    names = [told[0] for told in notes.told]
    assert names[0] == "begin" and names[-1] == "end" and names.count("end") == 1
    assert ("picture", 2, "raster", True) in notes.told
    first, later = [told for told in notes.told if told[0] == "scalars"]
    assert first[1] == later[1] == 2 and first[2]["scalars/loss"] == 1.0
    assert {"rate_hz/all", "look/active_fraction"} <= first[2].keys()
    assert "sparseness/all" in later[2] and not first[2].keys() & later[2].keys()
    assert run_json(tmp_path)["settings"]["sinks"] == ["Notes"]


def test_a_run_that_goes_on_begins_again_and_says_what_was_logged(tmp_path):
    notes = Notes()
    recorder = record(tmp_path, [1, 2, 3], sinks=Deliveries(notes))
    recorder.close()
    recorder.open(4)
    recorder.record(make_look(4))
    recorder.close()
    assert [told for told in notes.told if told[0] in ("begin", "end")] == [
        ("begin", 0), ("end",), ("begin", 3), ("end",),
    ]  # fmt: skip


def test_of_a_step_the_first_look_is_handed_on(tmp_path):
    for layout in ("folders", "flat"):
        notes, plan = Notes(), RecordPlan(figures=("raster",), statistics=False)
        how = {"layout": layout, "plan": plan, "sinks": Deliveries(notes)}
        recorder = record(tmp_path / layout, [3], **how)
        recorder.record(make_look(3, source="look"))
        recorder.close()
        assert len(list((tmp_path / layout).rglob("*.png"))) == 2
        assert [told[0] for told in notes.told].count("picture") == 1


def test_pictures_that_are_drawn_after_the_training_come_before_the_end(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_V1_ACTIVITY_DRAW_DELAY_S", "0.2")
    notes, plan = Notes(), RecordPlan(figures=("raster",), statistics=False)
    recorder = Recorder(tmp_path, plan, sinks=Deliveries(notes))
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    recorder.close(wait_s=0.0)
    assert recorder.wait_for_figures(120)
    told = [told[0] for told in notes.told]
    assert told.count("picture") == 2 and told.count("end") == 1 and told[-1] == "end"


@pytest.mark.parametrize("wants", [True, False])
def test_the_report_is_handed_on_where_it_is_asked_for(tmp_path, wants):
    notes = Notes()
    plan = RecordPlan(figures=(), report=wants)
    record(tmp_path, [1], plan=plan, settings=plan.settings(), sinks=Deliveries(notes)).close()
    assert (("artifact", "report.html") in notes.told) == wants


def test_what_a_forgotten_run_recorded_is_handed_on_at_the_end_of_python(tmp_path):
    script = (
        "import numpy as np, time\n"
        "from keras_v1_activity import NetworkActivityLogger, sinks\n"
        "class Slow(sinks.Sink):\n"
        "    def scalars(self, step, values):\n"
        "        time.sleep(0.2); print('scalars', step, flush=True)\n"
        "    def end(self):\n"
        "        print('end', flush=True)\n"
        "class Hangs(sinks.Sink):\n"
        "    def end(self):\n"
        "        time.sleep(1e6)\n"
        "import keras_v1_activity.sinks.deliveries as deliveries\n"
        "deliveries.WAIT_S = 3.0\n"
        "logger = NetworkActivityLogger('logs', 1, figures=(), sinks=[Slow(), Hangs()])\n"
        "logger.log_step(spikes=np.eye(20)[None])\n"
        "raise RuntimeError('the loop ends')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split("\n")[:2] == ["scalars 1", "end"]
    assert "the loop ends" in done.stderr and done.returncode == 1


def test_a_copy_has_sinks_of_its_own(tmp_path):
    notes = Notes()
    logger = copy.deepcopy(NetworkActivityLogger(tmp_path, 1, figures=(), sinks=[notes]))
    logger.log_step(spikes=np.eye(20)[None])
    logger.save_summary()
    assert run_json(tmp_path)["settings"]["sinks"] == ["Notes"]
    assert "scalars" not in [told[0] for told in notes.told]


@pytest.mark.parametrize(
    "given, said",
    [
        (["tensorboard"], "got 'tensorboard'"),
        ("tensorboard", "got 'tensorboard'"),
        ([sinks.Sink], "not classes"),
        (7, "got 7"),
        ([sinks.Sink()] * 2, "same object twice"),
    ],
)
def test_what_is_no_sink_is_refused(tmp_path, given, said):
    with pytest.raises(ValueError, match=said):
        V1ActivityCallback(tmp_path, sinks=given)


@pytest.mark.parametrize("name", ["TensorBoard", "WandB", "MLflow", "Trackio"])
def test_what_is_not_installed_is_said_in_one_sentence(name, tmp_path, monkeypatch):
    library = name.lower()
    for module in [m for m in sys.modules if m.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "meta_path", [_Hides(library), *sys.meta_path])
    given = [tmp_path] if name == "TensorBoard" else []
    with pytest.raises(ImportError, match=rf"pip install {library}") as error:
        getattr(sinks, name)(*given)
    assert f"keras_v1_activity[{library}]" in str(error.value)
    assert "\n" not in str(error.value)


class _Hides:
    def __init__(self, name):
        self.name = name

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=self.name)


def test_importing_the_sinks_loads_nothing():
    script = (
        "from keras_v1_activity import sinks; sinks.TensorBoard; import sys\n"
        "heavy = ('tensorflow', 'keras', 'h5py', 'matplotlib', 'tensorboard', 'wandb', 'mlflow',"
        " 'trackio')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
