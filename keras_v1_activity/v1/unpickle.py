"""Safe reading of pickles, under the name by which older versions had it."""

from keras_v1_activity.v1.network.unpickle import load_plain_data

__all__ = ["load_plain_data"]
