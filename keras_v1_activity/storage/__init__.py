"""The run on disk: how looks are written, and how they are read back."""

from keras_v1_activity.storage.further_looks import looks_at
from keras_v1_activity.storage.run import Run, StepNotLogged, load_activity

__all__ = ["Run", "StepNotLogged", "load_activity", "looks_at"]
