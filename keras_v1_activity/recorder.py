"""The recorder of a run, under the name by which older versions had it."""

from keras_v1_activity.recording.recorder import Recorder

__all__ = ["Recorder"]
