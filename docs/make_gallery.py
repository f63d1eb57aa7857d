"""Draws every picture of the gallery: `make docs` runs it, and so can you.

A synthetic V1 network is shown handwritten digits. Its synapses are not trained; only the readout
is fitted to the spikes, in a second, so that the pictures have predictions to show. The second
network of the comparisons is the same with its LGN weights 1.3 times as strong.

    python docs/make_gallery.py --out gallery
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback, load_activity, probes, v1
from keras_v1_activity.capture.probe import Probe
from keras_v1_activity.capture.target import CaptureRequest
from keras_v1_activity.figures import Painter, comparison, save_history
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.probes.turns import Turns

if TYPE_CHECKING:
    from keras_v1_activity import Activity

N_NEURONS = 1000
N_FITTED = 200  # trials that the readout is fitted to
N_SHOWN = 40  # held-out trials that are shown
N_TURN_TRIALS = 3
BATCH = 20
FIGURES = (
    "raster", "voltages", "input", "population", "output", "predictions", "statistics",
)  # fmt: skip
N_TRAINED = 600  # neurons of the network whose training is shown
TRAINING_STEPS = 50
LEARNING_RATE = 3e-3
STRONGER = 1.3
WINDOW_MS = (50, 200)  # from the onset of the image on
RESPONSE_CHUNK = 3  # of 50 ms, from 150 ms on


def main() -> None:
    """Makes the network, shows it the digits, draws."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("gallery"), help="folder of the pictures")
    out = parser.parse_args().out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        network, model, trials = make_model()
        fit_readout(model, trials)
        before = show(model, trials, "before")
        draw_look(one_look(model, trials, before), out)
        Painter().save("tuning", one_turn(network), out / "tuning.png")
        draw_history(out)
        strengthen(model)
        draw_comparisons(before, show(model, trials, "after"), network, out)
        os.chdir(home)


def make_model() -> tuple[v1.V1Network, keras.Model, object]:
    """The network, its model, and digits of 200 ms: 50 ms grey, 100 ms image, 50 ms grey."""
    v1.write_synthetic_network("GLIF_network", n_neurons=N_NEURONS, seed=0)
    network = v1.load_network("GLIF_network", n_neurons=N_NEURONS)
    model = v1.create_model(network, seq_len=200, n_output=10, readout="linear")
    trials = v1.digits(network, batch_size=BATCH, trial=v1.Trial(post_delay=50), seed=1)
    return network, model, trials


