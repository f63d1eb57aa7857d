"""What the server of a watched run gives, and what it does not."""

import os
import socket
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import numpy as np
import pytest
from report_pages import spikes_of
from reported_runs import some_alarms
from watched_runs import GrowingRun, ask, news_of

from keras_v1_activity import load_activity
from keras_v1_activity.live import WatchServer
from keras_v1_activity.report.packing import unpack
from keras_v1_activity.storage.run_folder import RunFolder

SECRET = b"SECRET-OF-SOMEBODY"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A run of three steps, beside it and in it what must not be served."""
    folder = tmp_path_factory.mktemp("runs") / "logs"
    run = GrowingRun(folder)
    for step in (100, 200, 300):
        run.add(step)
    run.write_info()
    (folder.parent / "secret.txt").write_bytes(SECRET)
    (folder / "notes.txt").write_bytes(SECRET)
    # A step whose data lie elsewhere: a run of somebody else.
    GrowingRun(folder.parent / "other", seed=1).add(400)
    (folder / "step_000400").mkdir()
    (folder / "step_000400" / "data.h5").symlink_to(folder.parent / "other/step_000400/data.h5")
    (folder / "step_000500").mkdir()
    (folder / "step_000500" / "summary.json").symlink_to(folder.parent / "secret.txt")
    return folder


@pytest.fixture(scope="module")
def server(places):
    with WatchServer(RunFolder(places)) as server:
        yield server


def token_of(server):
    return urlsplit(server.address).path.strip("/")


def test_it_listens_at_one_address_of_this_machine_only(server):
    # A server of all addresses would answer here too.
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", urlsplit(server.address).port), timeout=5)


@pytest.mark.parametrize("name", [
    "../notes.txt", "..%2fnotes.txt", "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt", "notes.txt",
    "run.json", "step_000100/data.h5", "/etc/passwd", "//etc/passwd", "....//secret.txt",
    "..\\secret.txt", "news/../notes.txt", "look/../../secret.txt", "page.html", "%00", "look%00",
    "file:///etc/passwd", "news#", "NEWS", "neurons/",
])  # fmt: skip
def test_nothing_but_the_page_and_the_run_is_to_be_had(server, name):
    status, _, content = ask(server.address, f"/{token_of(server)}/{name}")
    assert status == 404 and SECRET not in content and b"root:" not in content


@pytest.mark.parametrize("path", [
    "/", "/notes.txt", "/../secret.txt", "/news", "/look?step=100", "/once/", "/once/x",
    "http://127.0.0.1/etc/passwd", "/x/", "/x/news?since=0", "*", "/%2e%2e/%2e%2e/etc/passwd",
])  # fmt: skip
def test_without_the_token_there_is_nothing(server, path):
    status, _, content = ask(server.address, path)
    assert status == 404 and len(content) < 100 and token_of(server).encode() not in content


@pytest.mark.parametrize("query", [
    "look", "look?step=", "look?step=-1", "look?step=../notes.txt", "look?step=1e3",
    "look?step=" + "9" * 5000, "news?since=x", "look?step=%31%30%30%00", "look?step=%D9%A1",
    "news?" + "&".join("a=1" for _ in range(100)),
])  # fmt: skip
def test_questions_that_make_no_sense_are_refused(server, query):
    assert ask(server.address, f"/{token_of(server)}/{query}")[0] == 400


@pytest.mark.parametrize("step", [400, 500, 600])
def test_links_out_of_the_run_are_not_followed(server, step):
    status, _, content = ask(server.address, f"/{token_of(server)}/look?step={step}")
    assert status == 404 and b"not in the folder" in content
    content, arrays, _ = news_of(server.address)
    assert SECRET.decode() not in str(content)
    assert 2 not in arrays["detail"][arrays["steps"] >= 400]


@pytest.mark.parametrize("host, status", [
    ("evil.example", 403), ("evil.example:80", 403), ("127.0.0.1.evil.example", 403), ("", 403),
    ("0.0.0.0", 403), ("[::1]", 403), ("127.0.0.1", 200), ("localhost:9999", 200),
])  # fmt: skip
def test_only_names_of_this_machine_are_answered(server, host, status):
    assert ask(server.address, headers={"Host": host})[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_it_is_only_read(server, method):
    body = b"x" * 5000 if method in ("POST", "PUT") else None
    status, headers, _ = ask(server.address, method=method, body=body)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    assert ask(server.address, method="BREW")[0] == 501


def test_a_head_is_that_of_the_page(server):
    _, page, content = ask(server.address)
    status, head, nothing = ask(server.address, method="HEAD")
    assert (status, nothing) == (200, b"")
    assert {**head, "Date": ""} == {**page, "Date": ""}
    assert int(page["Content-Length"]) == len(content)
    assert page["Cache-Control"] == "no-store" and page["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_an_address_for_once_opens_once(server):
    once = server.address_for_once()
    assert token_of(server) not in once
    status, headers, _ = ask(once)
    assert status == 302 and server.address.endswith(headers["Location"])
    assert ask(once)[0] == 404


def test_the_looks_are_those_of_the_run(server, places):
    activity = load_activity(places)[200]
    status, _, content = ask(server.address, f"/{token_of(server)}/look?step=200")
    look, arrays = unpack(zlib.decompress(content))
    assert status == 200 and look["step"] == 200 and look["all_spikes"]
    rows, steps = spikes_of(arrays)
    expected = activity.populations.row[activity.spike_neurons]
    assert sorted(zip(rows, steps, strict=True)) == sorted(
        zip(expected, activity.spike_steps, strict=True)
    )


def test_many_connections_are_served_or_told_so(server):
    port = urlsplit(server.address).port
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    try:
        # Those beyond the limit are answered at once, the others when they ask.
        held[-1].settimeout(60)
        assert held[-1].recv(100).startswith(b"HTTP/1.0 503")
    finally:
        for each in held:
            each.close()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: news_of(server.address)[0]["version"], range(60)))
    assert len(set(answers)) == 1


def test_closing_frees_the_port_and_ends_the_thread(places):
    before = threading.active_count()
    server = WatchServer(RunFolder(places))
    assert server.is_open and ask(server.address)[0] == 200
    server.close()
    server.close()
    assert not server.is_open
    with pytest.raises(ConnectionRefusedError):
        ask(server.address)
    assert threading.active_count() <= before + 1
    port = urlsplit(server.address).port
    with WatchServer(RunFolder(places), port) as again:
        assert again.address != server.address
        with pytest.raises(OSError, match=f"port {port} is taken"):
            WatchServer(RunFolder(places), port)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_does_not_hold_the_port(places):
    server = WatchServer(RunFolder(places))
    begun, end = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(end[1])
        os.write(begun[1], b"x")
        os.read(end[0], 1)  # until the parent is done
        os._exit(int(server.is_open))
    assert os.read(begun[0], 1) == b"x"
    server.close()
    try:
        with pytest.raises(ConnectionRefusedError):
            ask(server.address)
    finally:
        for handle in (*begun, *end):
            os.close(handle)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_only_what_is_new_is_sent(tmp_path):
    run = GrowingRun(tmp_path / "logs")
    for step in range(100, 4100, 100):
        run.add(step)
    run.write_info()
    with WatchServer(RunFolder(run.places.log_dir)) as server:
        head, arrays, n_all = all_news(server)
        expected = load_activity(run.places.log_dir).history
        assert arrays["steps"].tolist() == expected.steps.tolist()
        for series in head["series"]:
            known = expected.series(*series["path"]).astype(np.float32)
            np.testing.assert_array_equal(arrays[series["array"]], known)
        run.add(4100)
        content, arrays, n_one = until_new(server, head)
        assert arrays["steps"].tolist() == [4100.0] and n_one < n_all / 4
        # Numbers that come later: of that step only.
        run.write_numbers(300, scalars={"loss": 7.0})
        content, arrays, _ = until_new(server, content)
        assert arrays["steps"].tolist() == [300.0]
        (loss,) = [s["array"] for s in content["series"] if s["path"] == ["scalars", "loss"]]
        assert arrays[loss].tolist() == [7.0]
        # An alarm: no step at all.
        run.write_info(some_alarms(2)[:1])
        content, arrays, _ = until_new(server, content)
        assert not len(arrays["steps"]) and content["facts"]["alarms"][0]["name"] == "synchrony"
        assert "populations" not in content["facts"] and "info.settings" not in content["facts"]


def test_a_run_with_its_files_side_by_side_grows_too(tmp_path):
    run = GrowingRun(tmp_path / "logs", layout="flat")
    run.add(100)
    with WatchServer(RunFolder(tmp_path / "logs")) as server:
        head, arrays, _ = all_news(server)
        assert (arrays["steps"].tolist(), arrays["detail"].tolist()) == ([100.0], [2])
        run.add(200)
        assert until_new(server, head)[1]["steps"].tolist() == [200.0]
        assert ask(server.address, f"/{token_of(server)}/look?step=200")[0] == 200


def test_a_damaged_look_is_named_and_the_others_are_served(tmp_path):
    run = GrowingRun(tmp_path / "logs")
    run.add(100)
    run.add(200)
    run.places.data(200).write_bytes(b"noise")
    with WatchServer(RunFolder(tmp_path / "logs")) as server:
        head, arrays, _ = all_news(server)
        assert arrays["steps"].tolist() == [100.0, 200.0]
        status, _, sentence = ask(server.address, f"/{token_of(server)}/look?step=200")
        assert status == 404 and sentence.startswith(b"step 200: ")
        assert ask(server.address, f"/{token_of(server)}/look?step=100")[0] == 200
        assert until_new(server, head)[0]["facts"] == {"left_out": [sentence.decode()]}


def all_news(server):
    """The first news that hold all of a run."""
    while True:
        content, arrays, n_bytes = news_of(server.address)
        if not content["more"]:
            return content, arrays, n_bytes


def until_new(server, before):
    while True:
        found = news_of(server.address, before["version"], before["generation"])
        if len(found[1]["steps"]) or found[0]["facts"]:
            return found
