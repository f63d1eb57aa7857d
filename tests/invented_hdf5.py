"""HDF5 files made to be read badly."""

import h5py
import numpy as np
from invented_files import EVIL

HUGE = 2**63 - 1
ALL_ONES = np.full(300, 2**64 - 1, np.uint64)

# HDF5 files.


def _nodes(change):
    def make(path):
        with h5py.File(path, "w") as file:
            group = file.create_group("nodes/v1/0").parent
            for name in ("node_id", "node_type_id", "0/x", "0/y", "0/z"):
                group[name] = np.arange(30)
            change(group)

    return make


def _put(name, **options):
    def change(group):
        if name in group:
            del group[name]
        group.create_dataset(name, **options)

    return change


def many_parts(group):
    """HDF5 takes 3 kB for each part of an array that it reads, written or not."""
    _put("0/x", shape=(4_000_000,), dtype="u1", chunks=(1,))(group)


def packed_parts(group):
    """To look up each part by its number takes a time that grows with the square."""
    _put("0/x", shape=(3_000,), dtype="f4", chunks=(1,), compression="gzip")(group)
    group["0/x"][:] = 1.0


def widened(group):
    for name in ("node_id", "0/x", "0/y", "0/z"):
        _put(name, data=np.zeros(5_500_000, np.uint8), chunks=(500_000,), compression="gzip")(group)


def odd_float(group):
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(31, 20, 11, 0, 20)
    space = h5py.h5s.create_simple((30,))
    del group["0/x"]
    h5py.h5d.create(group["0"].id, b"x", kind, space)


def one_text_many_times(path):
    """30 references to one text of 3 MB."""
    with h5py.File(path, "w") as file:
        text = h5py.string_dtype()
        file.create_dataset(
            "layers/rsnn/names", chunks=(1,), data=["x" * 3_000_000], dtype=text, maxshape=(9,)
        )
        chunk = file["layers/rsnn/names"].id.read_direct_chunk((0,))[1]
        many = file.create_dataset("layers/rsnn/many", (30,), text, chunks=(30,))
        many.id.write_direct_chunk((0,), chunk[:16] * 30)


def _weights(fill):
    def make(path):
        with h5py.File(path, "w") as file:
            fill(file)

    return make


def cycle(file):
    group = file.create_group("a")
    for name in "bcd":
        group[name] = group


def ladder(file):
    """Each of 22 groups holds the next one twice."""
    group = file.create_group("a")
    for _ in range(22):
        lower = group.create_group("x")
        group["y"] = lower
        group = lower


def evil_names(file):
    file[f"layers/{EVIL}"] = np.zeros(3, np.float32)
    file["layers/" + "y" * 60_000] = np.zeros(3, np.float32)
    file["layers/rsnn/vars/0"] = np.zeros(3, np.float32)
    file["layers/rsnn/vars"].attrs["name"] = EVIL * 200


def other_kinds(file):
    file["a"] = np.zeros(3, np.dtype([("x", "f4"), ("y", "i4")]))


def vlen(file):
    file.create_dataset("a", (3,), h5py.vlen_dtype(np.int32))


def references(file):
    file["b"] = np.zeros(3)
    file.create_dataset("a", data=[file["b"].ref], dtype=h5py.ref_dtype)


def empty(file):
    file["layers/rsnn/vars/0"] = h5py.Empty("f4")


def opaque(file):
    file["layers/rsnn/vars/0"] = np.zeros(3, "V8")


def many_numbers(file):
    file.create_dataset("a", (2**62, 0), "f4", maxshape=(None, None), chunks=(1, 1))
    file.create_dataset("b", (0, 2**62), "f4", maxshape=(None, None), chunks=(1, 1))


def _exported(change):
    def make(path):
        from oracles import random_network

        from keras_v1_activity.v1.checkpoints.exporting import export_network

        export_network(random_network(n_synapses=300), path)
        with h5py.File(path, "r+") as file:
            change(file)

    return make


def _column(name, data):
    def change(file):
        del file[name]
        file[name] = data

    return change


def _attribute(name, value, place="/"):
    return lambda file: file[place].attrs.__setitem__(name, value)


def widened_columns(file):
    for name in ("sources", "targets", "weights", "receptor_types", "delays"):
        place = f"recurrent/{name}"
        del file[place]
        data = np.zeros(4_500_000, np.uint8)
        file.create_dataset(place, data=data, chunks=(500_000,), compression="gzip")


# Looks.


def _look(change):
    def make(path):
        from looks import make_look

        from keras_v1_activity.storage import codec

        path.write_bytes(codec.encode(make_look(1)))
        with h5py.File(path, "r+") as file:
            change(file)

    return make


def many_spikes(file):
    for name in ("timestamps", "node_ids"):
        place = f"spikes/v1/{name}"
        del file[place]
        data = np.zeros(11_000_000, np.uint8)
        file.create_dataset(place, data=data, chunks=(1_000_000,), compression="gzip")


