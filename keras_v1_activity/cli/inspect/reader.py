"""Which of the readers suits what is to be inspected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keras_v1_activity.cli.inspect import logged_run, network, sonata, v1_glif_model
from keras_v1_activity.v1.network.published_folder import NETWORK_FILE
from keras_v1_activity.v1.network.sonata.config import SonataFiles, find_files
from keras_v1_activity.v1.network.v1_glif_model.files import find_pickles


def has_red_alarm(path: Path) -> bool:
    """Whether a red alarm stands in the run, or results folder of training, at a path.

    Example:
        >>> has_red_alarm(Path("nowhere"))
        False
    """
    if network.is_network(path):
        return False
    if logged_run.is_results(path):
        path = path / "activity"
    return logged_run.is_run(path) and logged_run.has_red_alarm(path)


def lines_on(path: Path) -> Iterator[str]:
    """Lines of text on what a path holds.

    Args:
        path: a network folder, a run, a results folder of training, or a checkpoint.

    Raises:
        FileNotFoundError, ValueError: there is nothing, something damaged or something unknown.

    Example:
        >>> print(next(lines_on(Path("GLIF_network"))))   # doctest: +ELLIPSIS
        network folder GLIF_network, synthetic, seed 0, by keras_v1_activity ...
    """
    pickles = find_pickles(path)
    if (files := _sonata_files(path)) is not None and not (pickles and pickles.named):
        return sonata.lines(files)
    if pickles is not None:
        return v1_glif_model.lines(pickles)
    if network.is_network(path):
        return network.lines(path)
    if logged_run.is_results(path):
        return logged_run.results_lines(path)
    if logged_run.is_run(path):
        return logged_run.run_lines(path)
    from keras_v1_activity.cli.inspect import checkpoint

    return checkpoint.lines(path)


def _sonata_files(path: Path) -> SonataFiles | None:
    """The files of a SONATA network; None if this is something else."""
    if (path / NETWORK_FILE).is_file() or logged_run.is_run(path):
        return None
    try:
        return find_files(path)
    except ValueError:
        return None
