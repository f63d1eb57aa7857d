"""A run whose program is killed, at random moments and at each write of the index."""

from functools import partial

import numpy as np
import pytest
from kills import build_shim, check_kill, killed_at_call, killed_at_random


@pytest.fixture
def library(tmp_path):
    built = build_shim(tmp_path)
    if built is None:
        pytest.skip("there is no C compiler here")
    return built


def test_killed_at_random_moments(tmp_path):
    kill, steps = partial(killed_at_random, rng=np.random.default_rng(0)), []
    for _ in range(3):
        was_killed, steps = check_kill(tmp_path / "run", kill, steps)
        assert was_killed


def test_killed_at_each_write_of_the_index(tmp_path, library):
    """Written, and moved to its place: by the first looks of a program, and by later ones."""
    steps = []
    for call in (1, 2, 3, 4, 5, 6):
        kill = partial(killed_at_call, library=library, call=call)
        was_killed, steps = check_kill(tmp_path / "run", kill, steps)
        assert was_killed


@pytest.mark.parametrize("file", ["data.h5", "run.json", "activity_summary.npz"])
def test_killed_while_another_file_is_written(tmp_path, library, file):
    kill = partial(killed_at_call, library=library, call=1, file=file)
    was_killed, _ = check_kill(tmp_path / "run", kill)
    assert was_killed
