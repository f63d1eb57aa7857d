"""The logger and its helpers, under the module name that users of the V1 training code know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.capture import models
from keras_v1_activity.capture.handed import HandedBatch, select
from keras_v1_activity.capture.handed_layout import HandedLayout, Layout
from keras_v1_activity.capture.target import CaptureRequest, Extract
from keras_v1_activity.common.needs_tensorflow import needs_tensorflow
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.logger import NetworkActivityLogger
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.state.network_state import log_network_state

if TYPE_CHECKING:
    from keras_v1_activity.recording.hooks import SessionCallback

__all__ = [
    "NetworkActivityLogger",
    "create_logging_callback",
    "log_network_state",
    "visualize_batch_predictions",
]

BATCH_PREDICTIONS: str = "batch_predictions.png"


def visualize_batch_predictions(
    spikes: AnyArray,
    labels: AnyArray | None = None,
    predictions: AnyArray | None = None,
    output_dir: str | Path = "predictions",
    *,
    populations: models.PopulationsLike | None = None,
    dt: float = 1.0,
    max_samples: int = 8,
    layout: Layout | None = None,
) -> list[Path]:
    """Draws what the network did and said for the samples of a batch.

    ``{output_dir}/batch_predictions.png`` shows the samples side by side, the raster over the
    confidence in each class. A batch of several samples also gets one larger picture a sample,
    ``{output_dir}/sample_{i}/batch_predictions.png``.

    Args:
        spikes: (batch, time, neuron) or (time, neuron), of any framework.
        labels: true classes, as `NetworkActivityLogger.log_step` takes them; None if unknown.
        predictions: class probabilities, logits or classes, likewise.
        output_dir: folder; made if it is missing.
        populations: one population name per neuron, or `Populations`, or a v1 network.
        dt: ms per time step.
        max_samples: at most this many samples, from the first; 8 fit side by side.
        layout: ``"tbn"`` for (time, batch, neuron) arrays, as `NetworkActivityLogger` takes it.

    Returns:
        Paths of the pictures, that of the whole batch first.

    Raises:
        ValueError: one sentence on the argument that does not fit.

    Example:
        >>> paths = visualize_batch_predictions(np.eye(20)[None], labels=[1], predictions=[2])
        >>> [path.as_posix() for path in paths]
        ['predictions/batch_predictions.png']
    """
    plan = RecordPlan(voltage_neurons=0, dt=dt, batch_samples=max_samples)
    order = HandedLayout(layout)
    batch = HandedBatch(spikes, labels=labels, predictions=predictions, layout=order)
    selection = select(plan, models.given_neurons(populations), batch.n_neurons)
    activity = batch.activity(selection, step=0)
    paths = [_draw(activity, Path(output_dir))]
    if activity.batch is not None and len(activity.batch.samples) > 1:
        for i in activity.batch.samples:
            one = replace(activity, batch=_only(activity.batch, i))
            paths.append(_draw(one, Path(output_dir) / f"sample_{i}"))
    return paths


def _only(batch: BatchView, i: int) -> BatchView:
    """The view of one of its samples."""
    at = slice(i, i + 1)
    confidences = None if batch.confidences is None else batch.confidences[at]
    return replace(
        batch,
        samples=batch.samples[at],
        spikes=batch.spikes[at],
        labels=batch.labels[at],
        confidences=confidences,
    )


def _draw(activity: Activity, folder: Path) -> Path:
    from keras_v1_activity.figures import save_figure

    folder.mkdir(parents=True, exist_ok=True)
    return save_figure("predictions", activity, folder / BATCH_PREDICTIONS)


def create_logging_callback(
    logger: NetworkActivityLogger,
    *,
    layer_name: str = "rsnn",
    extract: Extract | None = None,
    prediction_output: str | int | None = None,
) -> SessionCallback:
    """A Keras callback that logs the training steps of `model.fit` through a logger.

    It captures as `V1ActivityCallback` does, at the steps, of the sample and neurons, and into the
    files that the logger was set to. Steps go on counting from those that the logger has seen.

    Args:
        logger: `NetworkActivityLogger`.
        layer_name: layer whose output holds spikes, or (spikes, voltages).
        extract: see `V1ActivityCallback`.
        prediction_output: see `V1ActivityCallback`.

    Returns:
        keras.callbacks.Callback for the `callbacks` of `model.fit`, with the methods and attributes
        of a `V1ActivityCallback`.

    Raises:
        ValueError: `logger` is no NetworkActivityLogger.

    Example:
        >>> with NetworkActivityLogger("logs", log_every_n_steps=2, figures=["raster"]) as logger:
        ...     callback = create_logging_callback(logger)
        ...     history = model.fit(x, y, batch_size=2, verbose=0, callbacks=[callback])
        >>> logger.step, logger.recorder.steps
        (4, [2, 4])
    """
    if not isinstance(logger, NetworkActivityLogger):
        raise ValueError(
            f"logger must be a NetworkActivityLogger; got {type(logger).__name__}: "
            'create_logging_callback(NetworkActivityLogger("my_logs")).'
        )
    with needs_tensorflow("create_logging_callback"):
        models.check_backend()
        from keras_v1_activity.capture.output_choice import OutputChoice
        from keras_v1_activity.recording.hooks import SessionCallback
        from keras_v1_activity.recording.session import Session

    choice = OutputChoice(prediction_output, logger.settings)
    request = CaptureRequest(layer_name, logger.plan, extract, logger.given_neurons, choice)
    return SessionCallback(Session(request, logger.recorder, count=logger.count))
