"""Where an export goes: a new file or folder that is whole or not there, and replaces no other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.common.checks import shortened
from keras_v1_activity.common.held_open import once_released
from keras_v1_activity.common.temporary_files import temporary_file


@contextmanager
def new_file(
    path: Path, *, overwrite: bool = False, ours: Callable[[Path], bool] = lambda path: True
) -> Iterator[Path]:
    """A path to write to, which becomes `path` when the block ends without an error.

    Args:
        path: the file.
        overwrite: replace an earlier export.
        ours: whether a file is an earlier export.

    Raises:
        FileExistsError: there is such a file, and it may not be replaced.
        OSError: it cannot be written.

    Example:
        >>> with new_file(Path("a.nwb")) as temporary:
        ...     _ = temporary.write_text("spikes")
        >>> with new_file(Path("a.nwb")) as temporary:
        ...     pass
        Traceback (most recent call last):
        FileExistsError: a.nwb exists and stays as it is: give another --out, or --overwrite to \
replace it.
    """

    def check() -> None:
        if not os.path.lexists(path):
            return
        if path.is_dir():
            raise FileExistsError(f"{_shown(path)} is a folder: name a file with --out.")
        if not (path.is_file() and ours(path)):
            raise FileExistsError(
                f"{_shown(path)} exists and is no export of this kind, so it is not replaced: "
                "give another --out."
            )
        _check_allowed(path, overwrite)

    check()
    with replacing(path) as temporary:
        yield temporary
        check()


@contextmanager
def new_folder(path: Path, names: Collection[str], *, overwrite: bool = False) -> Iterator[Path]:
    """A folder to write into, which becomes `path` when the block ends without an error.

    Args:
        path: the folder.
        names: of the files that an export consists of; only a folder of these is replaced.
        overwrite: replace an earlier export.

    Raises:
        FileExistsError: there is such a folder or file, and it may not be replaced.
        OSError: it cannot be written.

    Example:
        >>> with new_folder(Path("tables"), ["looks.csv"]) as temporary:
        ...     _ = (temporary / "looks.csv").write_text("step")
        >>> [file.name for file in Path("tables").iterdir()]
        ['looks.csv']
    """

    def check() -> None:
        if not os.path.lexists(path):
            return
        if not path.is_dir():
            raise FileExistsError(f"{_shown(path)} is a file: name a folder with --out.")
        found = sorted(entry.name for entry in path.iterdir())
        others = [name for name in found if name not in names or (path / name).is_dir()]
        if others:
            raise FileExistsError(
                f"{_shown(path)} also holds {shortened(others[0], 60)!r}, which is no file of such "
                "an export, so the folder is not replaced: give another --out."
            )
        if found:
            _check_allowed(path, overwrite)

    check()
    # A link to a folder stays, and the folder that it leads to is replaced.
    place = Path(os.path.realpath(path))
    place.parent.mkdir(parents=True, exist_ok=True)
    with temporary_file(place.parent, place.name) as reserved:
        # Its name is free and cannot be guessed.
        made = reserved.with_name(f"{reserved.name}-new")
        made.mkdir()
        try:
            yield made
            check()
            _move(made, place, reserved.with_name(f"{reserved.name}-old"))
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _move(made: Path, place: Path, old: Path) -> None:
    """Puts a folder in the place of another, which is then removed."""
    if not place.exists():
        once_released(partial(os.replace, made, place))
        return
    once_released(partial(os.replace, place, old))
    try:
        once_released(partial(os.replace, made, place))
    except OSError:
        os.replace(old, place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _check_allowed(path: Path, overwrite: bool) -> None:
    if not overwrite:
        raise FileExistsError(
            f"{_shown(path)} exists and stays as it is: give another --out, or --overwrite to "
            "replace it."
        )


def _shown(path: Path) -> str:
    return shortened(str(path), 200)
