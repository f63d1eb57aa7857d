"""Command lines on which every option may be written with ``-`` or ``_`` between its words."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help that writes what an option takes once, behind all its names.

    An action with an attribute `shown` shows these names in place of all it answers to.
    """

    def __init__(self, prog: str, **others: Any) -> None:
        super().__init__(prog, **{"max_help_position": 26, **others})

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return super()._format_action_invocation(action)
        names = ", ".join(getattr(action, "shown", action.option_strings))
        if action.nargs in (0, "?"):
            return names
        metavar = self._get_default_metavar_for_optional(action)
        return f"{names} {self._format_args(action, metavar)}"


class ArgumentParser(argparse.ArgumentParser):
    """The standard parser; options may be written with - or _, and not be abbreviated.

    Options are declared as always, in either spelling; messages and help show that spelling. The
    parsers of subcommands do the same.

    Args:
        **others: as for `argparse.ArgumentParser`.

    Example:
        >>> parser = ArgumentParser(prog="draw")
        >>> action = parser.add_argument("--line_width", type=float)
        >>> parser.parse_args(["--line-width", "2"]).line_width
        2.0
    """

    def __init__(self, **others: Any) -> None:
        super().__init__(**{"formatter_class": _Help, "allow_abbrev": False, **others})

    @property
    def arguments(self) -> tuple[argparse.Action, ...]:
        """What was declared, in that order, ``--help`` first.

        Example:
            >>> [action.dest for action in ArgumentParser().arguments]
            ['help']
        """
        return tuple(self._actions)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """What the words say, and the words that were not understood.

        Args:
            args: the words; those of the process if None.
            namespace: object that gets the values; a new one if None.

        Example:
            >>> parser = ArgumentParser()
            >>> action = parser.add_argument("--no-plot", action="store_true")
            >>> parser.parse_known_args(["--no_plot", "more"])
            (Namespace(no_plot=True), ['more'])
        """
        words = sys.argv[1:] if args is None else args
        return super().parse_known_args(self._as_declared(words), namespace)

    def _as_declared(self, words: Iterable[str]) -> list[str]:
        """The words, each option spelt as it was declared."""
        names = [name for action in self.arguments for name in action.option_strings]
        declared = {_key(name): name for name in reversed(names) if name.startswith("--")}
        spelt = []
        words = iter(words)
        for word in words:
            name, equals, value = word.partition("=")
            if name.startswith("--") and name not in names:
                word = declared.get(_key(name), name) + equals + value
            spelt.append(word)
            if word == "--":  # what follows are no options
                break
        return [*spelt, *words]


def _key(name: str) -> str:
    return name.replace("_", "-")
