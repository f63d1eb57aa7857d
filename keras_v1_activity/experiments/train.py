"""A whole training run: network, task, model, logging, checkpoints, resuming, a record.

The same function serves examples/multi_training.py and the command line.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_v1_activity.callback import V1ActivityCallback
from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.common.notices import tell
from keras_v1_activity.experiments import run_checkpoints
from keras_v1_activity.experiments.arguments import parse
from keras_v1_activity.experiments.callbacks import Checkpoints, StepColumns, TimeLimit
from keras_v1_activity.experiments.options import TrainingOptions
from keras_v1_activity.experiments.prepare import get_model, get_network, get_task
from keras_v1_activity.experiments.results import (
    ACTIVITY,
    LOG,
    RESULT,
    prepare_results,
    read_log,
)
from keras_v1_activity.experiments.run_checkpoints import BEST, FOLDER, LAST, TrainingProgress
from keras_v1_activity.v1.layers.class_loss import ClassLoss
from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.tasks.common import TaskTrials
from keras_v1_activity.version import __version__

# Adam as in Chen, Scherr & Maass 2022.
ADAM_EPSILON: float = 1e-11


def train(
    options: TrainingOptions | None = None,
    *,
    say: Callable[[str], object] = tell,
    **fields: Any,
) -> dict[str, Any]:
    """Trains a V1 network on a task with `model.fit` and `V1ActivityCallback`.

    It leaves in `results_dir`: ``training.csv``, a line for each epoch;
    ``checkpoints/last.weights.h5`` and ``best.weights.h5``, with the optimizer's state;
    ``activity/``, the looks at the network; ``result.json``. To resume a run, give its folder as
    `restore_from`: epochs and steps count on. What any other run left in `results_dir` is moved
    into ``earlier_001`` (the next free number) inside it. An epoch cut short by `max_time` counts
    as one.

    Args:
        options: `TrainingOptions`; None for its defaults.
        say: called with a line of text at each stage; by default a notice of the package.
        **fields: fields of `TrainingOptions`, in place of `options`.

    Returns:
        The content of ``result.json``.

    Raises:
        ValueError: options that do not go together, a checkpoint that does not fit.
        FileNotFoundError: no such folder, checkpoint or file of images.

    Example:
        >>> result = train(
        ...     task="ori_diff", data_dir="GLIF_network", neurons=200, seq_len=100, pre_delay=0,
        ...     im_slice=50, batch_size=2, n_epochs=1, steps_per_epoch=1, val_steps=0, verbose=0,
        ... )
        >>> result["ended"], result["steps"], 0 <= result["training"]["accuracy"] <= 1
        ('all epochs', {'first': 1, 'last': 1}, True)
    """
    options = TrainingOptions(**fields) if options is None else options
    start = time.monotonic()
    results_dir = Path(os.path.abspath(options.results_dir))
    network = get_network(options, results_dir.parent, say)
    n_test = max(options.val_steps, 1) * options.batch_size
    # Also refuses a wrong task before minutes of building.
    task = get_task(options, network, n_test=n_test)
    model = _compiled(options, network, task)
    progress = _restored(options, model, say)
    if progress.step:
        task = get_task(options, network, n_test=n_test, first_batch=progress.step)
    prepare_results(options, results_dir, progress, say)
    return _Run(options, results_dir, network, task, model, progress, start, say).fit()


def parse_options(arguments: Sequence[str] | None = None) -> TrainingOptions:
    """`TrainingOptions` from a command line; `--help` explains them.

    Args:
        arguments: words of the command line; None for those of this program.

    Raises:
        SystemExit: a word is wrong; the message says which.

    Example:
        >>> parse_options(["--task", "evidence", "--n_epochs=3"]).n_epochs
        3
    """
    return parse(TrainingOptions, "Trains a V1 network on a task and logs what it does.", arguments)


def _compiled(options: TrainingOptions, network: V1Network, task: TaskTrials) -> Any:
    restored = options.restore_from
    model = get_model(
        options,
        network,
        task,
        checkpoint=None if restored is None else run_checkpoints.checkpoint_in(restored),
        train_recurrent=options.train_recurrent,
        train_input=options.train_input,
        train_background=options.train_background,
        rate_cost=options.rate_cost,
        voltage_cost=options.voltage_cost,
        as_published=options.as_published,
    )
    usual = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    model.compile(
        optimizer=keras.optimizers.Adam(options.learning_rate, epsilon=ADAM_EPSILON),
        loss=ClassLoss() if options.as_published else usual,
        weighted_metrics=[
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            keras.metrics.SparseCategoricalCrossentropy(name="cross_entropy"),
        ],
    )
    # If the first batch had to make variables, the training step would be traced twice: the
    # optimizer's, or those of a metric that is only named.
    model.optimizer.build(model.trainable_variables)
    return model


def _restored(
    options: TrainingOptions, model: Any, say: Callable[[str], object]
) -> TrainingProgress:
    if options.restore_from is None:
        return TrainingProgress()
    progress = run_checkpoints.restore(model, options.restore_from)
    checkpoint = run_checkpoints.checkpoint_in(options.restore_from)
    say(f"restored {checkpoint}: {progress.epochs} epochs and {progress.step:,} steps done")
    if progress.epochs >= options.n_epochs:
        raise ValueError(
            f"n_epochs is {options.n_epochs}, and the run in restore_from has done "
            f"{progress.epochs} already: n_epochs counts all of them, so give more."
        )
    return progress


class _Run:
    """One call of `fit`, and the record of it."""

    def __init__(
        self,
        options: TrainingOptions,
        results_dir: Path,
        network: V1Network,
        task: TaskTrials,
        model: Any,
        progress: TrainingProgress,
        start: float,
        say: Callable[[str], object],
    ) -> None:
        self.options, self.results_dir, self.network = options, results_dir, network
        self.task, self.model, self.before = task, model, progress
        self.start, self.say = start, say
        self.columns = StepColumns()
        self.limit = TimeLimit(options.max_time, start)
        self.checkpoints = Checkpoints(results_dir, progress)
        self.watch = V1ActivityCallback(
            results_dir / ACTIVITY, log_every_n_steps=options.log_every_n_steps
        )

    def fit(self) -> dict[str, Any]:
        """Trains, and returns the record."""
        options, task = self.options, self.task
        self.say(
            f"task {task.name}: {task.n_output} classes, trials of {task.trial.seq_len} ms, chunk "
            f"{task.trial.response_chunk} of {task.trial.n_chunks} scored; the first batch also "
            "compiles"
        )
        ended = "all epochs"
        try:
            self.model.fit(
                task.train,
                initial_epoch=self.before.epochs,
                epochs=options.n_epochs,
                steps_per_epoch=options.steps_per_epoch,
                validation_data=task.test if options.val_steps else None,
                validation_steps=options.val_steps or None,
                shuffle=False,
                verbose=options.verbose,
                callbacks=self._callbacks(),
            )
        except KeyboardInterrupt:
            ended = "interrupted"
            self.checkpoints.save_cut_short()
            self.watch.on_train_end()
        ended = "max_time" if self.limit.reached else ended
        return self._record(ended)

    def _callbacks(self) -> list[Any]:
        log = str(self.results_dir / LOG)
        return [
            self.columns,
            self.limit,
            self.watch,
            keras.callbacks.CSVLogger(log, append=self.before.epochs > 0),
            self.checkpoints,
        ]

    def _record(self, ended: str) -> dict[str, Any]:
        """Writes ``result.json``."""
        epochs, done = read_log(self.results_dir), self.checkpoints.progress
        last = epochs[-1] if epochs else {}
        names = ("loss", "accuracy", "cross_entropy")
        result = {
            "task": self.task.name,
            "ended": ended,
            "epochs": {"first": self.before.epochs + 1, "last": done.epochs},
            "steps": {"first": self.before.step + 1, "last": int(self.model.optimizer.iterations)},
            "training": {name: last.get(name) for name in names},
            "validation": {name: last.get(f"val_{name}") for name in names},
            "chance": 1 / self.task.n_output,
            "best_epoch": done.best_epoch,
            "history": epochs,
            "seconds": self._seconds(),
            "network": {
                "source": self.network.source,
                "neurons": self.network.n_neurons,
                "recurrent_synapses": len(self.network.recurrent),
                "lgn_synapses": len(self.network.inputs),
            },
            "checkpoints": {name: f"{FOLDER}/{name}" for name in (LAST, BEST)},
            "settings": asdict(self.options),
            "versions": {"keras_v1_activity": __version__, "keras": keras.__version__},
        }
        write_json(self.results_dir / RESULT, result)
        self._say_end(result)
        return result

    def _seconds(self) -> dict[str, float | None]:
        per_step = self.columns.seconds_per_step
        return {
            "all": time.monotonic() - self.start,
            "first_step": per_step[0] if per_step else None,
            "median_step": float(np.median(per_step[1:])) if len(per_step) > 1 else None,
        }

    def _say_end(self, result: dict[str, Any]) -> None:
        self.say(f"ended: {result['ended']}; {result['steps']['last']:,} steps done")
        if result["validation"]["accuracy"] is not None:
            self.say(
                f"held-out accuracy {100 * result['validation']['accuracy']:.1f} % "
                f"(chance {100 * result['chance']:.0f} %)"
            )
        self.say(f"results: {self.results_dir}")
        if result["ended"] != "all epochs":
            self.say(f"go on with --restore_from {self.results_dir}")
