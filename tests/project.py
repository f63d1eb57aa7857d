"""What setup.cfg says."""

import configparser
from functools import cache

from places import ROOT


def listed(text):
    """The lines of an entry, a set."""
    return {line.strip() for line in text.splitlines() if line.strip()}


@cache
def setup_cfg():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def extras():
    """Dict of extra -> its requirements."""
    return {name: listed(text) for name, text in setup_cfg()["options.extras_require"].items()}
