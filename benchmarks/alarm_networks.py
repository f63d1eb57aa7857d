"""Fifteen networks, each driven into one state while it trains, or healthy ones: what alarms fire.

    python benchmarks/alarm_networks.py
    python benchmarks/alarm_networks.py --states synchrony oscillation
    python benchmarks/alarm_networks.py --healthy 5 --looks 200

Ten states are those of a V1 network of 400 neurons that has learned digits for a while, five those
of a network of nine units. Every step is a look, so that looks are counted as steps. A state begins
with the first look of the changed network; that of dead neurons and of not learning, which are
states of twenty and of fifty looks, with the last of these. An alarm must fire within two looks,
and must not have fired before. With --healthy, a V1 network learns digits from several seeds: no
alarm must fire. All is done in the training thread, so that the numbers of each look come at once.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import common
import keras
import numpy as np
import spiking_models
from alarm_states import SMALL_STATES, V1_STATES

from keras_v1_activity import V1ActivityCallback, load_activity, v1
from keras_v1_activity.storage.layout import make_layout

N_NEURONS, BATCH, N_BATCHES = 400, 4, 16
WARM_STEPS, BEGIN, END = 60, 31, 42
WITHIN = 2


class Drive(keras.callbacks.Callback):
    """Calls a function before each step from `BEGIN` on, counted from 1."""

    def __init__(self, drive):
        super().__init__()
        self.drive, self.step = drive, 0

    def on_train_batch_begin(self, batch, logs=None):
        """Counts the step, and calls the function if it is time."""
        self.step += 1
        if self.step >= BEGIN:
            self.drive(self.model)


class V1Digits:
    """A V1 network that learns digits; one model for all states, at the same weights again."""

    def __init__(self, seed, learning_rate=1e-3, use_dale_law=True, post_delay=50):
        folder = common.synthetic_folder(N_NEURONS, seed)
        self.network = v1.load_network(folder, n_neurons=N_NEURONS, seed=seed)
        trial = v1.Trial(post_delay=post_delay)
        digits = v1.digits(self.network, batch_size=BATCH, trial=trial, max_test=BATCH)
        self.batches = [
            (np.asarray(x).astype(bool), np.asarray(y), np.asarray(w))
            for x, y, w in digits.train.take(N_BATCHES)
        ]
        self.model = v1.create_model(
            self.network, trial.seq_len, n_output=10, readout="linear", rate_cost=1.0, seed=seed,
            use_dale_law=use_dale_law,
        )  # fmt: skip
        self.model.compile(
            keras.optimizers.Adam(learning_rate, epsilon=1e-11),
            keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight"),
        )
        self.model.optimizer.build(self.model.trainable_variables)

    def fit(self, steps, callbacks=(), change=lambda x, step: x):
        """Trains for some steps; `change` is told the number of a step from 1."""

        def generate():
            step = 0
            while True:
                x, y, w = self.batches[step % N_BATCHES]
                step += 1
                yield change(x, step).astype(np.float32), y, w

        return self.model.fit(
            generate(), steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=list(callbacks)
        )

    def values(self):
        """All numbers that training changes."""
        return [w.numpy() for w in (*self.model.weights, *self.model.optimizer.variables)]

    def restore(self, values):
        """Sets them again."""
        variables = (*self.model.weights, *self.model.optimizer.variables)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def watcher(folder, **options):
    """A callback that has the numbers of each look at once."""
    how = {"figures": ("raster",), "background": False, "health": True, **options}
    return V1ActivityCallback(folder, 1, **how)


def judged(name, folder, begin, before=0):
    """A row: when the state began, when its alarm fired, which others did.

    Looks are counted from 1, after so many steps `before` them.
    """
    with load_activity(folder) as run:
        alarms = [replace(alarm, step=alarm.step - before) for alarm in run.alarms]
    mine = [alarm for alarm in alarms if alarm.name == name]
    # Of many neurons some fire nothing by chance: a population may get there a look before.
    mine = [alarm for alarm in mine if alarm.population is None] or mine
    fired = min((alarm.step for alarm in mine), default=None)
    others = sorted({f"{a.name} ({a.step})" for a in alarms if a.name != name})
    right = fired is not None and begin <= fired <= begin + WITHIN
    return {
        "state": name,
        "began at look": begin,
        "alarm at look": fired,
        "right": "yes" if right else "NO",
        "of": mine[0].population or "-" if mine else "-",
        "other alarms": ", ".join(others[:6]) + (", ..." if len(others) > 6 else "") or "-",
    }


def v1_rows(names, folder):
    """The states of the V1 network, one after the other from the same trained weights."""
    # A spectrum of 200 ms has too few lines for an oscillation to stand out.
    alone = {
        "oscillation": (10, {"learning_rate": 1e-4, "post_delay": 450}),
        "Dale": (0, {"learning_rate": 0.0, "use_dale_law": False}),
    }
    digits = None
    for name in (name for name in names if name in V1_STATES and name not in alone):
        if digits is None:
            digits = V1Digits(seed=0)
            digits.fit(WARM_STEPS)
            # Training goes on slowly: the state shall change the network, not the learning.
            digits.model.optimizer.learning_rate.assign(1e-4)
            start = digits.values()
        digits.restore(start)
        yield v1_row(name, digits, folder, WARM_STEPS)
    for name in (name for name in alone if name in names):
        before, options = alone[name]
        digits = V1Digits(seed=0, **options)
        if before:
            digits.fit(before)
        yield v1_row(name, digits, folder, before)


def v1_row(name, digits, folder, before):
    """Drives one network, which was trained for so many steps `before`, into a state."""
    state = V1_STATES[name]

    def change(x, step):
        return state.input(x, step) if step >= BEGIN else x

    log_dir = folder / name.replace(" ", "_")
    drive = Drive(lambda model: state.drive(model, digits.network))
    digits.fit(END + state.late, [drive, watcher(log_dir)], change)
    return judged(name, log_dir, BEGIN + state.late, before)


def small_model(learning_rate=0.002):
    """Nine units whose spikes a Dense layer reads, compiled."""
    model = spiking_models.make_model(keras, compile_model=False)
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False)
    return model


def small_rows(names, folder):
    """The states of the small network."""
    for name in (name for name in names if name in SMALL_STATES):
        log_dir = folder / name.replace(" ", "_")
        drive, late = SMALL_STATES[name], 50 if name == "not learning" else 0
        if name == "looking degraded":
            # The place of one look is taken: it cannot be stored.
            place = make_layout("folders", log_dir).data(BEGIN)
            drive = lambda model, place=place: place.mkdir(parents=True, exist_ok=True)  # noqa: E731
        # One batch an epoch, always the same: the loss has no noise, and is no mean of many steps.
        x, y = spiking_models.make_data(16)
        small_model().fit(
            x, y, batch_size=16, epochs=END + late, verbose=0, shuffle=False,
            callbacks=[Drive(drive), watcher(log_dir)],
        )  # fmt: skip
        yield judged(name, log_dir, flat_from(log_dir) if late else BEGIN)


def flat_from(folder, looks=50, least=1e-3):
    """The first look at which the mean loss of 25 looks is not 0.1 % below that of 25 before."""
    with load_activity(folder) as run:
        loss = run.history.series("scalars", "loss")
    for end in range(looks, len(loss) + 1):
        old, new = loss[end - looks : end - looks // 2], loss[end - looks // 2 : end]
        if (old.mean() - new.mean()) / old.mean() < least:
            return end
    return len(loss)


def healthy_rows(n_seeds, n_looks, folder):
    """Networks of several seeds that learn digits, from untrained on."""
    for seed in range(n_seeds):
        digits = V1Digits(seed)
        log_dir = folder / f"healthy_{seed}"
        digits.fit(n_looks, [watcher(log_dir)])
        with load_activity(log_dir) as run:
            found, loss = run.alarms, run.history.series("scalars", "loss")
            rates = run.history.series("mean_rate_hz")
        yield {
            "seed": seed,
            "looks": n_looks,
            "loss": f"{loss[0]:.2f} to {loss[-1]:.2f}",
            "mean rate Hz": f"{rates[:20].mean():.1f} to {rates[-20:].mean():.1f}",
            "alarms": ", ".join(f"{a.name} {a.population or ''} ({a.step})" for a in found) or "-",
        }


def main():
    """Runs the benchmark from the command line."""
    states = [*V1_STATES, *SMALL_STATES]
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--states", nargs="+", choices=states, default=states, help="which; all by default")
    add("--healthy", type=int, default=0, help="seeds of healthy training instead")
    add("--looks", type=int, default=200, help="looks of healthy training")
    add("--keep", type=Path, help="folder for the runs; by default they are deleted")
    add("--out", type=Path, help="JSON file to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        if options.healthy:
            rows = list(healthy_rows(options.healthy, options.looks, folder))
            title = "healthy training on digits: alarms (look)"
        else:
            rows = [*small_rows(options.states, folder), *v1_rows(options.states, folder)]
            title = f"networks driven into a state: alarm within {WITHIN} looks"
    common.report(title, rows, options.out)


if __name__ == "__main__":
    main()
