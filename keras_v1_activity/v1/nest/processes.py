"""Calls of functions, each in a process of its own."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from keras_v1_activity.checks import whole_number


@dataclass(frozen=True, eq=False)
class Call:
    """A function and its arguments, all of which can be pickled.

    Attributes:
        name: what it is, for messages, e.g. "trial 3".
        function: a function of a module, no lambda.
        arguments: tuple.
    """

    name: str
    function: Any
    arguments: tuple = ()


def in_processes(calls, jobs):
    """Runs calls, `jobs` of them at a time, each in a new, spawned process.

    Args:
        calls: `Call` objects.
        jobs: how many processes run at a time.

    Yields:
        What each call returns, in their order, as soon as it and those before it are done.

    Raises:
        RuntimeError: a process died; whatever a call raises is raised here.

    Example:
        >>> list(in_processes([Call("a sum", sum, ([1, 2],))], jobs=1))   # doctest: +SKIP
        [3]
    """
    whole_number(jobs, "jobs", 1, 2)
    workers = ThreadPoolExecutor(jobs)
    running = [workers.submit(_in_process, call) for call in calls]
    try:
        for result in running:
            yield result.result()
    finally:
        workers.shutdown(cancel_futures=True)


def _in_process(call):
    """Runs one call in a process of its own and returns what it returns."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(sender, call))
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        process.join()
        raise RuntimeError(
            f"the process of {call.name} ended with exit code {process.exitcode} before it was "
            "done: it may have run out of memory (use fewer jobs), or the script that started it "
            'lacks `if __name__ == "__main__":`.'
        ) from None
    process.join()
    if isinstance(result, Exception):
        raise result
    return result


def _child(sender, call):
    try:
        result = call.function(*call.arguments)
    except Exception as error:
        result = error
    sender.send(result)
    sender.close()
