"""Two workers that train a tf-keras model together: ``worker_program.py FOLDER``.

TF_CONFIG tells each which it is. It leaves FOLDER/<number>.npz with its kernels before each batch.
"""

import json
import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
from forks import run_in_forks

TESTS = Path(__file__).parent
N_STEPS = 4


def run_workers(folder):
    """Runs this file; (its exit code, what the workers said on stderr)."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stderr


def main(folder):
    import tensorflow  # noqa: F401
    from kits import tf_keras  # noqa: F401

    import keras_v1_activity.callback  # noqa: F401

    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    workers = [partial(work, folder, cluster, index) for index in range(2)]
    return max(run_in_forks(workers, side_by_side=True))


def work(folder, cluster, index):
    """One of the workers."""
    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})
    import tensorflow as tf
    from kits import tf_keras
    from spiking_models import make_data, make_model

    from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback

    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    with strategy.scope():
        model = make_model(tf_keras)
    how = {"figures": (), "background": False}
    callbacks = [
        V1ActivityCallback(folder / "chief", 1, **how),
        V1ActivityCallback(folder / "each", 1, every_worker=True, **how),
    ]
    x, y = make_data(8)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(4).repeat()
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    kernels = []

    class Kernels(tf_keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            kernels.append(self.model.get_layer("rsnn").kernel.numpy())

    model.fit(
        data.with_options(options), steps_per_epoch=N_STEPS, verbose=0,
        callbacks=[Kernels(), *callbacks],
    )  # fmt: skip
    number = strategy.cluster_resolver.task_id
    np.savez(folder / f"{number}.npz", kernels=np.stack(kernels), step=callbacks[0].step)
    for name, every_worker in (("log", False), ("log_each", True)):
        with NetworkActivityLogger(folder / name, 1, every_worker=every_worker, **how) as logger:
            logger.log_step(spikes=np.eye(20) * (1 + number))


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    import conftest  # noqa: F401  (the settings of the suite)

    sys.exit(main(Path(sys.argv[1])))
