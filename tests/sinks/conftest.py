"""For all tests of sinks."""

import pytest


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """However busy the machine is, sinks are waited for until they have taken all."""
    monkeypatch.setattr("keras_v1_activity.sinks.deliveries.WAIT_S", 300.0)
