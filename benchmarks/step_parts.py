"""The parts of a training step: what each takes, on the CPU or the GPU of this machine.

    python benchmarks/step_parts.py --neurons 2000 10000 --batch 1 4
    python benchmarks/step_parts.py --neurons 51978 --batch 1 --rounds 2 --out step_parts.json
    python benchmarks/step_parts.py --neurons 10000 --batch 16 --way all compacted

Input layer and recurrent network, forward and back, losses, optimizer, and all of them together as
`train_step.py` takes a step. What goes back is a run forward and back less the run forward of the
same round. Of the recurrent network, the three sums over the synapses are also run on their own, as
often as a step does, on the spikes of this network: what arrives, what is asked of the spikes, and
what the weights are owed. The rest of it are the neurons' equations.

`launches` is the recurrent network both ways with 200 neurons: what does not depend on the work.
`cores` is CPU time of this process over time passed.
"""

import time

import common
import keras
import numpy as np
import tensorflow as tf
from train_case import Case

from keras_v1_activity.v1.engine.blocks import heard, heard_long

TINY = 200


class Parts:
    """Functions that run one part each, and wait for its end.

    Args:
        case: `Case`.
    """

    def __init__(self, case):
        inputs, rsnn = case.layers
        weights, recurrent = (w.value for w in case.weights)
        currents = case.currents()
        spikes, v = case.run(currents)
        upstream = tf.random.stateless_normal(currents.shape, (0, 1))
        toward = [tf.random.stateless_normal(spikes.shape, (0, seed)) for seed in (2, 3)]

        def input_back():
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(inputs(case.x) * upstream)
            return tape.gradient(loss, weights)

        def network_back():
            with tf.GradientTape() as tape:
                tape.watch(currents)
                run = zip(case.run(currents), toward, strict=True)
                loss = sum(tf.reduce_sum(a * b) for a, b in run)
            return tape.gradient(loss, [recurrent, currents])

        def losses():
            with tf.GradientTape() as tape:
                tape.watch([spikes, v])
                loss = case.loss(spikes, v)
            return tape.gradient(loss, [spikes, v])

        optimizer = keras.optimizers.Adam(0.0, epsilon=1e-11)
        optimizer.build(case.weights)
        due = [tf.zeros_like(w) for w in (weights, recurrent)]

        def update():
            optimizer.apply_gradients(zip(due, case.weights, strict=True))
            return optimizer.iterations.value

        self.network_back = _waiting(network_back)
        runs = {
            "input": lambda: inputs(case.x),
            "input, both ways": input_back,
            "network": lambda: case.run(currents),
            "losses": losses,
            "optimizer": update,
            "step": lambda: case.step()[0],
        }
        self.runs = {name: _waiting(run) for name, run in runs.items()}
        self.runs["network, both ways"] = self.network_back
        self.runs |= _sums(rsnn, recurrent, spikes)


