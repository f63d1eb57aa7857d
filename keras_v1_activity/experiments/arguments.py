"""The options of the demo and of training on a command line. Loads no TensorFlow."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.experiments.options import Options

AnyOptions = TypeVar("AnyOptions", bound=Options)


def add_arguments(
    parser: argparse.ArgumentParser, kind: type[Options], *, without: Sequence[str] = ()
) -> None:
    """Adds the options of a class to a command line, in groups; `--help` then explains each.

    Switches may be written ``--name``, ``--noname``, ``--no_name`` or ``--name=false``.

    Args:
        parser: `ArgumentParser` of ours, which takes each option with - or _.
        kind: `DemoOptions`, `TrainingOptions` or another class of such options.
        without: names of options that are not added; they keep their defaults.

    Example:
        >>> from keras_v1_activity.experiments.options import DemoOptions
        >>> parser = ArgumentParser(prog="demo")
        >>> add_arguments(parser, DemoOptions)
        >>> parser.parse_args(["--n_samples=3", "--nonoise"]).noise
        False
    """
    fields = {f.name: f for f in dataclasses.fields(kind) if f.name not in without}
    parser.set_defaults(**{f.name: f.default for f in dataclasses.fields(kind)})
    for owner in kind.__mro__[:-1]:
        group = parser.add_argument_group(owner.__doc__.splitlines()[0].rstrip("."))
        for name in vars(owner).get("__annotations__", {}):
            if name in fields:
                _add_argument(group, fields.pop(name))


def _add_argument(group: argparse._ArgumentGroup, field: dataclasses.Field[Any]) -> None:
    kind, default, name = field.metadata["kind"], field.default, f"--{field.name}"
    text = field.metadata["help"].replace("%", "%%")
    if default not in (None, ""):
        text += f" (default: {str(default).lower() if kind is bool else default})"
    if kind is bool:
        names = [name, f"--no{field.name}", f"--no_{field.name}"]
        group.add_argument(*names, dest=field.name, action=_Switch, default=default, help=text)
        return
    names = [flag for flag in (field.metadata["flag"], name) if flag]
    choices = field.metadata["choices"]
    group.add_argument(
        *names, dest=field.name, type=kind, default=default, choices=choices, help=text,
        metavar=None if choices else _metavar(field.name, kind),
    )  # fmt: skip


def _metavar(name: str, kind: type) -> str:
    """What an option takes, as help shows it."""
    if kind in (int, float):
        return "N" if kind is int else "X"
    return "DIR" if name.endswith("_dir") else name.upper()


class _Switch(argparse.Action):
    """A yes or no: ``--name``, ``--noname``, ``--no_name``, ``--name=true``, ``--name=false``."""

    _WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

    def __init__(self, option_strings: Sequence[str], dest: str, **others: Any) -> None:
        super().__init__(option_strings, dest, nargs="?", metavar="BOOL", **others)
        self.shown = option_strings[:2]

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Stores the truth of the switch."""
        stands_for = option_string == f"--{self.dest}"
        if values is not None:
            if values.lower() not in self._WORDS or not stands_for:
                parser.error(
                    f"{option_string} is a switch: write --{self.dest}, --no{self.dest} or "
                    f"--{self.dest}=false; got {values!r}."
                )
            stands_for = self._WORDS[values.lower()]
        setattr(namespace, self.dest, stands_for)


def parse(
    kind: type[AnyOptions],
    description: str,
    arguments: Sequence[str] | None = None,
    **defaults: Any,
) -> AnyOptions:
    """The options of a class from a command line.

    Args:
        kind: `DemoOptions` or `TrainingOptions`.
        description: what the command does, for `--help`.
        arguments: words of the command line; None for those of this program.
        **defaults: defaults that differ from the class's.

    Raises:
        SystemExit: a word is wrong; the message says which.

    Example:
        >>> from keras_v1_activity.experiments.options import DemoOptions
        >>> parse(DemoOptions, "Shows some trials.", ["--n_samples=3"]).n_samples
        3
    """
    parser = ArgumentParser(description=description, usage="%(prog)s [options]")
    add_arguments(parser, kind)
    parser.set_defaults(**defaults)
    return from_namespace(kind, parser.parse_args(arguments), parser.error)


def from_namespace(
    kind: type[AnyOptions], namespace: argparse.Namespace, error: Callable[[str], NoReturn]
) -> AnyOptions:
    """The options of a class from parsed arguments.

    Args:
        kind: `DemoOptions`, `TrainingOptions` or another class of such options.
        namespace: what the parser gave.
        error: called with the sentence of a wrong value; it must not return.

    Example:
        >>> from keras_v1_activity.experiments.options import DemoOptions
        >>> parser = ArgumentParser(prog="demo")
        >>> add_arguments(parser, DemoOptions)
        >>> namespace = parser.parse_args(["--n_samples=3"])
        >>> from_namespace(DemoOptions, namespace, parser.error).n_samples
        3
    """
    names = [field.name for field in dataclasses.fields(kind)]
    try:
        return kind(**{name: getattr(namespace, name) for name in names})
    except ValueError as wrong:
        error(str(wrong))
