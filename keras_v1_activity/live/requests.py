"""What a page may ask for, and how it is answered; no request names a file."""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from keras_v1_activity.live.watched_run import WatchedRun
from keras_v1_activity.report.page import about_page, page_around

# How often a page asks what is new.
_ASK_EVERY_MS: Final = 500
_PATIENCE_S: Final = 10.0
_MOST_SECRETS: Final = 8
_LONGEST_NUMBER: Final = 17
_MOST_READ: Final = 1 << 16
_HOSTS: Final = ("127.0.0.1", "localhost")
_HTML: Final = "text/html; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"


class Answer(NamedTuple):
    """What is sent back.

    Example:
        >>> Answer(HTTPStatus.OK, b"abc").kind
        'application/octet-stream'
    """

    status: HTTPStatus
    content: bytes
    kind: str = _BYTES
    location: str = ""


class Doors:
    """What can be had of a run, by name; the name is the last part of an address.

    Args:
        watched: the run.
        title: of the page.
        token: the first part of each address.
        framed: whether the page may stand inside another one.

    Example:
        >>> from keras_v1_activity.storage.run_folder import RunFolder
        >>> doors = Doors(WatchedRun(RunFolder("logs")), "logs", "secret", framed=False)
        >>> addresses = ("/secret/", "/other/", "/secret/../run.json")
        >>> [doors.answer(address).status.value for address in addresses]
        [200, 404, 404]
    """

    def __init__(self, watched: WatchedRun, title: str, token: str, framed: bool) -> None:
        self._watched = watched
        self._token = token
        self._framed = framed
        before, after = page_around("live", title)
        about = about_page({"runs": ["a"], "live": {"ask_every_ms": _ASK_EVERY_MS}})
        self._page = before + about + after
        self._secrets: deque[str] = deque(maxlen=_MOST_SECRETS)
        self._doors: dict[str, Callable[[dict[str, list[str]]], Answer]] = {
            "": lambda _: Answer(HTTPStatus.OK, self._page, _HTML),
            "news": self._news,
            "neurons": lambda _: _found(self._watched.neurons()),
            "look": self._look,
        }

    def new_secret(self) -> str:
        """A word that opens the page once."""
        self._secrets.append(secrets.token_urlsafe(24))
        return self._secrets[-1]

    def answer(self, address: str) -> Answer:
        """What is behind an address; it is compared whole, and nothing in it is resolved."""
        path, _, query = address.partition("?")
        _, first, *rest = [*path.split("/"), ""][:4] if path.startswith("/") else ("", "", "")
        if path == f"/once/{rest[0]}" and rest[0] in self._secrets:
            self._secrets.remove(rest[0])
            return Answer(HTTPStatus.FOUND, b"", _TEXT, f"/{self._token}/")
        is_known = secrets.compare_digest(first.encode("utf-8", "replace"), self._token.encode())
        if is_known and path == f"/{first}":
            return Answer(HTTPStatus.FOUND, b"", _TEXT, f"/{self._token}/")
        door = self._doors.get(path.removeprefix(f"/{first}/")) if is_known else None
        if door is None:
            return _nothing("there is nothing at this address")
        try:
            return door(parse_qs(query, max_num_fields=8))
        except ValueError:
            return Answer(HTTPStatus.BAD_REQUEST, b"this cannot be asked", _TEXT)

    def headers(self) -> dict[str, str]:
        """Sent with every answer."""
        found = {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if not self._framed:
            found["Content-Security-Policy"] = "frame-ancestors 'none'"
        return found

    def _news(self, asked: dict[str, list[str]]) -> Answer:
        generation = asked.get("of", [""])[0]
        return _found(self._watched.news(_number(asked, "since"), generation))

    def _look(self, asked: dict[str, list[str]]) -> Answer:
        return _found(self._watched.look(_number(asked, "step")))


class Handler(BaseHTTPRequestHandler):
    """Answers one request; the server that it belongs to has the `Doors`.

    Example:
        >>> Handler.timeout
        10.0
    """

    timeout = _PATIENCE_S
    server_version = "keras_v1_activity"
    sys_version = ""
    server: Any

    def do_GET(self) -> None:  # noqa: N802
        """Answers with the content."""
        self._send(self._answer())

    def do_HEAD(self) -> None:  # noqa: N802
        """Answers with the head of what GET gives."""
        self._send(self._answer(), head_only=True)

    def _refuse(self) -> None:
        # What is sent along is taken in: who sends it would else not hear the answer.
        length = self.headers.get("Content-Length", "")
        self.rfile.read(min(int(length), _MOST_READ) if re.fullmatch("[0-9]{1,9}", length) else 0)
        self._send(Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"this page is only read", _TEXT))

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _refuse  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the terminal is for what a user should know."""

    def _answer(self) -> Answer:
        # A page of somebody else, whose name leads to this machine, comes with its own name.
        if self.headers.get("Host", "").partition(":")[0].lower() not in _HOSTS:
            return Answer(HTTPStatus.FORBIDDEN, b"this page is for this machine only", _TEXT)
        return self.server.doors.answer(self.path)

    def _send(self, answer: Answer, *, head_only: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in self.server.doors.headers().items():
            self.send_header(name, value)
        if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        if not head_only:
            self.wfile.write(answer.content)


def _number(asked: dict[str, list[str]], name: str) -> int:
    text = asked.get(name, [""])[0]
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise ValueError(f"{name} is no number")
    return int(text)


def _found(content: bytes | str) -> Answer:
    return _nothing(content) if isinstance(content, str) else Answer(HTTPStatus.OK, content)


def _nothing(sentence: str) -> Answer:
    return Answer(HTTPStatus.NOT_FOUND, sentence.encode("utf-8", "replace"), _TEXT)
