"""A program that trains one network of bmtk in each approach, and notes what should be recorded.

    python dpointnet_program.py FOLDER

bmtk allows one network a process, so this is run in one of its own. The example builds the network
and trains it in "series"; then the same network is trained in the other approaches. Before each
step the network's own inference runs with the same weights, inputs and initial state: what that
gives is written to FOLDER/APPROACH.npz, with the weights and Adam's mean of their gradients.
"""

import gc
import importlib.util
import logging
import sys
from pathlib import Path

import numpy as np
from places import EXAMPLES

STEPS, EPOCHS, BATCH = 2, 2, 2


def load_example():
    spec = importlib.util.spec_from_file_location("example", EXAMPLES / "dpointnet_training.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def begin_with_a_wrong_parameter(rnn, callbacks_class, folder):
    """Writes what is said of it."""
    said = logging.FileHandler(folder / "said.txt")
    logging.getLogger("keras_v1_activity").addHandler(said)
    del rnn.training_engine.v1_activity_run
    wrong = callbacks_class(
        rnn, folder / "wrong", parameter="dreaming", verbose="quiet", callbacks_dir=folder / "wrong"
    )
    wrong.on_train_begin()
    wrong.on_step_start()
    wrong.on_step_end({"__total_loss": 1.0})
    wrong.on_train_end()


class Inference:
    """Notes, before each step, what inference gives for its inputs.

    Args:
        rnn: the network.
    """

    def __init__(self, rnn):
        import tensorflow as tf

        self.rnn = rnn
        self.noted = {}
        self.learning = {}
        # It is slow if it is not compiled.
        self.run = tf.function(lambda x, state: rnn.run_extractor(x, state)[0])

    def watch(self, iterator_class):
        fetch = iterator_class.next_spikes

        def fetch_and_infer(iterator):
            inputs, labels = fetch(iterator)
            engine = self.rnn.training_engine
            state = engine.init_state.get_state(batch_size=BATCH)
            of_step = [(x, *self.run(x, state)) for x in inputs]
            steps = self.noted.setdefault(engine.training_approach, [])
            steps.append([[array.numpy() for array in one] for one in of_step])
            self.learning.setdefault(engine.training_approach, []).append(self._learnt(engine))
            return inputs, labels

        iterator_class.next_spikes = fetch_and_infer

    def _learnt(self, engine):
        """The recurrent weights, the only ones trained, and Adam's mean of their gradients."""
        (trained,) = self.rnn.model.trainable_variables
        # Adam's second variable of this shape is the mean of the squares.
        mean = [value for value in engine.optimizer.variables if value.shape == trained.shape][0]
        return [np.array(value) for value in (trained, mean)]

    def write(self, folder):
        """Writes arrays (step, parameter, batch, time, ...) for each approach.

        ``weights`` and ``mean_gradients`` are (step, synapse), ``ends`` (synapse, 2) its target and
        source.
        """
        target, source = self.rnn.cell.recurrent_indices.numpy().T
        ends = np.stack([target, source % self.rnn.recurrent_network["n_nodes"]], 1)
        names = ("inputs", "spikes", "potentials")
        for approach, steps in self.noted.items():
            columns = zip(*[zip(*step, strict=True) for step in steps], strict=True)
            arrays = dict(zip(names, map(np.array, columns), strict=True))
            weights, means = map(np.array, zip(*self.learning[approach], strict=True))
            learnt = {"ends": ends, "weights": weights, "mean_gradients": means}
            np.savez(folder / f"{approach}.npz", **arrays, **learnt)


def train_again(rnn, callbacks_class, folder, approach, settings):
    """Trains the same network by another approach, in an engine of its own."""
    from bmtk.simulator.dpointnet.training import TrainingEngine

    first = rnn.training_engine
    engine = TrainingEngine(
        rnn, EPOCHS, STEPS, approach, gradient_checkpointing=approach == "series_accumulate"
    )
    rnn.set_training(engine)
    engine.set_optimizer(first.optimizer)
    engine.set_init_state(first.init_state)
    for given in first.parameters[: 1 if approach == "single" else 2]:
        made = engine.add_parameters(given.name, given.batch_size, given.seq_len)
        for module in given.input_generators:
            made.add_inputs_generator(module.name, module)
        for name, loss in given.loss_functions.items():
            made.add_loss_function(name, loss)
    callbacks = callbacks_class(
        rnn, folder / approach, 2, figures=(), verbose="quiet",
        callbacks_dir=folder / f"{approach}_tables", **settings,
    )  # fmt: skip
    engine.set_callbacks(callbacks)
    rnn.train()
    rnn.set_training(first)
    return engine


def main(folder):
    example = load_example()
    from bmtk.simulator.dpointnet import RNN
    from bmtk.simulator.dpointnet.data_iterator import DataIterator

    from keras_v1_activity.integrations.dpointnet import V1ActivityCallbacks

    found = []
    train = RNN.train

    def train_beside_inference(rnn):
        if not found:
            found.append(Inference(rnn))
            found[0].watch(DataIterator)
        train(rnn)

    RNN.train = train_beside_inference
    rnn = example.main(
        ["--neurons=300", f"--epochs={EPOCHS}", f"--steps={STEPS}", f"--batch_size={BATCH}",
         "--seq_len=60", "--log_every=2", "--approach=series", f"--out={folder / 'series'}"]
    )  # fmt: skip
    second = {"parameter": "spontaneous", "sample_index": 1}
    train_again(rnn, V1ActivityCallbacks, folder, "single", {"report": True})
    train_again(rnn, V1ActivityCallbacks, folder, "series_accumulate", second)
    engine = train_again(rnn, V1ActivityCallbacks, folder, "parallel", second)
    # The compiled step is used again.
    rnn.set_training(engine)
    rnn.train()
    found[0].write(folder)
    begin_with_a_wrong_parameter(rnn, V1ActivityCallbacks, folder)


if __name__ == "__main__":
    # In so short a program, looking for garbage among a graph's many objects is not worth it.
    gc.disable()
    main(Path(sys.argv[1]))
