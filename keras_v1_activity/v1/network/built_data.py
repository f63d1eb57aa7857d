"""What is made of a pickle's data, with one sentence where its layout is another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from keras_v1_activity.v1.network.file_checks import wrong_layout
from keras_v1_activity.v1.network.unpickle import load_plain_data

_Built = TypeVar("_Built")


def built_data(path: Path, build: Callable[[Any, Path], _Built]) -> _Built:
    """What `build` makes of a pickle's data; other containers than it expects end it.

    Args:
        path: the .pkl file.
        build: function (data, path).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, laid out otherwise, or holds more than data.

    Example:
        >>> import pickle
        >>> _ = Path("edges.pkl").write_bytes(pickle.dumps({"edges": [1, 2]}))
        >>> built_data(Path("edges.pkl"), lambda data, path: len(data["edges"]))
        2
    """
    data = load_plain_data(path)
    try:
        return build(data, path)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise wrong_layout(path, error) from error
