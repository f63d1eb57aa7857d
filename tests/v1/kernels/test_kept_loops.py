"""Compiled loops that are kept on the disk are those of the files as they are now."""

import os
import shutil
import subprocess
import sys

from places import PACKAGE

PROGRAM = """
import numpy as np
from keras_v1_activity.v1.kernels.threads import clear_each
rows = np.full((2, 3), 7, np.float32)
clear_each(rows)
print(rows.sum())
"""


def run(folder):
    environment = os.environ | {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "kept")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_a_change_in_another_file_is_not_missed(tmp_path):
    """A program of an older version would go on to run after an update."""
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    assert run(tmp_path) == 0
    kept = sorted((tmp_path / "kept").rglob("*.nbc"))
    assert run(tmp_path) == 0
    # The second time nothing was compiled.
    assert kept == sorted((tmp_path / "kept").rglob("*.nbc"))
    elements = tmp_path / PACKAGE.name / "v1" / "kernels" / "elements.py"
    text = elements.read_text()
    assert text.count("out[i] = 0") == 1
    elements.write_text(text.replace("out[i] = 0", "out[i] = 5"))
    assert run(tmp_path) == 30
