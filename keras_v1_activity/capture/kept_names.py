"""How the arrays that are kept of a step are named. Numpy only."""

from __future__ import annotations

from typing import Final

TRACE_PREFIX: Final = "trace/"
"""Begins the names of arrays that are traces of chosen neurons."""

READOUT_PREFIX: Final = "readout/"
"""Begins the names of arrays that say what a step made of each sample's classes."""

GREATEST_PREFIX: Final = "greatest/"
"""Begins the names of the greatest number of such an array in the whole batch."""