def _group(place):
    """Puts an empty group in the place of an array."""

    def change(file):
        file.move(place, "moved")
        file.create_group(place)

    return change


INVENTED = {
    "many parts": ("nodes.h5", _nodes(many_parts)),
    "packed parts": ("nodes.h5", _nodes(packed_parts)),
    "bytes as positions": ("nodes.h5", _nodes(widened)),
    "an odd float": ("nodes.h5", _nodes(odd_float)),
    "no space": ("nodes.h5", _nodes(_put("0/x", data=h5py.Empty("f4")))),
    "complex positions": ("nodes.h5", _nodes(_put("0/x", data=np.zeros(30, complex)))),
    "booleans as positions": ("nodes.h5", _nodes(_put("0/x", data=np.zeros(30, bool)))),
    "ids of 2**64 - 1": ("nodes.h5", _nodes(_put("node_type_id", data=ALL_ONES[:30]))),
    "negative ids": ("nodes.h5", _nodes(_put("node_id", data=-np.arange(30)))),
    "NaN ids": ("nodes.h5", _nodes(_put("node_type_id", data=np.full(30, np.nan)))),
    "infinite positions": ("nodes.h5", _nodes(_put("0/z", data=np.full(30, -np.inf, ">f4")))),
    "positions of 32 axes": ("nodes.h5", _nodes(_put("0/z", data=np.zeros((1,) * 32)))),
    "one text many times": ("weights.h5", one_text_many_times),
    "groups in a circle": ("weights.h5", _weights(cycle)),
    "groups held twice": ("weights.h5", _weights(ladder)),
    "terminal codes as names": ("weights.h5", _weights(evil_names)),
    "records as weights": ("weights.h5", _weights(other_kinds)),
    "lists as weights": ("weights.h5", _weights(vlen)),
    "references": ("weights.h5", _weights(references)),
    "nothing as weights": ("weights.h5", _weights(empty)),
    "bytes of no kind": ("weights.h5", _weights(opaque)),
    "no numbers in huge shapes": ("weights.h5", _weights(many_numbers)),
    "bytes as columns": ("exported.h5", _exported(widened_columns)),
    "sources of 2**64 - 1": ("exported.h5", _exported(_column("recurrent/sources", ALL_ONES))),
    "NaN sources": ("exported.h5", _exported(_column("recurrent/sources", np.full(300, np.nan)))),
    "negative receptors": (
        "exported.h5",
        _exported(_column("input/receptor_types", np.full(500, -1, ">i2"))),
    ),
    "a group as sources": ("exported.h5", _exported(_group("recurrent/sources"))),
    "huge n_neurons": ("exported.h5", _exported(_attribute("n_neurons", HUGE))),
    "negative n_neurons": ("exported.h5", _exported(_attribute("n_neurons", -3))),
    "NaN n_neurons": ("exported.h5", _exported(_attribute("n_neurons", np.nan))),
    "text as n_neurons": ("exported.h5", _exported(_attribute("n_neurons", EVIL * 500))),
    "complex n_neurons": ("exported.h5", _exported(_attribute("n_neurons", 3j))),
    "an array as n_neurons": ("exported.h5", _exported(_attribute("n_neurons", np.arange(3)))),
    "terminal codes as unit": ("exported.h5", _exported(_attribute("weight_unit", EVIL * 500))),
    "terminal codes as task": ("exported.h5", _exported(_attribute("task", EVIL, "readout"))),
    "negative types for NEST": (
        "nest.h5",
        _exported(_column("neurons/node_type_ids", np.full(50, -1))),
    ),
    "NaN parameters for NEST": (
        "nest.h5",
        _exported(_column("neurons/glif3_params/g", np.full(4, np.nan))),
    ),
    "NaN positions for NEST": (
        "nest.h5",
        _exported(_column("neurons/positions_x", np.full(50, np.nan))),
    ),
    "a group for NEST": ("nest.h5", _exported(_group("neurons/node_type_ids"))),
    "numbers as names for NEST": (
        "nest.h5",
        _exported(_column("neurons/population_names", np.arange(50))),
    ),
    "huge channels for NEST": (
        "nest.h5",
        _exported(_column("input/channel_of_unit", np.full(40, 2**40))),
    ),
    "bytes as spikes": ("look.h5", _look(many_spikes)),
    "NaN times": ("look.h5", _look(_column("spikes/v1/timestamps", np.full(3, np.nan)))),
    "huge n_steps": ("look.h5", _look(_attribute("n_steps", HUGE))),
    "NaN dt": ("look.h5", _look(_attribute("dt", np.nan))),
    "tiny dt": ("look.h5", _look(_attribute("dt", 5e-324))),
    "huge label": ("look.h5", _look(_attribute("label", HUGE))),
    "terminal codes as source": ("look.h5", _look(_attribute("source", EVIL * 500))),
    "complex voltages": ("look.h5", _look(_column("voltages", np.zeros((200, 3), complex)))),
}
