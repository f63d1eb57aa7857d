"""Settings of the whole test suite."""

import os

# Compiling costs most of the suite's time, and its networks are tiny: XLA may optimise less.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
