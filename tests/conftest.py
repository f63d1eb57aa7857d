"""Settings of the whole test suite."""

import os

# Compiling costs most of the suite's time, and its networks are tiny: XLA may optimise less.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Files that take minutes start first, so that no worker is left with one at the end.
_LONGEST = ("test_training", "test_v1_model", "test_examples", "test_readme", "test_v1_sequence")


def pytest_collection_modifyitems(items):
    """The longest files first; otherwise the order stays."""

    def rank(item):
        name = item.path.stem
        return _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)

    items.sort(key=rank)
