"""``watch``: shows a run in the browser while training writes it."""

from __future__ import annotations

import argparse
import os
import sys
import time
import webbrowser

HELP = "show a run in the browser while it trains"
DESCRIPTION = """\
Show a run in the browser while training writes it: the page of the report, to
which each step is added moments after it is stored. Ctrl-C ends it; training
knows nothing of it.

The page is served on this machine only (127.0.0.1), at an address with a secret
in it that is new each time: who does not know it gets nothing. A run that does
not exist yet is waited for. Needs neither the model nor TensorFlow.

A training on another machine: give --port 8787 --no_browser there, and
ssh -L 8787:127.0.0.1:8787 MACHINE here; then open the address that it prints."""
EPILOG = """\
examples:
  keras-v1-activity watch logs
  keras-v1-activity watch logs --port 8787 --no_browser"""
_LAST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["logs", "--port", "8787"]).port
        8787
    """
    parser.add_argument("folder", metavar="RUN", help="folder of a callback, logger, demo or nest")
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="port to serve at (default: a free one)"
    )
    parser.add_argument(
        "--no_browser", action="store_true", help="print the address, and open no browser"
    )


def run(options: argparse.Namespace) -> None:
    """Runs the command, until Ctrl-C.

    Raises:
        NotADirectoryError: RUN is a file.
        OSError: the port is taken, or not allowed.
    """
    from keras_v1_activity.live import WatchServer
    from keras_v1_activity.storage.run_folder import RunFolder

    folder = RunFolder(options.folder)
    with WatchServer(folder, options.port) as server:
        if not folder.log_dir.is_dir():
            print(f"there is no folder {folder.log_dir} yet: a run in it is waited for")
        print(f"watching {folder.log_dir} at {server.address}")
        print("Ctrl-C ends it", flush=True)
        if not options.no_browser and _has_screen():
            # Other users of the machine can read the words of a command, so they get no token.
            webbrowser.open(server.address_for_once())
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("\nended", flush=True)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {_LAST_PORT}; got {text!r}")
    return int(text)


def _has_screen() -> bool:
    """Whether a browser would open a window, not take over the terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
