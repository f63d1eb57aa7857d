"""Settings of the whole test suite."""

import os

from places import TESTS

# Compiling costs most of the suite's time, and its networks are tiny: XLA may optimise less.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Files that take minutes start first, so that no worker is left with one at the end.
_LONGEST = (
    "experiments/test_train",
    "v1/test_model",
    "examples/test_examples",
    "documents/test_readme",
    "v1/engine/test_sequence",
)


def pytest_collection_modifyitems(items):
    """The longest files first; otherwise the order stays."""

    def rank(item):
        name = item.path.relative_to(TESTS).with_suffix("").as_posix()
        return _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)

    items.sort(key=rank)
