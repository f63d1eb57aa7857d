"""Looks written into a folder, for the tests of storage."""

import numpy as np

from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import make_layout


def write(folder, *looks, layout="folders"):
    writer = StepWriter(make_layout(layout, folder))
    writer.open()
    for look in looks:
        writer.write(look)
        writer.link(look)
    return writer


def fields_equal(got, expected):
    if expected is None:
        return got is None
    return np.array_equal(got, expected)
