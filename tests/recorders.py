"""What the tests of recording share: runs made quickly, and what is left of them."""

import json

from looks import make_look

from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder

SILENT = RecordPlan(figures=())
RASTER = RecordPlan(figures=("raster",))


def record(folder, steps, next_step=1, plan=SILENT, **options):
    recorder = Recorder(folder, plan, background=False, **options)
    recorder.open(next_step)
    for step in steps:
        recorder.record(make_look(step))
    return recorder


def run_json(folder):
    return json.loads((folder / "run.json").read_text())


def pictures(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def warnings_in(caplog):
    """What was warned of through the package's logger, in order."""
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from looks import make_look
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
print("once")
recorder = Recorder({folder!r}, RecordPlan(figures=("raster",)))
recorder.open(1)
recorder.record(make_look(1))
{end}
print([name for name in ("tensorflow", "keras", "matplotlib") if name in sys.modules])
"""
