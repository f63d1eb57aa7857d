"""Writing the report: one HTML file, look by look, that appears when it is complete."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.common.reading import open_regular
from keras_v1_activity.report.levels import LIMIT_BYTES
from keras_v1_activity.report.packing import as_text, pack
from keras_v1_activity.report.page import about_page, block, page_around
from keras_v1_activity.report.reported_run import ReportedRun
from keras_v1_activity.report.run_pages import RunPages

_PREFIXES: Final = ("a", "b")
_GENERATOR: Final = b'<meta name="generator" content="keras_v1_activity">'
_HEAD_BYTES: Final = 4_096


class Written(NamedTuple):
    """What became of a report.

    Attributes:
        path: the file.
        n_bytes: its length.
        n_looks: looks that can be seen in it.
        n_whole: of them, those with every spike.
        left_out: a sentence for each thing that is not in it.

    Example:
        >>> Written(Path("report.html"), 1_000_000, 100, 100, ()).n_looks
        100
    """

    path: Path
    n_bytes: int
    n_looks: int
    n_whole: int
    left_out: tuple[str, ...]


def write_report(
    path: str | os.PathLike[str],
    runs: Sequence[ReportedRun],
    *,
    full: bool = False,
    limit_bytes: float = LIMIT_BYTES,
) -> Written:
    """Writes the report of a run, or of two runs beside each other.

    The file appears when it is complete. One look is in memory at a time.

    Args:
        path: of the HTML file.
        runs: one or two.
        full: keep every spike, however long the file gets.
        limit_bytes: how long it gets otherwise, about; what is kept less finely for it is said in
            the page.

    Raises:
        OSError: it could not be written.
        ValueError: none or more than two runs, or one without a look.

    Example:
        >>> from keras_v1_activity.history import History
        >>> run = ReportedRun("a", History([{"step": 1}]), {1: activity}.__getitem__, [1])
        >>> write_report("report.html", [run]).n_whole
        1
    """
    if not 1 <= len(runs) <= len(_PREFIXES):
        raise ValueError(f"a report shows one run or two; got {len(runs)}.")
    for run in runs:
        if not len(run.history):
            raise ValueError(f"{run.name!r} holds no look yet: there is nothing to report.")
    before, after = page_around("report", " and ".join(run.name for run in runs))
    path = Path(path)
    limit = None if full else limit_bytes / len(runs)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(before)
        pages = [RunPages(run, prefix, limit) for run, prefix in zip(runs, _PREFIXES, strict=False)]
        for page in pages:
            content, arrays = page.write(lambda name, text: file.write(block(name, text)))
            name = f"{content['prefix']}-run"
            file.write(block(name, as_text(pack(content, arrays))))
        file.write(about_page({"runs": list(_PREFIXES[: len(runs)])}))
        file.write(after)
        n_bytes = file.tell()
    left_out = tuple(sentence for page in pages for sentence in page.left_out)
    n_looks, n_whole = sum(p.n_looks for p in pages), sum(p.n_whole for p in pages)
    return Written(path, n_bytes, n_looks, n_whole, left_out)


def is_report(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a report that we have written.

    Raises:
        OSError: there is no such file.

    Example:
        >>> _ = Path("page.html").write_text("<html>mine</html>")
        >>> is_report("page.html")
        False
    """
    with open_regular(path) as file:
        return _GENERATOR in file.read(_HEAD_BYTES)
