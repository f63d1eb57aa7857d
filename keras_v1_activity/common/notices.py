"""Everything a user reads at run time, through one logger: ``keras_v1_activity``.

`tell` is for news, `warn` for something that went wrong; neither ever raises. Silence them with
``logging.getLogger("keras_v1_activity").setLevel("ERROR")``, or capture them with a handler of
your own. Where the program has set up no logging, they appear on standard error.
"""

import logging
import sys
from typing import TextIO

LOGGER_NAME = "keras_v1_activity"


def tell(text: str) -> None:
    """Says one thing that is good to know, such as where an earlier run was moved.

    Args:
        text: one sentence.

    Example:
        >>> tell("the earlier run is now in logs/earlier_001.")
    """
    _emit(logging.INFO, text)


def warn(text: str) -> None:
    """Says that something went wrong, and what happens now.

    Args:
        text: one sentence.

    Example:
        >>> warn("a figure could not be drawn; training goes on.")
    """
    _emit(logging.WARNING, text)


def _emit(level: int, text: str) -> None:
    try:
        _logger().log(level, "%s", text)
    except Exception:
        # A handler of the user's failed; a notice is never worth a training.
        return


def _logger() -> logging.Logger:
    """The logger, with a handler of its own if nobody has set up logging."""
    logger = logging.getLogger(LOGGER_NAME)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    if not logger.hasHandlers():
        logger.addHandler(_StandardError())
    return logger


class _StandardError(logging.Handler):
    """Writes to what standard error is at that moment; a closed or full one loses the line."""

    def emit(self, record: logging.LogRecord) -> None:
        write(f"{LOGGER_NAME}: {record.getMessage()}\n")


def write(text: str, stream: TextIO | None = None) -> None:
    r"""Writes text as it is, for a progress bar; never raises.

    Args:
        text: what is written; characters that the stream cannot encode become escapes.
        stream: where to; None for standard error.

    Example:
        >>> import sys
        >>> write("three of four\n", sys.stdout)
        three of four
    """
    target = sys.stderr if stream is None else stream
    try:
        encoding = getattr(target, "encoding", None) or "utf-8"
        target.write(text.encode(encoding, "backslashreplace").decode(encoding))
        target.flush()
    except Exception:
        # Closed, full, or None under pythonw: there is nowhere to say it.
        return