def _sums(rsnn, weights, spikes):
    """The three sums alone, over all blocks of the run."""
    sequence, (batch, n_steps, n) = rsnn._sequence, spikes.shape
    sums, length, depth = sequence.sums, sequence.block_length, rsnn.cell.max_delay
    history = tf.pad(tf.transpose(spikes, (1, 2, 0)), [[depth + length, 0], [0, 0], [0, 0]])
    arriving = tf.random.stateless_normal((sums.n_rows, length * batch), (0, 4))

    def loop(total, body, number=n_steps // length):
        """`body(what came before, what was sent)` for each block, or for fewer, longer pieces."""
        steps = n_steps // length // number * length

        def block(k, total):
            window = tf.slice(history, (k * steps, 0, 0), (depth + steps - 1, n, batch))
            window = tf.reverse(window, [0])
            sent = heard(window, length) if steps == length else heard_long(window, depth)
            return k + 1, body(total, sent)

        loop_of = tf.while_loop(
            lambda k, _: k < number, block, (0, total), maximum_iterations=number
        )
        return loop_of[1]

    def forward():
        arranged = sums.arrange(weights)
        return loop(tf.zeros_like(arriving), lambda _, sent: sums.currents(arranged, sent))

    def back():
        arranged = sums.arrange_back(weights)
        # What is asked changes what comes next, so that no block can be left out.
        return loop(arriving, lambda x, _: x + tf.reduce_mean(sums.pull(arranged, x)))

    def owed():
        due, number = arriving, n_steps // length
        if sums.most_columns is not None:
            number = -(-number // max(1, sums.most_columns // (length * batch)))
            due = tf.tile(arriving, (1, n_steps // length // number))
        return loop(sums.no_gradient(), lambda total, sent: sums.collect(total, sent, due), number)

    runs = {"sums forward": forward, "sums back": back, "sums for the weights": owed}
    return {name: _waiting(run, jit_compile=True) for name, run in runs.items()}


def _waiting(run, **options):
    """A compiled function that returns when the device is done."""

    @tf.function(autograph=False, **options)
    def compiled():
        results = tf.nest.flatten(run())
        # Of each a number: to fetch all would be a part of its own.
        return results, [tf.reshape(x, (-1,))[0] for x in results if x is not None]

    def wait():
        return [float(x) for x in compiled()[1]]

    return wait


def measure(case, rounds):
    """Dict of part -> (seconds of each round, CPU seconds of each round)."""
    runs = Parts(case).runs
    taken = {name: [] for name in runs}
    for k in range(rounds + 1):
        for name, run in runs.items():
            start, cpu = time.perf_counter(), time.process_time()
            run()
            if k:  # the first compiles
                taken[name].append((time.perf_counter() - start, time.process_time() - cpu))
    return {name: np.array(values) for name, values in taken.items()}


def rows_of(taken, head):
    """Rows of the table: each part, with what goes back told apart."""
    apart = {}
    for name, values in taken.items():
        if name.endswith(", both ways"):
            forward = name.removesuffix(", both ways")
            apart[f"{forward} forward"] = taken[forward]
            apart[f"{forward} back"] = values - taken[forward]
        elif f"{name}, both ways" not in taken:
            apart[name] = values
    whole = np.median(taken["step"][:, 0])
    return [
        head
        | {
            "part": name,
            "ms": round(1000 * float(np.median(values[:, 0])), 2),
            "share": f"{np.median(values[:, 0]) / whole:.0%}",
            "cores": round(float(np.median(values[:, 1] / values[:, 0])), 1),
        }
        for name, values in apart.items()
    ]


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000])
    add("--batch", type=int, nargs="+", default=[1])
    add("--way", nargs="+", default=[None], help="of the sums over synapses, see synaptic_sums")
    add("--strength", type=float, default=1.46, help="of the input")
    add("--time", type=int, default=600, help="time steps of 1 ms")
    add("--rounds", type=int, default=3)
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    print(f"on {common.device()}")
    rows = []
    for neurons in options.neurons:
        for batch in options.batch:
            for way in options.way:
                sizes = options.time, batch, options.strength, way
                case = Case(common.synthetic_network(neurons), *sizes)
                head = {"neurons": neurons, "batch": batch, "way": way or "as usual"}
                head["rate_hz"] = round(case.rate(), 1)
                rows += rows_of(measure(case, options.rounds), head)
                tiny = _time_tiny(sizes, options.rounds)
                rows.append(head | {"part": "launches", "ms": tiny, "share": "", "cores": ""})
    common.report("parts of a training step", rows, options.out)


def _time_tiny(sizes, rounds):
    """Milliseconds, both ways, of a network so small that its work costs nothing."""
    run = Parts(Case(common.synthetic_network(TINY), *sizes)).network_back
    seconds = common.paired({"network": run}, rounds)["network"]
    return round(1000 * float(np.median(seconds)), 2)


if __name__ == "__main__":
    main()
