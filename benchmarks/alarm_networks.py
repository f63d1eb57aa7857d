"""Fifteen networks, each driven into one state while it trains, or healthy ones: what alarms fire.

    python benchmarks/alarm_networks.py
    python benchmarks/alarm_networks.py --states synchrony oscillation
    python benchmarks/alarm_networks.py --healthy --seeds 201 202 203 204 205

Ten states are those of a V1 network of 400 neurons that has learned digits for a while, five those
of a network of nine units. Every step is a look, so that looks are counted as steps. When a state
begins is known from how the network is driven: with the first look of the changed network; for dead
neurons and not learning, which are states of twenty and of fifty looks, with the last of so many
looks of the changed network. Its alarm must fire within two looks of that, and never before the
network is changed, for no population. A number that is computed here from the stored spikes and
potentials, apart from the rules, shows that the network got there.

With --healthy, V1 networks of 600 neurons learn digits from several seeds, other digits in each
step: no alarm must fire. All is done in the training thread, so that the numbers of each look come
at once.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import common
import keras
import numpy as np
import spiking_models
from alarm_measured import measured
from alarm_states import SMALL_STATES, V1_STATES

from keras_v1_activity import V1ActivityCallback, load_activity, v1
from keras_v1_activity.storage.layout import make_layout

N_NEURONS, BATCH, N_BATCHES = 400, 4, 16
WARM_STEPS, BEGIN, END = 60, 31, 42
WITHIN = 2
HEALTHY_NEURONS, HEALTHY_RATE, EPOCH = 600, 1e-3, 20
HEALTHY_SEEDS = [201, 202, 203, 204, 205]


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

    def __init__(
        self, seed, learning_rate=1e-3, use_dale_law=True, post_delay=50, n_neurons=N_NEURONS
    ):
        folder = common.synthetic_folder(n_neurons, seed)
        self.network = v1.load_network(folder, n_neurons=n_neurons, seed=seed)
        trial = v1.Trial(post_delay=post_delay)
        self.digits = v1.digits(
            self.network, batch_size=BATCH, trial=trial, max_test=BATCH, seed=seed,
            drop_remainder=True,
        ).train  # fmt: skip
        self.batches = []
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
        self.batches = self.batches or [
            (np.asarray(x).astype(bool), np.asarray(y), np.asarray(w))
            for x, y, w in self.digits.take(N_BATCHES)
        ]

        def generate():
            step = 0
            while True:
                x, y, w = self.batches[step % N_BATCHES]
                step += 1
                yield change(x, step).astype(np.float32), y, w

        return self.model.fit(
            generate(), steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=list(callbacks)
        )

    def fit_fresh(self, steps, callbacks):
        """Trains for some steps, each with digits of its own."""
        return self.model.fit(
            self.digits.repeat(), steps_per_epoch=EPOCH, epochs=steps // EPOCH, verbose=0,
            shuffle=False, callbacks=callbacks,
        )  # fmt: skip

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


def judged(name, folder, late=0, before=0):
    """A row: when the network was changed, when its state began, when the alarm fired.

    Looks are counted from 1, after so many steps `before` them.
    """
    with load_activity(folder) as run:
        alarms = [replace(alarm, step=alarm.step - before) for alarm in run.alarms]
        looks = [run[step] for step in run.steps]
    # Whoever it is about: no alarm of this name may fire before the network is changed.
    mine = sorted((a for a in alarms if a.name == name), key=lambda alarm: alarm.step)
    fired = mine[0].step if mine else None
    others = sorted({f"{a.name} ({a.step})" for a in alarms if a.name != name})
    right = fired is not None and BEGIN <= fired <= BEGIN + late + WITHIN
    return {
        "state": name,
        "changed at look": BEGIN,
        "state from look": BEGIN + late,
        "alarm at look": fired,
        "right": "yes" if right else "NO",
        "level": mine[0].level if mine else "-",
        "of": mine[0].population or "-" if mine else "-",
        "measured, before to after": measured(name, looks[: BEGIN - 1], looks[BEGIN - 1 :]),
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
    return judged(name, log_dir, state.late, before)


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
        drive, late = SMALL_STATES[name], 49 if name == "not learning" else 0
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
        yield judged(name, log_dir, late)


def healthy_rows(seeds, n_looks, folder):
    """Networks of several seeds that learn digits, from untrained on."""
    for seed in seeds:
        digits = V1Digits(seed, learning_rate=HEALTHY_RATE, n_neurons=HEALTHY_NEURONS)
        log_dir = folder / f"healthy_{seed}"
        digits.fit_fresh(n_looks, [watcher(log_dir, figures=())])
        with load_activity(log_dir) as run:
            found, rates = run.alarms, run.history.series("mean_rate_hz")
            # At the end of an epoch Keras gives its mean.
            loss = run.history.series("scalars", "loss")[EPOCH - 1 :: EPOCH]
            right = np.mean([run[step].label == run[step].prediction for step in run.steps[-50:]])
        yield {
            "seed": seed,
            "looks": len(rates),
            "loss, first and last epoch": f"{loss[0]:.2f} to {loss[-1]:.2f}",
            "right of the last 50": f"{right:.0%}",
            "mean rate Hz": f"{rates[:20].mean():.1f} to {rates[-20:].mean():.1f}",
            "alarms": ", ".join(
                f"{a.level} {a.name} {a.population or ''} ({a.step})" for a in found
            ) or "-",
        }  # fmt: skip


def main():
    """Runs the benchmark from the command line."""
    states = [*V1_STATES, *SMALL_STATES]
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--states", nargs="+", choices=states, default=states, help="which; all by default")
    add("--healthy", action="store_true", help="healthy training instead")
    add("--seeds", type=int, nargs="+", default=HEALTHY_SEEDS, help="of healthy training")
    add("--looks", type=int, default=200, help="looks of healthy training")
    add("--keep", type=Path, help="folder for the runs; by default they are deleted")
    add("--out", type=Path, help="JSON file to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        if options.healthy:
            rows = list(healthy_rows(options.seeds, options.looks, folder))
            title = "healthy training on digits: alarms (look)"
        else:
            rows = [*small_rows(options.states, folder), *v1_rows(options.states, folder)]
            title = f"networks driven into a state: alarm within {WITHIN} looks"
    common.report(title, rows, options.out)


if __name__ == "__main__":
    main()