def fit_readout(model: keras.Model, trials) -> None:
    """Sets the readout to a logistic regression on the spikes of the response chunk."""
    from sklearn.linear_model import LogisticRegression

    rsnn = keras.Model(model.input, model.get_layer("rsnn").output[0])
    counts, labels = [], []
    for x, y, _ in trials.train.take(N_FITTED // BATCH):
        spikes = np.asarray(rsnn(x)).reshape(len(x), -1, 50, N_NEURONS)
        counts.append(spikes[:, RESPONSE_CHUNK].sum(axis=1))
        labels.append(y[:, 0])
    fitted = LogisticRegression(C=0.05, max_iter=300).fit(np.vstack(counts), np.hstack(labels))
    # The readout adds its bias at each of the 50 steps of a chunk.
    model.get_layer("projection").set_weights([fitted.coef_.T, fitted.intercept_ / 50])


def one_look(model: keras.Model, trials, shown: list[Activity]) -> Activity:
    """A look at held-out trials again; one that was predicted well, with all that can be recorded.

    Traced is a neuron that fired a few spikes in that trial.
    """
    right = next(k for k, look in enumerate(shown[:BATCH]) if look.label == look.prediction)
    traced = int(np.argmin(np.abs(shown[right].spike_counts - 4)))
    x, y, _ = next(iter(trials.test))
    callback = V1ActivityCallback(
        "look", figures=("predictions",), background=False, trace_neurons=[traced]
    )
    callback.set_model(model)
    return callback.look(np.roll(x, -right, axis=0), np.roll(y, -right, axis=0))


def one_turn(network: v1.V1Network) -> Activity:
    """The look that completes a turn of drifting gratings, 600 ms each."""
    model = v1.create_model(network, seq_len=600, n_output=10, readout="linear")
    gratings = probes.DriftingGratings(network, directions=8, trials=N_TURN_TRIALS)
    turns, probe = Turns(gratings), Probe(model, CaptureRequest("rsnn", RecordPlan(figures=())))
    for item in range(len(gratings)):
        x, y = gratings.batch(item, 600)
        seed = gratings.noise_seed(item)
        look = turns.took(probe.look(x, y, step=item + 1, seed=seed))()
    return look


def show(model: keras.Model, trials, log_dir: str) -> list[Activity]:
    """One look a held-out trial, logged and read back."""
    watched = keras.Model(model.input, [*model.get_layer("rsnn").output[:2], model.output])
    logger = NetworkActivityLogger(
        log_dir, 1, figures=(), populations=model.get_layer("rsnn").cell.neurons
    )
    with logger:
        for x, y, weight in trials.test.take(N_SHOWN // BATCH):
            spikes, voltages, outputs = watched(x)
            for k in range(len(x)):
                logger.log_step(
                    spikes=spikes[k], voltages=voltages[k], outputs=outputs[k],
                    labels=y[k], sample_weight=weight[k],
                )  # fmt: skip
    with load_activity(log_dir) as run:
        return list(run)


def strengthen(model: keras.Model) -> None:
    """Makes each synapse from the LGN 1.3 times as strong."""
    weights = model.get_layer("input_layer").sparse_input_weights
    weights.assign(STRONGER * weights)


def draw_look(look: Activity, out: Path) -> None:
    """The seven figures of one look, and the trace of one neuron."""
    painter = Painter()
    for name in FIGURES:
        painter.save(name, look, out / f"{name}.png")
    (traced,) = look.traces.neurons
    painter.save(f"trace_neuron_{traced}", look, out / "trace_neuron.png")


def draw_history(out: Path) -> None:
    """Trains a small network on digits; a look at every second step."""
    v1.write_synthetic_network("small", n_neurons=N_TRAINED, seed=0)
    network = v1.load_network("small", n_neurons=N_TRAINED)
    model = v1.create_model(network, seq_len=200, n_output=10, readout="linear")
    trials = v1.digits(network, batch_size=8, trial=v1.Trial(post_delay=50), seed=1)
    loss = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss, weighted_metrics=[accuracy])
    model.optimizer.build(model.trainable_variables)
    watch = V1ActivityCallback("training", 2, figures=("history",))
    model.fit(trials.train.repeat(), steps_per_epoch=TRAINING_STEPS, callbacks=[watch], verbose=0)
    watch.wait_for_figures()
    save_history(load_activity("training").history, out / "history.png")


def draw_comparisons(before, after, network: v1.V1Network, out: Path) -> None:
    """The figures that compare, and the animation."""
    labels = ("as it is", "LGN x 1.3")
    figures = {
        "difference": comparison.difference(before, after, labels, WINDOW_MS),
        "spatial": comparison.spatial_activity(before[0]),
        "trials": comparison.trials_summary(before),
        "similarity": comparison.response_similarity(by_class(before), WINDOW_MS),
        "confusion": comparison.confusion(
            [look.label for look in before],
            [look.prediction for look in before],
            np.stack([look.confidence for look in before]),
        ),
        "weights": comparison.weight_distributions({"synthetic": by_connection(network)}),
    }
    for name, figure in figures.items():
        comparison.save(figure, out / f"{name}.png", dpi=80)
    comparison.animate(before[0], out / "animation.gif")


def by_class(looks: list[Activity]) -> dict[str, list[Activity]]:
    """The looks of each digit, in the order of the digits."""
    return {
        f"digit {k}": [look for look in looks if look.label == k]
        for k in sorted({look.label for look in looks})
    }


def by_connection(network: v1.V1Network) -> dict[str, np.ndarray]:
    """Weights (pA) of the recurrent synapses by whether source and target excite or inhibit."""
    members = network.populations.members
    excites = np.array([member.excitatory is True for member in members])
    excites = excites[network.populations.index]
    synapses = network.recurrent
    kinds = {True: "Exc", False: "Inh"}
    return {
        f"{kinds[source]} to {kinds[target]}": synapses.weight[
            (excites[synapses.source] == source) & (excites[synapses.target] == target)
        ]
        for source in (True, False)
        for target in (True, False)
    }


if __name__ == "__main__":
    main()
