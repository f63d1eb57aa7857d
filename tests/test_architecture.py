"""The house: who may import whom, and what importing the package must not do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "keras_v1_activity"
FILES = sorted(PACKAGE.rglob("*.py"))

# Left to right; a module imports from its own room, from rooms at its left, or the ground floor.
GROUND = {
    "files",
    "activity",
    "neurons",
    "populations",
    "plan",
    "units",
    "facts",
    "version",
    "trace",
    "checks",
}
ROOMS_WITHOUT_TENSORFLOW = ("figures", "storage")
NEVER = {
    # room or module -> what it must not import
    "figures": {"storage", "capture", "callback", "logger", "recorder", "background", "v1"},
    "storage": {"figures", "capture", "callback", "logger", "recorder", "background", "v1"},
    "measures": {"figures", "storage", "capture", "callback", "logger", "recorder", "v1"},
    "similarity": {"figures", "storage", "capture", "callback", "logger", "recorder", "v1"},
    "capture": {"figures", "storage", "callback", "logger", "recorder", "background", "measures"},
    "background": {"capture", "callback", "logger", "recorder", "v1"},
    "drawing_link": {"capture", "callback", "logger", "recorder", "v1"},
    "open_run": {"capture", "callback", "logger", "recorder", "background", "v1"},
    "recorder": {"capture", "callback", "logger", "v1"},
    "budget": {"capture", "callback", "logger", "recorder", "storage", "figures", "v1"},
    "pace": {"capture", "callback", "logger", "recorder", "storage", "figures", "v1"},
}
NETWORK_ROOM_TOOLS = {"training", "inference"}  # these run a model, and so use the callback


def imports_of(path):
    """Names of our own modules imported by a file, the first part below the package."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_v1_activity"):
            parts = node.module.split(".")[1:]
            found |= {parts[0]} if parts else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("keras_v1_activity.")
            }
    return found


def room_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_right(path):
    room, used = room_of(path), imports_of(path)
    if room in GROUND:
        assert used <= GROUND
    assert not used & NEVER.get(room, set())
    if room == "v1" and not NETWORK_ROOM_TOOLS & set(path.with_suffix("").parts):
        assert not used & {"figures", "storage", "recorder", "callback", "logger", "background"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 400


def loaded_after(code):
    """Which of the heavy packages are loaded after `code`, in a fresh interpreter."""
    script = f"{code}\nimport sys; print([m for m in {HEAVY} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return ast.literal_eval(result.stdout.strip().splitlines()[-1])


HEAVY = ["tensorflow", "keras", "tf_keras", "matplotlib", "h5py", "nest", "sklearn"]


@pytest.mark.parametrize(
    "code, allowed",
    [
        ("import keras_v1_activity", []),
        ("from keras_v1_activity import load_activity", ["h5py"]),
        ("from keras_v1_activity import v1; v1.load_network", ["h5py"]),
        ("import keras_v1_activity.figures, keras_v1_activity.measures", ["matplotlib"]),
        ("import keras_v1_activity.recording.recorder", ["h5py"]),
        ("import keras_v1_activity.cli.nest.session", ["h5py"]),
        ("import keras_v1_activity.cli.nest.pictures", ["h5py"]),
    ],
)
def test_imports_load_no_more_than_they_need(code, allowed):
    assert set(loaded_after(code)) <= set(allowed)


def test_importing_and_drawing_leave_matplotlib_as_it_was():
    script = (
        "import matplotlib; before = matplotlib.rcParams.copy()\n"
        "from keras_v1_activity import Activity, figures, load_activity, v1\n"
        "import numpy as np\n"
        "figures.draw_figure('raster', Activity.from_dense(np.eye(5)))\n"
        "assert matplotlib.rcParams.copy() == before\n"
        "import sys; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
