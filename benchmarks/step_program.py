"""The training step as one program for XLA, to run it where there is a GPU but no TensorFlow.

    python benchmarks/step_program.py write program --neurons 10000 --strength 1.46 --every_synapse
    python benchmarks/step_program.py run program          # on the other machine: needs JAX alone

``write`` compiles loss and gradients of a training step of the V1 network, as `train_step.py` takes
it, runs it here, and writes the program as XLA gets it from TensorFlow, its inputs and what came
out. ``run`` hands the same program to the XLA of JAX, runs it on JAX's first device, and compares
spikes and gradients. So that is what a training on a GPU computes, without the optimizer and
without what TensorFlow does around its programs.

With ``--made_up``, the folder holds no tables of synapses, 570 MB at 51,978 neurons: ``run`` draws
random ones of the same shapes and ranges. A step over every synapse does the same work on them,
somewhat slower, as nothing lies in order; its results mean nothing and are not compared. With
``--look``, the step also takes what the callback takes in a logged step.
"""

import json
import os
import time
from pathlib import Path

import common
import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

N_STEPS, ROUNDS = 600, 5
# Smaller inputs are written as they are, also where the large ones are made up.
_SMALL = 60_000
_RESULTS = ("loss", "spikes", "input_gradient", "recurrent_gradient")


def write(options):
    """Compiles the step, runs it, and writes all that `run` needs."""
    import tensorflow as tf
    from train_case import Case

    network = common.synthetic_network(options.neurons)
    way = "all" if options.every_synapse else None
    case = Case(network, N_STEPS, options.batch, options.strength, way)
    look = _look(network) if options.look else lambda *_: ()

    @tf.function(jit_compile=True, autograph=False)
    def step(*weights):
        loss, spikes, v, *gradients = case.loss_and_gradients(*weights)
        return (loss, spikes, *gradients, *look(spikes, v))

    weights = [tf.constant(weight.numpy()) for weight in case.weights]
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    program = step.experimental_get_compiler_ir(*weights)(stage="hlo_serialized")
    (folder / "step.hlo").write_bytes(program)
    captured = step.get_concrete_function(*weights).captured_inputs
    _write_inputs(folder, [value.numpy() for value in (*weights, *captured)], options.made_up)
    if not options.made_up:
        results = [value.numpy() for value in step(*weights)]
        print(
            f"here: {_timed(lambda: step(*weights)[0].numpy())}, {1000 * results[1].mean():.2f} Hz"
        )
        named = dict(zip(_RESULTS, results, strict=False))
        named["spikes"] = named["spikes"].astype(bool)
        np.savez_compressed(folder / "results.npz", **named)
    print(f"written to {folder}")


def _look(network):
    """A function of spikes and potentials that takes from them what a logged step takes."""
    from keras_v1_activity.capture.reduce import reduce_layer
    from keras_v1_activity.capture.selection import Selection
    from keras_v1_activity.plan import RecordPlan

    selection = Selection.of(RecordPlan(), network.neurons)

    def look(spikes, v):
        taken = reduce_layer(spikes, v, selection)
        return [taken[name] for name in sorted(taken)]

    return look


def _write_inputs(folder, inputs, made_up):
    small = {str(k): x for k, x in enumerate(inputs) if x.size <= _SMALL or not made_up}
    np.savez_compressed(folder / "inputs.npz", **small)
    ranges = [
        {"shape": x.shape, "type": str(x.dtype), "range": [float(x.min()), float(x.max())]}
        for x in inputs
    ]
    (folder / "ranges.json").write_text(json.dumps(ranges) + "\n")


def _read_inputs(folder):
    """The inputs in their order; those that were not written are drawn at random."""
    rng, inputs = np.random.default_rng(0), []
    with np.load(folder / "inputs.npz") as written:
        for k, entry in enumerate(json.loads((folder / "ranges.json").read_text())):
            if str(k) in written:
                inputs.append(written[str(k)])
                continue
            low, high = entry["range"]
            if entry["type"] == "int32":
                inputs.append(rng.integers(low, high + 1, entry["shape"], np.int32))
            else:
                inputs.append(rng.uniform(low, high, entry["shape"]).astype(entry["type"]))
    return inputs


def run(options):
    """Runs a written step on JAX's first device and compares."""
    import jax

    folder, device = Path(options.folder), jax.devices()[0]
    program, compile_s = _compiled((folder / "step.hlo").read_bytes(), device)
    inputs = [jax.device_put(x, device) for x in _read_inputs(folder)]

    def step():
        results = program.execute_sharded(inputs).disassemble_into_single_device_arrays()
        return jax.block_until_ready([result[0] for result in results])

    results = [np.asarray(x) for x in step()]
    print(f"{device.device_kind}: {_timed(step)}, compiled in {compile_s:.1f} s")
    stats = device.memory_stats()
    if stats:
        print(f"most memory in use: {stats['peak_bytes_in_use'] / 1e6:,.0f} MB")
    if (folder / "results.npz").exists():
        _compare(results, np.load(folder / "results.npz"))
        again = [np.asarray(x) for x in step()]
        same = all(np.array_equal(a, b) for a, b in zip(results, again, strict=True))
        print("a second run gives the same" if same else "a second run gives other last bits")


def _compiled(program, device):
    """An executable of JAX's XLA, and how long compiling took. JAX 0.11 was tried."""
    from jax._src.lib import xla_client

    module = xla_client._xla.mlir.xla_computation_to_mlir_module(xla_client.XlaComputation(program))
    devices, options = xla_client.DeviceList((device,)), xla_client.CompileOptions()
    start = time.perf_counter()
    executable = device.client.compile_and_load(module, devices, options)
    return executable, time.perf_counter() - start


def _compare(results, expected):
    found = dict(zip(_RESULTS, results, strict=False))
    differ = int(((found["spikes"] > 0) != expected["spikes"]).sum())
    print(f"spikes: {int(expected['spikes'].sum()):,}, {differ} differ")
    for name in _RESULTS[2:]:
        deviation = np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max()
        print(f"{name}: differs by {deviation:.1e} of its largest element")
    packed = np.packbits(expected["spikes"][0])
    for result in results[len(_RESULTS) :]:
        if result.dtype == np.uint8:
            print(f"bits of the look: {int((result != packed).sum())} bytes differ")


def _timed(step):
    """Seconds of a step that has run before, as text."""
    seconds = common.paired({"step": step}, ROUNDS, warm=True)["step"]
    return f"{np.median(seconds):.4f} s a step ({common.spread(seconds, 4)})"


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    parser.add_argument("command", choices=("write", "run"))
    add = parser.add_argument
    add("folder")
    add("--neurons", type=int, default=2000)
    add("--batch", type=int, default=1)
    add("--strength", type=float, default=1.26, help="of the input")
    add("--every_synapse", action="store_true", help="as with a GPU, instead of following spikes")
    add("--made_up", action="store_true", help="no inputs and no results but their ranges")
    add("--look", action="store_true", help="also take what a logged step takes")
    options = parser.parse_args()
    if options.made_up and not options.every_synapse:
        parser.error("--made_up needs --every_synapse: spikes are followed along the true tables.")
    {"write": write, "run": run}[options.command](options)


if __name__ == "__main__":
    main()
