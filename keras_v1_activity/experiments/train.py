"""A whole training run: network, task, model, logging, checkpoints, resuming, a record.

The same function serves examples/multi_training.py and the command line.
"""

import csv
import os
import time
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from keras_v1_activity.callback import V1ActivityCallback
from keras_v1_activity.common.files import write_json
from keras_v1_activity.experiments import progress as run_checkpoints
from keras_v1_activity.experiments.callbacks import Checkpoints, StepColumns, TimeLimit
from keras_v1_activity.experiments.options import TrainingOptions, parse
from keras_v1_activity.experiments.prepare import get_model, get_network, get_task
from keras_v1_activity.experiments.progress import BEST, FOLDER, LAST, Progress
from keras_v1_activity.version import __version__

LOG, RESULT, ACTIVITY = "training.csv", "result.json", "activity"
# Adam as in Chen, Scherr & Maass 2022.
ADAM_EPSILON = 1e-11


def train(options=None, *, say=print, **fields):
    """Trains a V1 network on a task with `model.fit` and `V1ActivityCallback`.

    It leaves in `results_dir`: ``training.csv``, a line an epoch; ``checkpoints/last.weights.h5``
    and ``best.weights.h5``, with the optimizer's state; ``activity/``, the looks at the network;
    ``result.json``. A run is resumed by giving its folder as `restore_from`: epochs and steps are
    counted on. Anything else that an earlier run left in `results_dir` is moved into
    ``earlier_001`` (the next free number) inside it. An epoch cut short by `max_time` counts as
    one.

    Args:
        options: `TrainingOptions`; its defaults where None.
        say: called with a line of text at each stage.
        **fields: fields of `TrainingOptions`, in place of `options`.

    Returns:
        The content of ``result.json``, a dict.

    Raises:
        ValueError: options that do not go together, a checkpoint that does not fit.
        FileNotFoundError: no such folder, checkpoint or file of images.

    Example:
        >>> result = train(task="ori_diff", results_dir="results", n_epochs=2)   # doctest: +SKIP
        >>> result["validation"]["accuracy"]                                     # doctest: +SKIP
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
    _make_ready(options, results_dir, progress, say)
    return _Run(options, results_dir, network, task, model, progress, start, say).fit()


def parse_options(arguments=None):
    """`TrainingOptions` from a command line; `--help` explains them."""
    return parse(TrainingOptions, "Trains a V1 network on a task and logs what it does.", arguments)


def _compiled(options, network, task):
    model = get_model(
        options,
        network,
        task,
        train_recurrent=options.train_recurrent,
        train_input=options.train_input,
        train_background=options.train_background,
        rate_cost=options.rate_cost,
        voltage_cost=options.voltage_cost,
    )
    model.compile(
        optimizer=keras.optimizers.Adam(options.learning_rate, epsilon=ADAM_EPSILON),
        loss=keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight"),
        weighted_metrics=[
            "accuracy",
            keras.metrics.SparseCategoricalCrossentropy(name="cross_entropy"),
        ],
    )
    return model


def _restored(options, model, say):
    if options.restore_from is None:
        return Progress()
    progress = run_checkpoints.restore(model, options.restore_from)
    say(
        f"restored {run_checkpoints.find(options.restore_from)}: {progress.epochs} epochs and "
        f"{progress.step:,} steps done"
    )
    if progress.epochs >= options.n_epochs:
        raise ValueError(
            f"n_epochs is {options.n_epochs}, and the run in restore_from has done "
            f"{progress.epochs} already: n_epochs counts all of them, so give more."
        )
    return progress


def _make_ready(options, results_dir, progress, say):
    """Keeps the files of the run that is resumed; moves those of any other aside."""
    results_dir.mkdir(parents=True, exist_ok=True)
    restored = options.restore_from and Path(os.path.abspath(options.restore_from))
    if restored and (restored == results_dir or results_dir in restored.parents):
        _cut_log(results_dir / LOG, progress.epochs)
        return
    earlier = [results_dir / name for name in (LOG, RESULT, FOLDER, ACTIVITY)]
    earlier = [path for path in earlier if path.exists()]
    if not earlier:
        return
    number = 1
    while (target := results_dir / f"earlier_{number:03d}").exists():
        number += 1
    target.mkdir()
    for path in earlier:
        path.rename(target / path.name)
    say(f"{results_dir} held an earlier run, which is now in {target}")


def _cut_log(path, epochs):
    """Drops lines of epochs after the checkpoint, which come again."""
    if not path.is_file():
        return
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *(row for row in rows if int(row[0]) < epochs)])


class _Run:
    """One call of `fit`, and the record of it."""

    def __init__(self, options, results_dir, network, task, model, progress, start, say):
        self.options, self.results_dir, self.network = options, results_dir, network
        self.task, self.model, self.before = task, model, progress
        self.start, self.say = start, say
        self.columns = StepColumns()
        self.limit = TimeLimit(options.max_time, start)
        self.checkpoints = Checkpoints(results_dir, progress)
        self.watch = V1ActivityCallback(
            results_dir / ACTIVITY, log_every_n_steps=options.log_every_n_steps
        )

    def fit(self):
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

    def _callbacks(self):
        log = str(self.results_dir / LOG)
        return [
            self.columns,
            self.limit,
            self.watch,
            keras.callbacks.CSVLogger(log, append=self.before.epochs > 0),
            self.checkpoints,
        ]

    def _record(self, ended):
        """Writes ``result.json``."""
        epochs, done = self._epochs(), self.checkpoints.progress
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

    def _epochs(self):
        """The lines of the log, those of the resumed run included."""
        path = self.results_dir / LOG
        if not path.is_file():
            return []
        with open(path, newline="", encoding="utf-8") as file:
            return [
                {name: _number(value) for name, value in row.items()}
                for row in csv.DictReader(file)
            ]

    def _seconds(self):
        per_step = self.columns.seconds_per_step
        return {
            "all": time.monotonic() - self.start,
            "first_step": per_step[0] if per_step else None,
            "median_step": float(np.median(per_step[1:])) if len(per_step) > 1 else None,
        }

    def _say_end(self, result):
        self.say(f"ended: {result['ended']}; {result['steps']['last']:,} steps done")
        if result["validation"]["accuracy"] is not None:
            self.say(
                f"held-out accuracy {100 * result['validation']['accuracy']:.1f} % "
                f"(chance {100 * result['chance']:.0f} %)"
            )
        self.say(f"results: {self.results_dir}")
        if result["ended"] != "all epochs":
            self.say(f"go on with --restore_from {self.results_dir}")


def _number(text):
    """The number in a cell of the log; whole where it is one, None where there is none."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return int(value) if value.is_integer() and "." not in text else value
