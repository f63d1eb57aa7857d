"""A drawing process that is always ended."""

import pytest

from keras_v1_activity.drawing.process import DrawingProcess
from keras_v1_activity.storage.counters import Counters


@pytest.fixture
def drawing():
    """Makes a drawing process; it and its counters."""
    made = []

    def make(**options):
        counters = Counters()
        made.append(DrawingProcess(counters, **options))
        return made[-1], counters

    yield make
    for process in made:
        process.abandon()
        process.close()
