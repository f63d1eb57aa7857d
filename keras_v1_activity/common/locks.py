"""A lock that may be part of what is copied or pickled."""

from __future__ import annotations

import threading
from types import TracebackType

from keras_v1_activity.common.forks import begin_again_when_forked


class Lock:
    """A lock for ``with``. Nobody holds a copy of it, nor the lock itself in a forked child.

    Example:
        >>> import copy
        >>> lock = Lock()
        >>> with lock, copy.deepcopy(lock):
        ...     print("two locks")
        two locks
    """

    def __init__(self) -> None:
        self.begin_again()
        begin_again_when_forked(self)

    def begin_again(self) -> None:
        """Nobody holds it: in a forked child, the thread that may have held it is not there."""
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
