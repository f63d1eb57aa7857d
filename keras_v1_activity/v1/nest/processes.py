"""Calls of functions in a few processes beside this one."""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from keras_v1_activity.common.checks import whole_number


@dataclass(frozen=True, eq=False)
class Call:
    """A function and its arguments, all of which can be pickled.

    Attributes:
        name: what it is, for messages, e.g. "trial 3".
        function: a function of a module, no lambda.
        arguments: what the function is called with.

    Example:
        >>> call = Call("a sum", sum, ([1, 2],))
        >>> call.function(*call.arguments)
        3
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Processes:
    """Spawned processes that run calls, each one call at a time; to be used in a `with`.

    They start at once, so that what they import is ready when calls come.

    Args:
        jobs: how many processes.
        prepare: `Call` that each runs when it starts; an exception in it is ignored, since what
            needs it will raise its own.

    Raises:
        ValueError: `jobs` is not a whole number from 1.

    Example:
        >>> with Processes(jobs=1) as processes:
        ...     print(list(processes.run([Call("a sum", sum, ([1, 2],))])))
        [3]
    """

    def __init__(self, jobs: int, prepare: Call | None = None) -> None:
        whole_number(jobs, "jobs", 1, 2)
        self._prepare = prepare
        self._workers: list[_Worker] = []
        try:
            for _ in range(jobs):
                self._workers.append(_Worker(prepare))
        except BaseException:
            self._end()
            raise
        self._free = list(self._workers)
        self._lock = threading.Lock()
        # One thread waits for each process, so that a call that begins finds a free process.
        self._threads = ThreadPoolExecutor(jobs)
        self._closed = False

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the processes: after an exception at once, else when the running calls are done."""
        with self._lock:
            self._closed = True
        try:
            self._threads.shutdown(wait=kind is None, cancel_futures=True)
        finally:
            # Also if Ctrl-C has ended the waiting.
            self._end()
            self._threads.shutdown()

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()

    def run(self, calls: Iterable[Call]) -> Iterator[Any]:
        """Runs calls, after those given earlier, as many at a time as there are processes.

        Args:
            calls: `Call` objects.

        Returns:
            An iterator over what each call returns, in their order, as soon as it and those before
            it are done. It raises RuntimeError if a process died, and whatever a call raises; calls
            that have not begun by then are left out.
        """
        return self._results([self._threads.submit(self._run_one, call) for call in calls])

    def _results(self, running: list[Future[Any]]) -> Iterator[Any]:
        try:
            for result in running:
                yield result.result()
        finally:
            for result in running:
                result.cancel()

    def _run_one(self, call: Call) -> Any:
        with self._lock:
            worker = self._free.pop()
        try:
            return worker.run(call)
        except _Died as death:
            worker = self._replace(worker)
            raise RuntimeError(str(death)) from None
        finally:
            with self._lock:
                self._free.append(worker)

    def _replace(self, worker: "_Worker") -> "_Worker":
        # Under the lock: otherwise a successor could begin just after all were ended.
        with self._lock:
            if self._closed:
                return worker
            worker.end()
            successor = _Worker(self._prepare)
            self._workers[self._workers.index(worker)] = successor
            return successor


class _Died(Exception):
    """A process ended before its call was done."""


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self, prepare: Call | None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, prepare), daemon=True)
        self._process.start()
        there.close()

    def run(self, call: Call) -> Any:
        """What the call returns; raises what it raises, and `_Died`."""
        try:
            self._pipe.send(call)
            result = self._pipe.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            raise _Died(
                f"the process of {call.name} ended with exit code {self._process.exitcode} before "
                "it was done: it may have run out of memory (use fewer jobs), or the script that "
                'started it lacks `if __name__ == "__main__":`.'
            ) from None
        if isinstance(result, Exception):
            raise result
        return result

    def end(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.join()
        # Only now: a thread may still read from it, which the end of the process ends.
        self._pipe.close()


def _serve(pipe: Connection, prepare: Call | None) -> None:
    """Runs one call after the other until the pipe is closed."""
    # Ctrl-C in a terminal reaches every process there, and the parent acts on it. NEST notices it
    # all the same while it simulates.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(KeyboardInterrupt, EOFError, ConnectionError):
        if prepare is not None:
            _outcome(prepare)
        while True:
            pipe.send(_outcome(pipe.recv()))


def _outcome(call: Call) -> Any:
    """What a call returns, or the exception that it raises."""
    try:
        return call.function(*call.arguments)
    except Exception as error:
        return error
