"""A child that is forked while another thread has files of a run open."""

import os
import subprocess
import sys

import pytest
from places import TESTS

SCRIPT = """
import io, os, sys, threading
sys.path.insert(0, {tests!r})
from looks import make_look
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.hdf5 import file_bytes, open_for_reading
content, ready, go_on = codec.encode(make_look(1)), threading.Barrier(3), threading.Event()
def wait(file):
    ready.wait()
    go_on.wait()
def read():
    with open_for_reading(io.BytesIO(content)) as file:
        wait(file)
threads = [threading.Thread(target=read), threading.Thread(target=file_bytes, args=[wait])]
for thread in threads:
    thread.start()
ready.wait()
if not os.fork():
    assert codec.decode(content).step == 1
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.wait()[1]))
go_on.set()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_it_reads_and_ends_as_any_program():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT.format(tests=str(TESTS))],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "7\n"
