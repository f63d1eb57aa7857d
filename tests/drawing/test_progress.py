"""The progress bar of those who wait for figures."""

import io
import sys

import pytest

from keras_v1_activity.drawing.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, done, total=4):
    monkeypatch.setattr(sys, "stderr", stream)
    bar = ProgressBar(total)
    for n in done:
        bar.show(n)
    bar.end()
    return stream.getvalue()


def test_a_terminal_sees_one_line_that_changes(monkeypatch):
    text = shown(monkeypatch, Terminal(), [0, 1, 2])
    assert text.count("\n") == 1 and text.endswith("\n") and text.count("\r") == 4
    lines = text.strip().split("\r")
    assert ["0/4" in lines[0], "1/4" in lines[1], "2/4" in lines[2]] == [True] * 3
    assert "[############............] 2/4, Ctrl-C skips the rest" in lines[2]
    assert "4/4" in lines[3] and "Ctrl-C" not in lines[3]


def test_a_file_gets_the_first_and_the_last_state(monkeypatch):
    lines = shown(monkeypatch, io.StringIO(), [0, 1, 2]).splitlines()
    assert len(lines) == 2 and "0/4" in lines[0] and "4/4" in lines[1]


def test_nothing_to_draw_shows_nothing(monkeypatch):
    assert shown(monkeypatch, Terminal(), [0], total=0) == ""


@pytest.mark.parametrize("kind", ["none", "closed"])
def test_a_program_without_standard_error_goes_on(monkeypatch, kind):
    stream = None
    if kind == "closed":
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        bar = ProgressBar(2)
        stream.close()
    else:
        monkeypatch.setattr(sys, "stderr", None)
        bar = ProgressBar(2)
    bar.show(1)
    bar.leave()
    bar.end()
