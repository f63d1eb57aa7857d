"""The history of a run as columns: what is nested in its rows gets a name of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# Deeper entries are none of ours, and are left out.
_DEEPEST = 20


def columns_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Columns with one value for each row; None where a row has none.

    Entries of dicts are named after their path, ``population_rates_hz.e23Cux2``, those of a list of
    numbers after their place, ``confidence.0``; a list of text is one text, parted by ``"; "``.

    Args:
        rows: a `History`, or the contents of some ``summary.json``.

    Returns:
        Name -> list of numbers, booleans, text and None, in the order in which they first came.

    Example:
        >>> columns_of([{"step": 100, "notes": ["silent"]}, {"step": 200, "rates": {"e4": 2.5}}])
        {'step': [100, 200], 'notes': ['silent', None], 'rates.e4': [None, 2.5]}
    """
    flat = [_flat(row) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    return {name: [row.get(name) for row in flat] for name in names}


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in _entries("", row):
        # A population may be called "a.b", and another entry "a" hold "b": both are kept.
        while name in found:
            name += "'"
        found[name] = value
    return found


def _entries(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _entries(f"{name}.{key}" if name else str(key), entry, depth + 1)
    elif not isinstance(value, (list, tuple)):
        yield name, value
    elif all(isinstance(entry, str) for entry in value):
        yield name, "; ".join(value)
    else:
        for place, entry in enumerate(value):
            yield from _entries(f"{name}.{place}", entry, depth + 1)
