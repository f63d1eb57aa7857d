"""Programs of tests that fork: TensorFlow and Keras, once imported, are there for every part.

Importing them takes five seconds of a core. What has been imported can be forked as long as
TensorFlow has not started: nothing may have been computed before.
"""

import gc
import os
import sys
import traceback


def run_in_forks(parts, *, side_by_side=False):
    """Runs functions without arguments, each in a fork of this process.

    Returns:
        list of their exit codes: 0, or 1 after an error, which stands on stderr.
    """
    # In so short a program, looking for garbage among a graph's many objects is not worth it.
    gc.disable()
    children, codes = [], []
    for part in parts:
        children.append(_fork(part))
        if not side_by_side:
            codes.append(_code_of(children.pop()))
    return codes + [_code_of(child) for child in children]


def _fork(part):
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        part()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # All is written; taking TensorFlow's modules apart would take a second.
        os._exit(code)


def _code_of(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
