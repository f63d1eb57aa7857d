"""The demo: a network shown some trials, with figures, data and a table of what it did.

The same function serves examples/demo_visualization.py and the command line.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.common import units
from keras_v1_activity.common.notices import tell, write
from keras_v1_activity.experiments.arguments import parse
from keras_v1_activity.experiments.options import DemoOptions
from keras_v1_activity.experiments.prepare import get_model, get_network, get_task
from keras_v1_activity.experiments.run_checkpoints import checkpoint_in
from keras_v1_activity.logger import NetworkActivityLogger
from keras_v1_activity.storage import load_activity
from keras_v1_activity.v1.checkpoints.forms import load_checkpoint
from keras_v1_activity.v1.tasks.common import TaskTrials
from keras_v1_activity.visualize_training import visualize_batch_predictions


def run_demo(
    options: DemoOptions | None = None,
    *,
    say: Callable[[str], object] = tell,
    **fields: Any,
) -> list[dict[str, Any]]:
    """Shows a network `n_samples` held-out trials, and writes and prints what it does.

    In `log_dir`: the logger's figures (``raster_step_1.png`` ...; step i is sample i, from 1),
    ``sample_1/batch_predictions.png`` ..., ``activity_summary.npz``, ``network_state.txt``,
    ``report.html``.

    Args:
        options: `DemoOptions`; None for its defaults.
        say: called with a line of text; by default a notice of the package.
        **fields: fields of `DemoOptions`, in place of `options`.

    Returns:
        List of a dict for each sample: ``sample``, ``label``, ``prediction``, ``confidence``,
        ``n_spikes``, ``mean_rate_hz``.

    Raises:
        ValueError: options that do not go together, a checkpoint that does not fit.
        FileNotFoundError: no such folder or checkpoint.

    Example:
        >>> samples = run_demo(
        ...     data_dir="GLIF_network", neurons=200, task="ori_diff", seq_len=100, pre_delay=0,
        ...     im_slice=50, n_samples=1, log_dir="demo",
        ... )
        >>> samples[0]["sample"], Path("demo/raster_step_1.png").is_file()
        (1, True)
    """
    options = DemoOptions(**fields) if options is None else options
    start = time.monotonic()
    log_dir = Path(os.path.abspath(options.log_dir))
    network = get_network(options, log_dir.parent, say)
    task = get_task(options, network, n_test=options.n_samples)
    found = None if options.checkpoint is None else checkpoint_in(options.checkpoint)
    model = get_model(options, network, task, checkpoint=found, as_published=options.as_published)
    if found is not None:
        names = load_checkpoint(model, found)
        say(f"checkpoint {options.checkpoint}: {', '.join(names)}")
    # Drawn here: a drawing process leaves figures out if samples come faster than it can draw.
    logger = NetworkActivityLogger(
        log_dir, log_every_n_steps=1, populations=_neurons(model), background=False
    )
    shown = _show(options, task, model, logger, say)
    logger.save_summary()
    logger.log_network_state(model, next(iter(task.test))[0][:1])
    _say_table(shown, task, say)
    with load_activity(log_dir) as run:
        report = run.report()
    say(f"figures and data: {log_dir} ({time.monotonic() - start:.0f} s)")
    say(f"all of it, to be opened in a browser: {report}")
    return shown


def parse_options(arguments: Sequence[str] | None = None) -> DemoOptions:
    """`DemoOptions` from a command line; `--help` explains them.

    Args:
        arguments: words of the command line; None for those of this program.

    Raises:
        SystemExit: a word is wrong; the message says which.

    Example:
        >>> parse_options(["--task", "evidence", "--n_samples=3"]).n_samples
        3
    """
    return parse(DemoOptions, "Shows a V1 network some trials and draws what it does.", arguments)


def _neurons(model: Any) -> Neurons:
    """`Neurons` of the layer, which know the readout neurons as well."""
    return model.get_layer("rsnn").cell.neurons


def _show(
    options: DemoOptions,
    task: TaskTrials,
    model: Any,
    logger: NetworkActivityLogger,
    say: Callable[[str], object],
) -> list[dict[str, Any]]:
    """Runs and logs the trials, batch by batch."""
    if options.n_samples > task.n_test:
        say(f"only {task.n_test:,} held-out trials: n_samples is {options.n_samples}.")
    n_samples = min(options.n_samples, task.n_test)
    both = keras.Model(model.input, [*model.get_layer("rsnn").output[:2], model.output])
    forward = tf.function(lambda x: both(x, training=False), autograph=False)
    say(f"showing {n_samples} trials of {task.trial.seq_len} ms; the first also compiles")
    shown: list[dict[str, Any]] = []
    for x, y, weight in task.test:
        spikes, voltages, outputs = forward(x)
        for i in range(min(len(x), n_samples - len(shown))):
            one = slice(i, i + 1)
            number = len(shown) + 1
            logger.log_step(
                inputs=x[one], spikes=spikes[one], voltages=voltages[one], outputs=outputs[one],
                labels=y[one], sample_weight=weight[one],
            )  # fmt: skip
            confidence = outputs[i, task.trial.response_chunk].numpy()
            visualize_batch_predictions(
                spikes[one], y[one, 0], confidence[None], logger.log_dir / f"sample_{number}",
                populations=_neurons(model),
            )  # fmt: skip
            shown.append(_summary(number, spikes[i], int(y[i, 0]), confidence))
            write(f"\rsample {number} of {n_samples}" + "\n" * (number == n_samples))
        if len(shown) == n_samples:
            break
    return shown


def _summary(
    number: int, spikes: Any, label: int, confidence: NDArray[np.float32]
) -> dict[str, Any]:
    n_spikes = int(tf.reduce_sum(spikes))
    duration_ms, n_neurons = spikes.shape
    return {
        "sample": number,
        "label": label,
        "prediction": int(np.argmax(confidence)),
        "confidence": float(confidence.max()),
        "n_spikes": n_spikes,
        "mean_rate_hz": float(units.counts_to_hz(n_spikes, duration_ms, n_neurons)),
    }


def _say_table(shown: list[dict[str, Any]], task: TaskTrials, say: Callable[[str], object]) -> None:
    def name(k: int) -> str:
        return task.classes[k] if k < len(task.classes) else str(k)

    width = max(10, *(len(text) for text in task.classes))
    say(f"{'sample':>6}  {'true':<{width}}  {'predicted':<{width}}  confidence   spikes  rate (Hz)")
    for row in shown:
        say(
            f"{row['sample']:>6}  {name(row['label']):<{width}}  {name(row['prediction']):<{width}}"
            f"  {row['confidence']:>10.3f}  {row['n_spikes']:>7,}  {row['mean_rate_hz']:>9.2f}"
        )
    right = sum(row["label"] == row["prediction"] for row in shown)
    say(f"{right} of {len(shown)} right (chance {len(shown) / task.n_output:.1f})")
