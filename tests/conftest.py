"""Settings of the whole test suite."""

import atexit
import os
import shutil
import tempfile

# Two workers keep both cores busy: drawing at the lowest priority would be waited for too long.
os.environ.setdefault("KERAS_V1_ACTIVITY_DRAW_NICENESS", "0")

# Compiling costs most of the suite's time, and its networks are tiny: XLA may optimise less.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
if "TF_XLA_FLAGS" not in os.environ:
    # What one process of the suite has compiled, the others read. Workers and the programs that
    # tests start have the variable from the first process, which removes the folder at its end.
    _compiled = tempfile.mkdtemp(prefix="compiled-by-xla-")
    os.environ["TF_XLA_FLAGS"] = f"--tf_xla_persistent_cache_directory={_compiled}"
    atexit.register(shutil.rmtree, _compiled, ignore_errors=True)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
