"""A network, models of it with changed weights, and models as they are made."""

import pytest
from checkpoint_models import make, shaken
from oracles import random_network


@pytest.fixture(scope="session")
def network():
    return random_network()


@pytest.fixture(scope="session")
def trained(network):
    return {readout: shaken(make(network, readout)) for readout in ("linear", "groups")}


@pytest.fixture
def fresh(network):
    return {readout: make(network, readout) for readout in ("linear", "groups")}
