"""One synthetic network of 2,000 neurons, written and loaded once."""

import pytest
from written_networks import written_network

from keras_v1_activity import v1

N = 2000


@pytest.fixture(scope="session")
def folder():
    return written_network(N, seed=3)


@pytest.fixture(scope="session")
def network(folder):
    return v1.load_network(folder)
