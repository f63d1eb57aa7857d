"""Windows lets nobody replace or move a file that another program has open."""

import os

import pytest

from keras_v1_activity.common.atomic_files import read_json, replacing, write_text
from keras_v1_activity.storage.earlier import move_entries


class Windows:
    """`os.replace` and the like on Windows, while another program holds the file for some calls."""

    def __init__(self, monkeypatch, name, held, winerror=32):
        self.really, self.held, self.winerror, self.calls = getattr(os, name), held, winerror, 0
        monkeypatch.setattr(os, name, self)

    def __call__(self, *words):
        self.calls += 1
        if self.calls <= self.held:
            error = PermissionError(13, "The process cannot access the file")
            error.winerror = self.winerror
            raise error
        return self.really(*words)


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_a_file_that_somebody_reads_is_replaced_when_it_is_released(
    winerror, tmp_path, monkeypatch
):
    path = tmp_path / "run.json"
    path.write_text("old")
    replace = Windows(monkeypatch, "replace", held=3, winerror=winerror)
    write_text(path, "new")
    assert path.read_text() == "new" and replace.calls == 4
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_released_stays_as_it_was_and_the_error_is_raised(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    path.write_text("old")
    replace = Windows(monkeypatch, "replace", held=1000)
    with pytest.raises(PermissionError), replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    assert 1 < replace.calls < 20


def test_on_other_systems_and_for_other_errors_there_is_one_try(tmp_path, monkeypatch):
    def denied(*words):
        calls.append(words)
        raise PermissionError(13, "Permission denied")

    calls = []
    monkeypatch.setattr(os, "replace", denied)
    with pytest.raises(PermissionError):
        write_text(tmp_path / "a.txt", "new")
    assert len(calls) == 1
    other = Windows(monkeypatch, "replace", held=1000, winerror=1314)
    with pytest.raises(PermissionError):
        write_text(tmp_path / "a.txt", "new")
    assert other.calls == 1


def test_what_an_earlier_run_left_is_moved_when_it_is_released(tmp_path, monkeypatch):
    (tmp_path / "step_000100").mkdir()
    (tmp_path / "step_000100" / "data.h5").write_text("data")
    Windows(monkeypatch, "rename", held=2)
    target = move_entries(tmp_path, lambda: [p.relative_to(tmp_path) for p in tmp_path.glob("s*")])
    assert (target / "step_000100" / "data.h5").read_text() == "data"


def test_a_file_that_is_being_replaced_is_read_a_moment_later(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    path.write_text('{"steps": [1]}')
    # Opened as `os.open` opens, Windows gives no number of its own.
    Windows(monkeypatch, "open", held=2, winerror=None)
    assert read_json(path) == {"steps": [1]}
