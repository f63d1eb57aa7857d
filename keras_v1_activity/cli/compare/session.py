"""A comparison from beginning to end: reading the sides, drawing, the file of numbers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_v1_activity.cli.compare.draw import draw_sides, draw_weights
from keras_v1_activity.cli.compare.sides import choose_sides
from keras_v1_activity.common.atomic_files import write_json


def run_comparison(options: argparse.Namespace, say: Callable[[str], object] = print) -> Path:
    """Compares what the options name.

    Args:
        options: of the command `compare`, checked by it.
        say: called with a line of text for each number and each file.

    Returns:
        Path of the file of numbers, metrics.json.

    Example:
        >>> from keras_v1_activity.cli.main import make_parser
        >>> options = make_parser().parse_args(["compare", "logs", "--no_animation"])
        >>> run_comparison(options, say=lambda line: None).name
        'metrics.json'
    """
    out = Path(options.output_dir or Path(options.runs[0]) / "comparison")
    sides = choose_sides(options.runs, options.step, options.step_b, options.labels, say)
    found: dict[str, Any] = {}
    if sides:
        found = draw_sides(sides, options.window, out, options.animation, say)
    if options.weights:
        found["weights"] = draw_weights(options.weights, out, say)
    path = out / "metrics.json"
    write_json(path, found)
    say(str(path))
    return path
