"""A run that is written step by step while a test watches it."""

import http.client
import zlib
from urllib.parse import urlsplit

import numpy as np
import reported_runs

from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.report.packing import unpack
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import make_layout

N, STEPS = 60, 100


class GrowingRun:
    """Stores looks as training does: data first, then the numbers, later more of them."""

    def __init__(self, folder, seed=0, layout="folders"):
        self.places = make_layout(layout, folder)
        self._rng = np.random.default_rng(seed)
        self._neurons = reported_runs.v1_neurons(N, self._rng)
        self._writer = StepWriter(self.places)
        self._writer.open()
        self._seed = seed
        self.rows = {}

    def add(self, step, *, numbers=True, alarms=None):
        look = reported_runs.look(
            step, self._neurons, n_steps=STEPS, n_spikes=300, n_voltages=2, seed=self._seed
        )
        self._writer.write(look)
        self._writer.link(look)
        self.rows[step] = reported_runs.row_of(look, 0.5, {}, self._rng)
        if numbers:
            self.write_numbers(step)
        if alarms is not None:
            self.write_info(alarms)
        return look

    def write_numbers(self, step, **more):
        write_json(self.places.summary(step), {**self.rows[step], **more})

    def write_info(self, alarms=(), run_id="1" * 32):
        content = reported_runs.run_content(self.places, len(self.rows), alarms)
        write_json(self.places.run, {**content, "run_id": run_id, "steps": sorted(self.rows)})


def ask(address, path=None, method="GET", headers=None, body=None):
    """(status, headers, content) of one request; `path` as it is, with nothing resolved."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    try:
        connection.putrequest(
            method, parts.path if path is None else path, skip_host="Host" in (headers or {})
        )
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def news_of(address, since=0, generation=""):
    """(content, arrays, bytes) of what is new after a version."""
    path = f"{urlsplit(address).path}news?since={since}&of={generation}"
    status, _, content = ask(address, path)
    assert status == 200, content
    return *unpack(zlib.decompress(content)), len(content)
