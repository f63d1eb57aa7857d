"""Writing a run in the format of other tools."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.export import sonata, tables
from keras_v1_activity.export.looks import Looks
from keras_v1_activity.export.nwb import is_nwb, write_nwb
from keras_v1_activity.export.places import new_file, new_folder
from keras_v1_activity.storage.layout import absolute

FORMATS: Final = ("nwb", "sonata", "csv")
_NAMES: Final = {"nwb": "export.nwb", "sonata": "export_sonata", "csv": "export_csv"}


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        path: the file or folder.
        n_looks: how many looks it holds.
        left_out: a sentence for each thing that was left out; empty if nothing was.

    Example:
        >>> Exported(Path("run.nwb"), 2, ()).n_looks
        2
    """

    path: Path
    n_looks: int
    left_out: tuple[str, ...]


def export_run(
    log_dir: str | os.PathLike[str],
    to: str,
    out: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
) -> Exported:
    """Writes all looks of a run in the format of other tools, one look in memory at a time.

    Args:
        log_dir: folder of the run; it may still be written.
        to: "nwb" for one file, which needs pynwb; "sonata" for a folder with spikes, a membrane
            report and the neurons; "csv" for a folder with tables of looks, rates by population,
            spikes and potentials.
        out: file or folder to write; None for ``export.nwb``, ``export_sonata`` or ``export_csv``
            in the folder of the run. It appears only when it is complete.
        overwrite: replace an earlier export there; anything else is never replaced.

    Returns:
        What was written. Looks that cannot be read are left out, and named.

    Raises:
        ValueError: there is no such format, or the run holds no look that can be read.
        FileNotFoundError: there is no such run.
        FileExistsError: `out` exists and may not be replaced.
        ModuleNotFoundError: pynwb is needed and not installed.
        OSError: it cannot be written.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> n_looks = len(load_activity("logs"))
        >>> exported = export_run("logs", "csv", "tables")
        >>> exported.n_looks == n_looks, sorted(file.name for file in exported.path.iterdir())
        (True, ['looks.csv', 'population_rates.csv', 'potentials.csv', 'spikes.csv'])
    """
    if to not in FORMATS:
        raise ValueError(f"to must be one of {', '.join(FORMATS)}; got {shown(to)}.")
    path = absolute(log_dir) / _NAMES[to] if out is None else absolute(out)
    if to == "nwb":
        optional_package("pynwb", "export --to nwb")
        with new_file(path, overwrite=overwrite, ours=is_nwb) as temporary:
            looks = Looks(log_dir)
            write_nwb(looks, temporary)
    else:
        module = sonata if to == "sonata" else tables
        with new_folder(path, module.FILES, overwrite=overwrite) as temporary:
            if to == "sonata":
                looks = Looks(log_dir, pause=False)
                sonata.write_sonata(looks, temporary)
            else:
                looks = Looks(log_dir, on_time_line=False)
                tables.write_tables(looks, temporary)
    return Exported(path, len(looks.facts), tuple(looks.left_out))
