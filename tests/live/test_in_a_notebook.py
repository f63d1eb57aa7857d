"""``run.show()``: in a kernel, as Jupyter starts one, and where there is none."""

import html
import re
import subprocess
import sys

import pytest
from looks import wait_until
from watched_runs import GrowingRun, ask, news_of

from keras_v1_activity import load_activity


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "logs"
    run = GrowingRun(folder)
    run.add(100)
    run.write_info()
    return folder


@pytest.fixture(scope="module")
def kernel():
    manager = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    running, client = manager.start_new_kernel(kernel_name="python3")
    yield running, client
    client.stop_channels()
    running.shutdown_kernel(now=True)


def output_of(client, code):
    """(what a cell displays, the error that it ended with)."""
    shown, errors = [], []

    def take(message):
        if message["msg_type"] == "display_data":
            shown.append(message["content"]["data"].get("text/html", ""))
        elif message["msg_type"] == "error":
            errors.append(message["content"]["evalue"])

    client.execute_interactive(code, output_hook=take, timeout=120)
    return shown, errors


def test_a_notebook_shows_the_live_page_until_its_kernel_ends(kernel, folder):
    running, client = kernel
    code = f"from keras_v1_activity import load_activity\nrun = load_activity({str(folder)!r})\n"
    (shown,), errors = output_of(client, code + "run.show(live=True, height=500)")
    assert errors == []
    assert re.search(r'<iframe\s+width="100%"\s+height="500"', shown)
    address = re.search(r'src="(http://127\.0\.0\.1:\d+/[^"]+/)"', shown)[1]
    status, headers, page = ask(address)
    # It may stand in the page of the notebook.
    assert status == 200 and "Content-Security-Policy" not in headers and b"<html" in page
    assert news_of(address)[1]["steps"].tolist() == [100.0]
    # Another cell has the same server.
    (again,), _ = output_of(client, "run.show(live=True)")
    assert address in again
    # A kernel that is reached over ssh: its browser is on another machine.
    far = "import os\nos.environ['SSH_CONNECTION'] = '10.0.0.1 1 10.0.0.2 22'\n"
    (kept,), errors = output_of(client, far + "run.show()")
    assert errors == [] and 'sandbox="allow-scripts"' in kept
    inside = html.unescape(re.search(r'srcdoc="([^"]*)"', kept)[1])
    assert f"<title>{folder.parent.name}/logs</title>" in inside and 'id="a-0"' in inside
    running.shutdown_kernel(now=True)
    wait_until(lambda: is_refused(address))


def is_refused(address):
    try:
        ask(address)
    except ConnectionError:
        return True
    return False


def test_outside_of_a_notebook_one_sentence_says_what_to_do(folder):
    with pytest.raises((RuntimeError, ModuleNotFoundError), match="keras-v1-activity watch"):
        load_activity(folder).show()


def test_without_ipython_one_sentence_says_what_to_do(folder):
    code = (
        "import sys\nsys.modules['IPython'] = None\n"
        "from keras_v1_activity import load_activity\n"
        f"load_activity({str(folder)!r}).show()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: run.show() needs a notebook, and IPython is not")
    assert "run.report()" in last
