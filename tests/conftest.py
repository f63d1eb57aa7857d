"""Settings of the whole test suite."""

import os

# Two workers keep both cores busy: drawing at the lowest priority would be waited for too long.
os.environ.setdefault("KERAS_V1_ACTIVITY_DRAW_NICENESS", "0")

# Compiling costs most of the suite's time, and its networks are tiny: XLA may optimise less.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
