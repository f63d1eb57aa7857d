"""Where the numbers, pictures and alarms of a run are handed on to while it is recorded.

``V1ActivityCallback(..., sinks=[sinks.TensorBoard("board")])``, and the logger's same keyword. The
library of a sink is loaded when the sink is made. A sink of your own is a class that overrides some
methods of `Sink`; see ``docs/sinks.md``.
"""

from keras_v1_activity.sinks.mlflow import MLflow
from keras_v1_activity.sinks.sink import RunStart, Sink
from keras_v1_activity.sinks.tensorboard import TensorBoard
from keras_v1_activity.sinks.trackio import Trackio
from keras_v1_activity.sinks.wandb import WandB

__all__ = ["MLflow", "RunStart", "Sink", "TensorBoard", "Trackio", "WandB"]
