"""The pictures of a run of ``nest``."""

from keras_v1_activity.figures import save_figure
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.layout import make_layout

# One trial at a time has no batch to show side by side.
_FIGURES = ("raster", "voltages", "input", "population", "output")


def draw_run(out, conditions, rows, task, options, say):
    """Draws the first trial of each sample of each condition into the folder of its step."""
    for number, condition in enumerate(conditions):
        folder = out if number == 0 else out / condition.name
        layout = make_layout("folders", folder)
        first = [r for r in rows if r["condition"] == condition.name and r["trial"] == 1]
        with load_activity(folder) as run:
            for row in first:
                for name in _FIGURES:
                    save_figure(name, run[row["step"]], layout.figure(row["step"], name))
