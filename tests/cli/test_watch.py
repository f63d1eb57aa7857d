"""``keras-v1-activity watch``, as a process of its own and in words."""

import os
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from commands import loaded_by, run
from looks import wait_for_file, wait_until
from watched_runs import GrowingRun, ask, news_of


class Command:
    """The command in a process; `address` is what it prints."""

    def __init__(self, folder, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "keras_v1_activity", "watch", str(folder), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self.said = []
        while "Ctrl-C" not in "".join(self.said[-1:]):
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            self.said.append(line.strip())
        self.address = self.said[-2].split()[-1]

    def end(self, signum):
        self.process.send_signal(signum)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def send_nonsense(port):
    """What no browser sends, and connections that are given up in the midst."""
    for words in (
        b"",
        b"GET",
        b"\0\xff" * 500,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"x" * 100_000,
    ):
        with socket.create_connection(("127.0.0.1", port)) as connection, suppress(OSError):
            connection.sendall(words)
            # Closed with what is still to be read: the other side finds a connection reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_it_serves_until_ctrl_c(tmp_path):
    grown = GrowingRun(tmp_path / "logs")
    grown.add(100)
    command = Command(tmp_path / "logs", "--no-browser")
    assert command.said[0].startswith(f"watching {tmp_path / 'logs'} at http://127.0.0.1:")
    before, arrays, _ = news_of(command.address)
    assert arrays["steps"].tolist() == [100.0]
    assert ask(command.address, "/../run.json")[0] == 404
    send_nonsense(urlsplit(command.address).port)
    assert ask(command.address)[0] == 200
    code, out, err = command.end(signal.SIGINT)
    assert (code, out.split(), err) == (0, ["ended"], "")
    with pytest.raises(ConnectionRefusedError):
        ask(command.address)


def test_a_run_that_is_not_there_is_waited_for(tmp_path):
    command = Command(tmp_path / "later", "--no_browser")
    assert "there is no folder" in command.said[0] and "waited for" in command.said[0]
    assert news_of(command.address)[0]["state"] == "absent"
    GrowingRun(tmp_path / "later").add(5)
    content = news_of(command.address)[0]
    while content["state"] == "absent":
        content = news_of(command.address)[0]
    assert content["n_steps"] == 1
    assert command.end(signal.SIGTERM)[2] == ""


def test_what_cannot_be_watched_gets_one_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    code, _, err = run(["watch", tmp_path / "file"], capsys)
    assert code == 2 and "is a file, not the folder of a run" in err and err.count("\n") == 1


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_is_a_number(port, capsys):
    with pytest.raises(SystemExit):
        run(["watch", "logs", f"--port={port}"], capsys)
    assert "must be a number from 0 to 65535" in capsys.readouterr().err


def test_it_loads_no_tensorflow(tmp_path):
    (tmp_path / "file").write_text("mine")
    assert loaded_by(["watch", tmp_path / "file"]) == "loaded [] 2"


def test_the_browser_gets_no_token_in_its_words(tmp_path, monkeypatch):
    GrowingRun(tmp_path / "logs").add(100)
    (tmp_path / "browser.sh").write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    (tmp_path / "browser.sh").chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("BROWSER", str(tmp_path / "browser.sh"))
    command = Command(tmp_path / "logs")
    opened = wait_for_file(tmp_path / "opened")
    wait_until(lambda: opened.read_text().endswith("\n"))
    address = opened.read_text().strip()
    token = command.address.split("/")[-2]
    assert "/once/" in address and token not in address
    assert ask(address)[0] == 302 and ask(address)[0] == 404
    assert command.end(signal.SIGINT)[0] == 0
