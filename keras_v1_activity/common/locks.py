"""A lock that may be part of what is copied or pickled."""

from __future__ import annotations

import threading
from types import TracebackType


class Lock:
    """A lock for ``with``. A copy of it is a new one that nobody holds.

    Example:
        >>> import copy
        >>> lock = Lock()
        >>> with lock, copy.deepcopy(lock):
        ...     print("two locks")
        two locks
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[Lock], tuple[()]]:
        return Lock, ()
