"""When NEST is imported, and how."""

import subprocess
import sys

import pytest
from nest_networks import printed
from oracles import random_network

from keras_v1_activity.v1 import nest as v1_nest

pytest.importorskip("nest")


def test_nest_is_imported_when_it_is_needed_and_missed_with_a_way_out(monkeypatch):
    code = (
        "import sys, keras_v1_activity, keras_v1_activity.v1.nest, keras_v1_activity.cli\n"
        "assert 'nest' not in sys.modules and 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    monkeypatch.setitem(sys.modules, "nest", None)
    with pytest.raises(ImportError, match=r"pip install 'keras_v1_activity\[nest\]'"):
        v1_nest.NestSimulation(random_network(n=10, n_input=5, n_synapses=20))


def test_nest_starts_silently():
    code = (
        "import sys; sys.argv += ['--debug']\n"
        "sys.path.insert(0, 'tests')\n"
        "from oracles import random_network\n"
        "from keras_v1_activity.v1.nest import NestSimulation\n"
        "NestSimulation(random_network(n=10, n_input=5, n_synapses=20), resolution=1.0)\n"
        "assert sys.argv[-1] == '--debug'"
    )
    assert printed(code) == ""
