"""Parsing the command line, running a command, and turning errors into one sentence."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from keras_v1_activity.cli import (
    compare,
    convert,
    demo,
    export,
    figures,
    inspect,
    nest,
    report,
    synthesize,
    train,
    watch,
)  # fmt: skip
from keras_v1_activity.common.checks import shortened
from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.common.needs_tensorflow import needs_tensorflow
from keras_v1_activity.version import __version__

COMMANDS: tuple[Any, ...] = (
    synthesize, inspect, demo, train, nest, convert, figures, compare, report, watch, export,
)  # fmt: skip
"""The modules of the commands, in the order of the help."""

_DESCRIPTION = """\
See a spiking network while it trains.

Every command explains itself: keras-v1-activity train --help
Options may be written with - or with _ between their words."""

_EPILOG = """\
from nothing to pictures in two minutes:
  keras-v1-activity synthesize net --neurons 500
  keras-v1-activity demo --data_dir net --neurons 500 --n_samples 2 --out demo
  keras-v1-activity inspect demo"""


def make_parser() -> ArgumentParser:
    """The parser of all commands; ``options.run(options)`` then runs the chosen one.

    Example:
        >>> make_parser().parse_args(["inspect", "logs"]).path
        'logs'
    """
    parser = ArgumentParser(prog="keras-v1-activity", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        command = commands.add_parser(
            module.__name__.rpartition(".")[2],
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=module.EPILOG,
        )
        module.add_arguments(command)
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
        command.set_defaults(run=module.run, error=command.error)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: list of words; those of the process if None.

    Returns:
        Exit code: 0; 2 after an error, which one sentence on stderr explains; 130 after Ctrl-C; 3
        if ``inspect`` finds a run in which a red alarm stands.

    Raises:
        SystemExit: ``--help``, ``--version``, or words that are no command.

    Example:
        >>> main(["figures", "logs", "--figures", "raster"])
        logs/redrawn/raster_step_200.png
        0
    """
    options = make_parser().parse_args(arguments)
    try:
        with _short_warnings(), _any_character():
            with needs_tensorflow("this command"):
                code: int | None = options.run(options)
        sys.stdout.flush()
        return code or 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # `| head` closes the pipe; Python would complain of it again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if options.debug:
            raise
        print(f"keras-v1-activity {options.command}: {_sentence(error)}", file=sys.stderr)
        return 2


def _sentence(error: Exception) -> str:
    """What an error says, on one line; with its type if it is not one that we word ourselves."""
    text = " ".join(str(error.args[0] if isinstance(error, KeyError) else error).split())
    text = shortened(text, 2000)  # the name of a file may hold commands for the terminal
    if isinstance(error, (ValueError, OSError, ImportError, KeyError)) and text:
        return text
    return f"{type(error).__name__}: {text} (--debug shows where)"


@contextmanager
def _short_warnings() -> Iterator[None]:
    """Warnings without the line of source that raised them."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        yield


@contextmanager
def _any_character() -> Iterator[None]:
    """Characters that standard output cannot encode, as in a file's name, become escapes."""
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):
        yield
        return
    usual = stream.errors
    stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        stream.reconfigure(errors=usual)


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    print(f"warning: {message}", file=sys.stderr)
