"""What a command writes to: its last word, or ``--out``."""

from __future__ import annotations

import argparse
from typing import Any


def add_target(parser: argparse.ArgumentParser, metavar: str, text: str) -> None:
    """Adds what the command writes, as a word and as ``--out``; see `target_of`.

    Args:
        parser: of the command.
        metavar: what it is, for help.
        text: a line of help.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_target(parser, "DIR", "folder to write")
        >>> parser.parse_args(["net"]).target
        'net'
    """
    target = parser.add_argument("target", metavar=metavar, help=text)
    parser.add_argument(
        "--out", action=_InPlaceOf, word=target, metavar=metavar, help=f"the same as {metavar}"
    )


class _InPlaceOf(argparse.Action):
    """An option that makes a word unnecessary."""

    def __init__(self, option_strings: Any, dest: str, word: argparse.Action, **others: Any):
        super().__init__(option_strings, dest, **others)
        self._word = word

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, values)
        self._word.required = False


def target_of(options: argparse.Namespace) -> str:
    """The file or folder to write; the command ends if it was named twice.

    Args:
        options: the parsed words, with the function `error`.

    Example:
        >>> target_of(argparse.Namespace(target=None, out="net"))
        'net'
    """
    if options.target is not None and options.out is not None:
        options.error(f"name one thing to write; got {options.target} and --out {options.out}")
    return options.target if options.out is None else options.out
