"""Writing a synthetic GLIF_network folder in the published format, from measured facts."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from keras_v1_activity.common.checks import shown, whole_number
from keras_v1_activity.v1.synthetic.calibration import calibrate, target_rates
from keras_v1_activity.v1.synthetic.drawing import draw_network
from keras_v1_activity.v1.synthetic.network_files import ALL_FILES, MARKER_FILE, write_files

FEWEST_NEURONS = 200


def write_synthetic_network(
    path: str | os.PathLike[str],
    n_neurons: int = 2000,
    seed: int = 0,
    *,
    overwrite: bool = False,
    progress: Callable[[str], object] | None = None,
) -> Path:
    """Writes a GLIF_network folder of any size, which `load_network` and the published code read.

    Populations, depths, connection probabilities and their fall with distance, and fitted cells are
    measured facts (see data/README.md). Weights are set, by simulating, so that populations fire
    near their recorded rates without training. Up to 51,978 neurons thin the published 400 um core
    (with connection probabilities raised, so that in-degrees stay those of the published network
    of that size); more widen it.

    Args:
        path: folder to write; it appears only when complete.
        n_neurons: how many, at least 200.
        seed: the same seed and size give the same network.
        overwrite: replace a folder that was written by this function. Any other folder that holds
            files is refused, always.
        progress: called with a line of text at each stage; None says nothing.

    Returns:
        The folder.

    Raises:
        ValueError: too few neurons, a negative seed, or no folder can be written at `path`.
        FileExistsError: the folder exists and may not be replaced.

    Example:
        >>> from keras_v1_activity import v1
        >>> folder = v1.write_synthetic_network("small_network", n_neurons=200)
        >>> v1.load_network(folder).n_neurons
        200
    """
    folder = _check_path(path)
    n_neurons = whole_number(n_neurons, "n_neurons", FEWEST_NEURONS, 2000)
    seed = whole_number(seed, "seed", 0, 1)
    if progress is not None and not callable(progress):
        raise ValueError(
            "progress must be a function that takes a line of text, e.g. print; got "
            f"{shown(progress)}."
        )
    _check_replaceable(folder, overwrite)
    progress = progress or _say_nothing
    place = Path(os.path.realpath(folder))
    # Written beside its place and moved there in one go, so that no half-written folder is left.
    partial, old = (_hidden_sibling(place) for _ in range(2))
    # Made before the long work, so that a place where nothing can be written is reported at once.
    _make_folder(partial, path)
    try:
        network = draw_network(n_neurons, seed, progress)
        found = calibrate(network, target_rates(network.cells.described), seed, progress)
        progress("writing the folder")
        write_files(partial, found, {"n_neurons": n_neurons, "seed": seed})
        _check_replaceable(folder, overwrite)
        if place.exists():
            os.replace(place, old)
        os.replace(partial, place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return folder


def _check_path(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path)
    except TypeError:
        raise ValueError(f"path must be the folder to write; got {shown(path)}.") from None


def _make_folder(partial: Path, path: str | os.PathLike[str]) -> None:
    try:
        partial.mkdir(parents=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"path={str(path)!r} is no place where a folder can be written ({reason}): choose "
            "another path."
        ) from None


def _hidden_sibling(place: Path) -> Path:
    return place.with_name(f".{place.name}-{uuid.uuid4().hex}")


def _check_replaceable(folder: Path, overwrite: bool) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if not (folder.exists() or folder.is_symlink()):
        return
    if not (folder / MARKER_FILE).is_file():
        raise FileExistsError(
            f"{folder} exists and was not written by write_synthetic_network, so it is not "
            "replaced: choose another path."
        )
    if not overwrite:
        raise FileExistsError(
            f"{folder} already holds a synthetic network: load it, pass overwrite=True to replace "
            "it, or choose another path."
        )
    _check_nothing_else(folder)


def _check_nothing_else(folder: Path) -> None:
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    others = sorted(files - ALL_FILES)
    if others:
        raise FileExistsError(
            f"{folder} also holds {others[0]!r}, which write_synthetic_network did not write, so "
            "it is not replaced: move that file away, or choose another path."
        )


def _say_nothing(_line: str) -> None:
    pass
