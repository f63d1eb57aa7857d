"""One of the two that `beside_dpointnet.py` compares, as a program of its own.

    python benchmarks/beside_sides.py xla|numba|dpointnet FOLDER BATCH SEQ_LEN

It reads a command a line, and answers each with a line of JSON: ``compare FILE`` writes spikes,
potentials, loss and gradients of a step, ``steps N`` takes N training steps and gives their times.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import common
import numpy as np
import tensorflow as tf
from beside_network import TARGET_HZ, VOLTAGE_COST, dpointnet_config, draw_input


class Ours:
    """The layers `input_layer` and `rsnn`, with DPointNet's losses and Adam.

    Args:
        folder: SONATA folder.
        batch, seq_len: trials, ms.
        engine: see `CellOptions`.
    """

    def __init__(self, folder, batch, seq_len, engine="xla"):
        import keras

        from keras_v1_activity import v1
        from keras_v1_activity.v1.layers.input_layer import InputCurrents
        from keras_v1_activity.v1.layers.rsnn import RSNN

        self._network = network = v1.load_network(folder, core_only=False)
        self._x = tf.constant(draw_input(network.n_input, batch, seq_len))
        self._inputs = InputCurrents(network, noise=False, engine=engine)
        self._rsnn = RSNN(network, engine=engine, **SETTINGS)
        self._inputs.build(self._x.shape)
        self._rsnn.build((batch, seq_len, len(self._inputs.rows)))
        variables = [self._rsnn.sparse_recurrent_weights, self._inputs.sparse_input_weights]
        optimizer = keras.optimizers.Adam(0.0, epsilon=1e-11)
        optimizer.build(variables)
        self._weights = [variable.value for variable in variables]
        parameters = network.parameters
        e_l, scale = (
            tf.constant(values, tf.float32) for values in (parameters.E_L, parameters.voltage_scale)
        )

        def gradients():
            with tf.GradientTape() as tape:
                spikes, mv = self._rsnn(self._inputs(self._x))
                v = (mv - e_l) / scale
                loss = losses(spikes, v, seq_len)
            return loss, spikes, v, tape.gradient(loss, self._weights)

        def step():
            loss, spikes, _, of_weights = gradients()
            optimizer.apply_gradients(zip(of_weights, variables, strict=True))
            return loss, tf.reduce_mean(spikes)

        # As `fit` does, which compiles the whole step if its layers may be.
        whole = self._rsnn.supports_jit
        self._gradients = tf.function(gradients, jit_compile=whole)
        self.step = tf.function(step, jit_compile=whole)

    def compare(self):
        """Arrays of a step."""
        loss, spikes, v, (recurrent, inputs) = self._gradients()
        found = {"loss": loss, "spikes": spikes, "v": v}
        for name, table, weights, gradient in (
            ("recurrent", self._network.recurrent, self._weights[0], recurrent),
            ("inputs", self._network.inputs, self._weights[1], inputs),
        ):
            found |= synapses(name, table.target, table.source, weights, gradient)
        return found


# What makes our equations those of DPointNet.
SETTINGS = {"dynamics": "dpointnet", "dampening_factor": 0.3}


def losses(spikes, v, seq_len):
    """The losses of `dpointnet_config`, by their formulas."""
    rates = tf.reduce_sum(spikes, 1) / (seq_len / 1000.0)
    outside = tf.nn.relu(tf.abs(v - 0.5) - 0.5)
    of_rates = tf.reduce_mean(tf.square(TARGET_HZ - rates))
    return of_rates + VOLTAGE_COST * tf.reduce_mean(tf.square(outside))


def synapses(name, target, source, weights, gradient):
    """The columns of a table of synapses, by names of their own."""
    columns = {"target": target, "source": source, "weight": weights, "gradient": gradient}
    return {f"{name}_{column}": tf.convert_to_tensor(x) for column, x in columns.items()}


class DPointNet:
    """bmtk's trainer; arguments as of `Ours`."""

    def __init__(self, folder, batch, seq_len):
        from bmtk.simulator import dpointnet

        self._rnn = rnn = dpointnet.RNN.from_config(
            str(dpointnet_config(Path(folder), batch, seq_len))
        )
        rnn.build()
        self._engine = engine = rnn.training_engine
        with rnn.strategy.scope():
            rnn.extractor_model = rnn._build_extractor_model()
            engine.optimizer.build(rnn.model.trainable_variables)
        self._x = tf.constant(draw_input(rnn.get_input_network("lgn").n_nodes, batch, seq_len))
        self._state = engine.init_state.get_state(batch_size=batch)
        self._compared = tf.function(lambda: rnn.strategy.run(self._gradients))

    def _gradients(self):
        (parameter,) = self._engine.parameters
        with tf.GradientTape() as tape:
            spikes, v = self._rnn.run_extractor(self._x, self._state)[0]
            loss = tf.add_n(
                [loss(spikes=spikes, voltages=v) for loss in parameter.loss_functions.values()]
            )
        return loss, spikes, v, tape.gradient(loss, self._rnn.model.trainable_variables)

    def step(self):
        """One training step, as `TrainingEngine.train` takes it, without fetching its input."""
        values = self._engine._distributed_train_step([self._x], [[{}]], init_state=self._state)
        self._rnn.cell.refresh_recurrent_weight_shadow()
        return values["__total_loss"], values["evoked"]["__mean_rate"]

    def compare(self):
        """Arrays of a step."""
        loss, spikes, v, gradients = self._compared()
        cell, variables = self._rnn.cell, self._rnn.model.trainable_variables
        of_inputs = cell.inputs["lgn"]
        found = {"loss": loss, "spikes": spikes, "v": v}
        for name, indices, weights in (
            ("recurrent", cell.recurrent_indices, cell.recurrent_weight_values),
            ("inputs", of_inputs["input_indices"], of_inputs["input_weight_values"]),
        ):
            (place,) = (i for i, variable in enumerate(variables) if variable is weights)
            target, source = indices.numpy().T
            if name == "recurrent":
                source = source % self._rnn.recurrent_network["n_nodes"]
            found |= synapses(name, target, source, weights, gradients[place])
        return found


def take_steps(side, n):
    """Seconds and CPU seconds of each of some steps, their loss and mean rate, Hz."""
    seconds, cpu_s = [], []
    for _ in range(n):
        start, cpu = time.perf_counter(), time.process_time()
        loss, rate = (float(value) for value in side.step())
        seconds.append(time.perf_counter() - start)
        cpu_s.append(time.process_time() - cpu)
    return {"seconds": seconds, "cpu_s": cpu_s, "loss": loss, "rate_hz": 1000.0 * rate}


def main(which, folder, batch, seq_len):
    """Serves the commands."""
    # bmtk writes to the standard output: it is kept for the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    start = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        sizes = folder, int(batch), int(seq_len)
        side = DPointNet(*sizes) if which == "dpointnet" else Ours(*sizes, engine=which)

        def answer(content):
            answers.write(json.dumps(content) + "\n")
            answers.flush()

        answer({"built_s": time.perf_counter() - start})
        for line in sys.stdin:
            command, argument = line.split(maxsplit=1)
            if command == "compare":
                found = {name: np.asarray(x) for name, x in side.compare().items()}
                np.savez(argument.strip(), **found)
                answer({"peak_mb": common.peak_memory_mb()})
            else:
                answer(take_steps(side, int(argument)) | {"peak_mb": common.peak_memory_mb()})


if __name__ == "__main__":
    main(*sys.argv[1:])
