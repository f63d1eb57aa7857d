"""What importing and using the package must not do: load what is not needed, change settings."""

import ast
import subprocess
import sys

import pytest


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
