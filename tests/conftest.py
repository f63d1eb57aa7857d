"""Settings of the whole test suite."""

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from importlib import metadata

# Two workers keep both cores busy: drawing at the lowest priority would be waited for too long.
os.environ.setdefault("KERAS_V1_ACTIVITY_DRAW_NICENESS", "0")

# Hundreds of programs are started: without its compiled files each would compile the package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Two workers keep both cores busy: threads that wait for one another's part of a small product, as
# OpenBLAS and TensorFlow start them, take cores without a use. Only what is started from here on
# obeys: the workers, and the programs of the tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

# TensorFlow goes through each graph once more for what oneDNN could compute: that takes a tenth of
# the time of small models. `replicated.py`, which compares trainings to the bit, keeps it.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# Compiling costs most of the suite's time, and its networks are tiny: XLA may optimise less.
_flags = ["--xla_backend_optimization_level=0", "--xla_llvm_disable_expensive_passes=true"]
_tensorflow = {"tensorflow": "0.0", "tensorflow-cpu": "0.0"}
for _name in _tensorflow:
    with suppress(metadata.PackageNotFoundError):
        _tensorflow[_name] = metadata.version(_name)
if max([int(part) for part in v.split(".")[:2]] for v in _tensorflow.values()) >= [2, 21]:
    # Compiles in three quarters of the time. XLA ends a process over a flag that it does not know.
    _flags.append("--xla_cpu_use_fusion_emitters=false")
    # Parts of a program that are compiled side by side each take their own beginnings.
    _flags.append("--xla_cpu_parallel_codegen_split_count=1")
os.environ.setdefault("XLA_FLAGS", " ".join(_flags))
if "KERAS_V1_ACTIVITY_TEST_FOLDER" not in os.environ:
    # What one process of the suite has compiled or written, the others use. Workers and the
    # programs that tests start know the folder from the first process, which removes it at its end.
    _shared = tempfile.mkdtemp(prefix="keras-v1-activity-tests-")
    os.environ["KERAS_V1_ACTIVITY_TEST_FOLDER"] = _shared
    os.environ.setdefault("TF_XLA_FLAGS", f"--tf_xla_persistent_cache_directory={_shared}/xla")
    atexit.register(shutil.rmtree, _shared, ignore_errors=True)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
