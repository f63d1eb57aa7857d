"""The numbers of a run over its looks."""

from keras_v1_activity.history.history import History

__all__ = ["History"]
