"""The command line: ``keras-v1-activity`` and ``python -m keras_v1_activity``."""

from keras_v1_activity.cli.main import main

__all__ = ["main"]
