"""One training step of the recurrent layer: ours against the plain formulation.

    python benchmarks/train_step.py --neurons 2000 --time 600 --batch 1

Spikes and gradients of the two are compared before anything is timed. The input currents are noise
whose strength sets the firing rate; the loss is the sum of spikes and potentials times a fixed
random direction.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import numpy as np
import tensorflow as tf

from keras_v1_activity import v1
from keras_v1_activity.v1 import reference
from keras_v1_activity.v1.glif3 import Glif3Cell
from keras_v1_activity.v1.input_layer import input_rows
from keras_v1_activity.v1.network import N_RECEPTORS
from keras_v1_activity.v1.sequence import RecurrentSequence


class Case:
    """A network, its input and both ways to take a training step with it."""

    def __init__(self, neurons, n_steps, batch, strength):
        self.network = v1.load_network(common.synthetic_folder(neurons), n_neurons=neurons)
        n, rng = self.network.n_neurons, np.random.default_rng(0)
        parameters, recurrent = self.network.parameters, self.network.recurrent
        self.rows = input_rows(self.network)
        self.cell = Glif3Cell(parameters)
        self.sequence = RecurrentSequence(self.cell, recurrent, self.rows)
        scale = parameters.voltage_scale[recurrent.target]
        self.weights = tf.constant(recurrent.weight / scale, tf.float32)
        currents = rng.gamma(1.0, strength, (n_steps, len(self.rows), batch))
        self.currents = tf.constant(currents, tf.float32)
        self.directions = tf.constant(rng.normal(size=(2, batch, n_steps, n)), tf.float32)
        self.ours = tf.function(lambda: self._step(self._run_ours))
        self.plain = tf.function(lambda: self._step(self._run_plain))
        self.forward = tf.function(lambda: self._run_ours(self.weights, self.currents))

    def _run_ours(self, weights, currents):
        start = self.cell.initial_state(currents.shape[2])
        spikes, v, _ = self.sequence(weights, currents, start)
        return tf.transpose(spikes, (2, 0, 1)), tf.transpose(v, (2, 0, 1))

    def _run_plain(self, weights, currents):
        shape = (N_RECEPTORS * self.network.n_neurons, *currents.shape[::2])
        dense = tf.scatter_nd(self.rows[:, None], tf.transpose(currents, (1, 0, 2)), shape)
        return reference.run(
            self.network.parameters, self.network.recurrent, weights, tf.transpose(dense, (2, 1, 0))
        )

    def _step(self, run):
        with tf.GradientTape() as tape:
            tape.watch([self.weights, self.currents])
            spikes, v = run(self.weights, self.currents)
            loss = tf.reduce_sum(self.directions[0] * spikes + self.directions[1] * v)
        return spikes, tape.gradient(loss, [self.weights, self.currents])

    def compare(self):
        """Raises where spikes or gradients differ; returns the mean rate, Hz."""
        spikes, mine = self.ours()
        true_spikes, truth = self.plain()
        np.testing.assert_array_equal(spikes, true_spikes)
        for a, b in zip(mine, truth, strict=True):
            b = tf.convert_to_tensor(b).numpy()
            np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max())
        return self.rate()

    def rate(self):
        """Mean firing rate, Hz."""
        return 1000 * float(tf.reduce_mean(self.forward()[0]))


def main():
    """Runs the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000])
    add("--batch", type=int, nargs="+", default=[1])
    add("--time", type=int, default=600, help="time steps of 1 ms")
    add("--strength", type=float, default=0.3, help="of the input currents; sets the rate")
    add("--rounds", type=int, default=3)
    add("--no_reference", action="store_true", help="time ours alone (large networks)")
    add("--json", help="file for the figures")
    options = parser.parse_args()
    rows = []
    for neurons in options.neurons:
        for batch in options.batch:
            case = Case(neurons, options.time, batch, options.strength)
            candidates = {"forward": case.forward, "ours": case.ours}
            if not options.no_reference:
                candidates["plain"] = case.plain
                case.compare()
            runs = {name: lambda f=f: f()[0].numpy() for name, f in candidates.items()}
            seconds = common.paired(runs, options.rounds)
            row = {"neurons": neurons, "synapses": len(case.network.recurrent), "batch": batch}
            row |= {"rate_hz": round(case.rate(), 1)}
            row |= {f"{k}_s": round(float(np.median(v)), 3) for k, v in seconds.items()}
            if "plain" in seconds:
                row["plain_over_ours"] = round(
                    common.median_ratio(seconds["plain"], seconds["ours"]), 1
                )
            rows.append(row | {"peak_mb": round(common.peak_memory_mb())})
    common.report(f"training step, {options.time} time steps", rows, options.json)


if __name__ == "__main__":
    main()
