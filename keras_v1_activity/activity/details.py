"""What is known of a look beside its arrays: named facts that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from keras_v1_activity.common.checks import shown


class _Plain(json.JSONEncoder):
    """Takes numpy's numbers and arrays as JSON's, and read-only dicts as dicts."""

    def default(self, o: Any) -> Any:
        """The plain value of what JSON does not know."""
        if isinstance(o, (np.ndarray, np.generic)):
            return o.tolist()
        return dict(o) if isinstance(o, Mapping) else super().default(o)


def details_text(details: Mapping[str, Any]) -> str:
    """Details as JSON; numbers that are not finite as NaN and Infinity, which Python reads.

    Raises:
        TypeError, ValueError: JSON cannot hold them.

    Example:
        >>> details_text({"scalars": {"loss": np.float32(0.5)}})
        '{"scalars": {"loss": 0.5}}'
    """
    return json.dumps(details, cls=_Plain)


def frozen_details(given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """A read-only copy of the details of a look; its lists are tuples, arrays become them.

    Raises:
        ValueError: it is no dict by text, or JSON cannot hold it.

    Example:
        >>> frozen_details({"scalars": {"loss": 0.5}})["scalars"]["loss"]
        0.5
        >>> len(frozen_details(None))
        0
    """
    if given is None:
        return MappingProxyType({})
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise ValueError(f"details must be a dict by name; got {shown(given)}.")
    try:
        copied = json.loads(details_text(given))
    except (TypeError, ValueError) as error:
        raise ValueError(f"details must be what JSON can hold; got {shown(given)}.") from error
    return _frozen(copied)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(each) for name, each in value.items()})
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
