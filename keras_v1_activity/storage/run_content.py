"""What a ``run.json`` says, whatever somebody has made of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeGuard

from keras_v1_activity.common.atomic_files import read_json

# No training has more steps, and numpy holds them.
_MOST = 1 << 53


def read_run_content(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The content of a run.json; entries that are not what they should be are left out.

    Args:
        path: the file.

    Returns:
        ``steps`` is a list of whole numbers, ``counts`` a dict of them, ``first_causes`` one of
        text, ``settings`` and ``versions`` dicts, ``intervals`` a list of pairs, ``resumed`` a list
        of text, ``alarms`` one of dicts. None of them needs to be there, nor anything else that a
        run.json holds.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("run.json").write_text('{"steps": [1, "2", 3.5], "counts": [], "resumed": 5}')
        >>> read_run_content("run.json")
        {'steps': [1]}
    """
    content = read_json(path)
    for name, clean in _CLEAN.items():
        if name in content:
            value = clean(content[name])
            if value is None:
                del content[name]
            else:
                content[name] = value
    return content


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value is a number of steps, looks or failures.

    Example:
        >>> is_count(3), is_count(True), is_count(-1), is_count(10**400), is_count("3")
        (True, False, False, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST


def _counts(value: object) -> list[int] | None:
    return [each for each in value if is_count(each)] if isinstance(value, list) else None


def _named_counts(value: object) -> dict[str, int] | None:
    if not isinstance(value, dict):
        return None
    return {name: count for name, count in value.items() if is_count(count)}


def _texts(value: object) -> list[str] | None:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else None


def _named_texts(value: object) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {name: text for name, text in value.items() if isinstance(text, str)}


def _pairs(value: object) -> list[list[int]] | None:
    if not isinstance(value, list):
        return None
    return [
        pair
        for pair in value
        if isinstance(pair, list) and len(pair) == 2 and all(map(is_count, pair)) and pair[1]
    ]


def _dict(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _dicts(value: object) -> list[dict[str, Any]] | None:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


_CLEAN: dict[str, Callable[[object], object]] = {
    "steps": _counts,
    "counts": _named_counts,
    "first_causes": _named_texts,
    "intervals": _pairs,
    "resumed": _texts,
    "settings": _dict,
    "versions": _dict,
    "alarms": _dicts,
    "stopped_by": _text,
    "started": _text,
    "last_written": _text,
}
