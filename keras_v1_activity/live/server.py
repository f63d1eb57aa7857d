"""WatchServer: serves one run on a page of this machine, to who has its address only."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final

from keras_v1_activity.common import notices
from keras_v1_activity.common.forks import begin_again_when_forked
from keras_v1_activity.common.reading import one_line
from keras_v1_activity.live.followed_run import FollowedRun
from keras_v1_activity.live.requests import Doors, Handler
from keras_v1_activity.live.watched_run import WatchedRun

HOST: Final = "127.0.0.1"
"""The one address that is listened at: no other machine reaches it."""
MOST_CONNECTIONS: Final = 64
_BUSY: Final = b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
_STOP_LOOKS_S: Final = 0.1


class WatchServer:
    """Serves a run at ``http://127.0.0.1:PORT/TOKEN/`` until it is closed, or Python ends.

    Only this machine can reach it, and only who knows the token gets anything: the page, and the
    content of the run. What is asked for never names a file.

    Args:
        run: the run.
        port: to listen at; 0: any that is free.
        framed: whether the page may stand inside another one, as in a notebook.

    Attributes:
        address: of the page, with its token: whoever has it sees the run.

    Raises:
        OSError: the port is taken, or not allowed.

    Example:
        >>> from urllib.request import urlopen
        >>> from keras_v1_activity.storage.run_folder import RunFolder
        >>> with WatchServer(RunFolder("logs")) as server:
        ...     with urlopen(server.address) as page:
        ...         page.status, page.headers.get_content_type()
        (200, 'text/html')
    """

    address: str

    def __init__(self, run: FollowedRun, port: int = 0, *, framed: bool = False) -> None:
        token = secrets.token_urlsafe(24)
        self._doors = Doors(WatchedRun(run), run.name, token, framed)
        try:
            self._http = _Server(port, self._doors)
        except OSError as error:
            raise _port_error(port, error) from error
        self._base = f"http://{HOST}:{self._http.server_address[1]}"
        self.address = f"{self._base}/{token}/"
        self._thread: threading.Thread | None = threading.Thread(
            target=self._http.serve_forever, args=(_STOP_LOOKS_S,), daemon=True
        )
        self._thread.start()
        begin_again_when_forked(self)

    def __enter__(self) -> WatchServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether it serves, in this process."""
        return self._thread is not None

    def address_for_once(self) -> str:
        """An address that leads to the page once, for command lines, which others can read."""
        return f"{self._base}/once/{self._doors.new_secret()}"

    def close(self) -> None:
        """Ends it. Idempotent."""
        if self._thread is not None:
            self._thread = None
            self._http.shutdown()
            self._http.server_close()

    def begin_again(self) -> None:
        """In a forked child: the parent serves, and its port is free when the parent ends."""
        self._thread = None
        self._http.socket.close()


class _Server(ThreadingHTTPServer):
    """The standard server: at the loopback address, so many connections at a time, and quiet."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = MOST_CONNECTIONS
    # On Windows it would let another program listen at the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port: int, doors: Doors) -> None:
        self.doors = doors
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((HOST, port), Handler)

    def server_bind(self) -> None:
        # Not that of HTTPServer, which asks a name server for our name.
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address)
        )
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            request.setblocking(False)
            request.send(_BUSY)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            # The system gives no thread.
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """One sentence in place of a traceback; a page that was closed meanwhile is no error."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError, BlockingIOError)):
            notices.warn(f"a request to the page of a run failed: {one_line(error)}.")


def _port_error(port: int, error: OSError) -> OSError:
    if error.errno == errno.EADDRINUSE:
        return OSError(
            f"port {port} is taken by another program: choose another one, or none (--port 0)."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return OSError(
            f"port {port} is not for everybody's use: choose one above 1023, or none (--port 0)."
        )
    return OSError(f"port {port} of {HOST} cannot be listened at: {one_line(error)}.")
