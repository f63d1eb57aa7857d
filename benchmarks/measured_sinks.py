"""Sinks that write on this machine only, and the processor time that their threads take."""

import os
import time

from keras_v1_activity import sinks

SINKS = ("tensorboard", "wandb", "mlflow", "trackio")


class Measured(sinks.Sink):
    """A sink that times another one.

    Args:
        sink: the other.

    Attributes:
        cpu_s: processor time that its thread took so far for looks, s; not for begin and end.
    """

    def __init__(self, sink):
        self._sink = sink
        self.cpu_s = 0.0

    def begin(self, run):
        """Of the other."""
        self._sink.begin(run)

    def scalars(self, step, values):
        """Of the other."""
        self._timed(self._sink.scalars, step, values)

    def picture(self, step, name, path):
        """Of the other."""
        self._timed(self._sink.picture, step, name, path)

    def alarm(self, alarm):
        """Of the other."""
        self._timed(self._sink.alarm, alarm)

    def artifact(self, path):
        """Of the other."""
        self._sink.artifact(path)

    def end(self):
        """Of the other."""
        self._sink.end()

    def _timed(self, method, *given):
        start = time.thread_time()
        try:
            method(*given)
        finally:
            self.cpu_s += time.thread_time() - start


def measured_sinks(names, folder):
    """The sinks of these names, all of them in a folder.

    Args:
        names: out of `SINKS`.
        folder: in which they write.
    """
    os.environ["WANDB_MODE"] = "offline"
    os.environ["WANDB_DIR"] = os.environ["TRACKIO_DIR"] = folder
    make = {
        "tensorboard": lambda: sinks.TensorBoard(f"{folder}/board"),
        "wandb": sinks.WandB,
        "mlflow": lambda: _mlflow(folder),
        "trackio": sinks.Trackio,
    }
    return [Measured(make[name]()) for name in names]


def _mlflow(folder):
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    # Else its pictures would lie where the benchmark is run.
    mlflow.create_experiment("v1", artifact_location=f"{folder}/mlflow")
    mlflow.set_experiment("v1")
    return sinks.MLflow()


def sinks_ms(given, looks):
    """Processor time of all of them for each look, ms; "" if there are none."""
    return round(1000 * sum(sink.cpu_s for sink in given) / looks, 1) if given and looks else ""
