"""Parsing the command line, running a command, and turning errors into one sentence."""

import argparse
import os
import sys
import warnings
from contextlib import contextmanager

from keras_v1_activity.cli import compare, convert, demo, figures, inspect, nest, synthesize, train
from keras_v1_activity.version import __version__

COMMANDS = (synthesize, inspect, demo, train, nest, convert, figures, compare)

_DESCRIPTION = """\
See a spiking network while it trains.

Every command explains itself: keras-v1-activity train --help"""

_EPILOG = """\
from nothing to pictures in two minutes:
  keras-v1-activity synthesize GLIF_network --neurons 500
  keras-v1-activity demo --data_dir GLIF_network --neurons 500 --n_samples 2 --log_dir demo
  keras-v1-activity inspect demo"""


def make_parser():
    """The parser of all commands; ``options.run(options)`` then runs the chosen one."""
    parser = argparse.ArgumentParser(
        prog="keras-v1-activity",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        name = module.__name__.rpartition(".")[2]
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
        command.set_defaults(run=module.run, error=command.error)
    return parser


def main(arguments=None):
    """Runs one command.

    Args:
        arguments: list of words; those of the process where None.

    Returns:
        Exit code: 0, or 2 where something was wrong, which one sentence on stderr says; 130 after
        Ctrl-C.
    """
    options = make_parser().parse_args(arguments)
    try:
        with _short_warnings():
            options.run(options)
        sys.stdout.flush()
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
    return 0


def _sentence(error):
    """What an error says, on one line; its type where it is none that we word ourselves."""
    text = " ".join(str(error.args[0] if isinstance(error, KeyError) else error).split())
    if isinstance(error, (ValueError, OSError, ImportError, KeyError)) and text:
        return text
    return f"{type(error).__name__}: {text} (--debug shows where)"


@contextmanager
def _short_warnings():
    """Warnings without the line of source that raised them."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        yield


def _show_warning(message, category, filename, lineno, file=None, line=None):
    print(f"warning: {message}", file=sys.stderr)
