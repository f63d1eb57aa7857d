"""Names of all files of a run, and what is known of them by their name."""

from __future__ import annotations

import re
from typing import Final

from keras_v1_activity.plan import FIGURES

INDEX: Final = "activity.h5"
SUMMARY: Final = "activity_summary.npz"
RUN: Final = "run.json"
RUN_BESIDE: Final = "run_activity.json"
"""Name of the run.json in a folder in which another program has a file of that name."""
RUN_NUMBERED: Final = re.compile(r"^run_activity_\d+\.json$")
"""Further names of it, if that one is taken as well."""
NETWORK_STATE: Final = "network_state.txt"
HISTORY_PICTURE: Final = "history.png"
REPORT: Final = "report.html"
RUN_FILES: Final = (INDEX, SUMMARY, RUN, RUN_BESIDE, NETWORK_STATE, HISTORY_PICTURE, REPORT)
FIGURE_FILE: Final = re.compile(
    rf"^(?:(?:{'|'.join(FIGURES)}|trace_neuron_\d+)_step_(\d+)(?:_look_\d+)?\.png"
    r"|trace_step_(\d+)(?:_look_\d+)?\.csv)$"
)
# A further look at a step that has one is numbered.
STEP_FOLDER: Final = re.compile(r"^step_(\d{6,})(?P<look>_look_\d+)?$")
STEP_FILE: Final = re.compile(r"^step_(\d{6,})(?P<look>_look_\d+)?\.(?:h5|json)$")
WRITTEN: Final = re.compile(
    r"^(?:activity\.h5|activity_summary\.npz|run(?:_activity(?:_\d+)?)?\.json|network_state\.txt"
    r"|report\.html|write_test"
    r"|data\.h5|summary\.json|step_\d{6,}(?:_look_\d+)?\.(?:h5|json)"
    r"|trace(?:_step_\d+)?(?:_look_\d+)?\.csv"
    rf"|(?:{'|'.join(FIGURES)}|trace_neuron_\d+)(?:_step_\d+)?(?:_look_\d+)?\.png)$"
)
SAMPLE_FOLDER: Final = re.compile(r"^sample_\d+$")
SAMPLE_FILE: Final = "batch_predictions.png"
