"""Importing TensorFlow without the notes on the machine that it prints."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow() -> None:
    """Imports TensorFlow; what it prints while it loads is shown only if loading fails.

    Example:
        >>> import_tensorflow()
        >>> import sys
        >>> "tensorflow" in sys.modules
        True
    """
    # Notes after loading, which would bury what a command says, do obey this.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "tensorflow" not in sys.modules:
        with _held_back_stderr():
            import keras  # noqa: F401
            import tensorflow  # noqa: F401


@contextmanager
def _held_back_stderr() -> Iterator[None]:
    """Holds back what is written to file descriptor 2, and shows it after an exception."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
