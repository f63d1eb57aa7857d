"""A run whose program is killed, at random moments and at each write of the index."""

import os

import numpy as np
import pytest
from killed_programs import Programs, build_shim
from kills import at_call, check_kill, plan

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="module")
def programs(library):
    with Programs(library) as programs:
        yield programs


@pytest.fixture
def killed_at(library, programs):
    """A function of a write and a file, that gives what `check_kill` needs."""
    if library is None:
        pytest.skip("there is no C compiler here")
    return lambda call, file="activity.h5": (
        lambda folder, first: at_call(programs, folder, first, call, file)
    )


def test_killed_at_random_moments(tmp_path, programs):
    rng, steps = np.random.default_rng(0), []
    for _ in range(5):
        was_killed, steps = check_kill(
            programs,
            tmp_path / "run",
            lambda folder, first: programs.killed_at_random(folder, first, rng),
            steps,
        )
        assert was_killed


def test_killed_at_each_write_of_the_index(tmp_path, programs, killed_at):
    """Written, and moved to its place: by the first looks of a program, and by later ones."""
    steps = []
    for call in range(1, 11):
        was_killed, steps = check_kill(programs, tmp_path / "run", killed_at(call), steps)
        assert was_killed


@pytest.mark.parametrize("file", ["data.h5", "run.json", "activity_summary.npz"])
def test_killed_while_another_file_is_written(tmp_path, programs, killed_at, file):
    steps = []
    for call in (1, 2):
        was_killed, steps = check_kill(programs, tmp_path / "run", killed_at(call, file), steps)
        assert was_killed


def test_a_look_that_one_reader_cannot_read_is_noticed(tmp_path, programs):
    """Otherwise the tests above prove nothing."""
    check_kill(programs, tmp_path / "run", lambda folder, first: programs.log(folder, first, 3))
    path = tmp_path / "run/step_000002/data.h5"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(AssertionError, match="unreadable"):
        check_kill(programs, tmp_path / "run", lambda folder, first: None, [1, 2, 3, 4])


def test_each_write_of_the_index_is_planned():
    calls = {"activity.h5": 12, "data.h5": 60, "run.json": 60}
    planned = [kill for series in plan(300, calls) for kill in series]
    assert {call for file, call in planned if file == "activity.h5"} == set(range(1, 13))
    assert len(planned) == len(set(planned)) == 300
    assert sum(file is None for file, _ in planned) == 188
