"""One synthetic network of 2,000 neurons, written and loaded once."""

import pytest

from keras_v1_activity import v1

N = 2000


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("synthetic") / "GLIF_network"
    return v1.write_synthetic_network(path, N, seed=3)


@pytest.fixture(scope="session")
def network(folder):
    return v1.load_network(folder)
