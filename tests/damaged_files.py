"""Small valid files of every kind that is read, and ways to damage them at random."""

import json
import pickle
import random
import struct

import h5py
import numpy as np

EXTREMES = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1]
OPCODES = b"(.0123FGIJKLMNRTUVXZacdeghijlopqrstu}]\x80\x81\x85\x86\x87\x88\x8a\x8b\x8c\x8d\x8e\x8f"
OPCODES += b"\x90\x91\x92\x93\x94\x95\x96\x97\x98BCSPQ)b"


# The valid files.


def network_folder(folder):
    from published_folders import write_folder

    return write_folder(folder)


def _npz(path):
    images = np.random.default_rng(0).integers(0, 255, (3, 12, 9), np.uint8)
    np.savez_compressed(path, images=images, more=images[::-1] / 255)


def _mat(path):
    from scipy.io import savemat

    noise = np.random.default_rng(0).normal(size=(1, 300))
    savemat(path, {"other": np.eye(3), "additive_noise": noise}, do_compression=True)


def _mat_73(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        file["additive_noise"] = np.random.default_rng(0).normal(size=(300, 1))


def _nodes(path):
    with h5py.File(path, "w") as file:
        group = file.create_group("nodes/v1")
        for name in ("node_id", "node_type_id", "0/x", "0/y", "0/z"):
            group.create_dataset(
                name, data=np.arange(300), chunks=(100,), compression="gzip", shuffle=True
            )


def _look(path):
    from looks import make_look

    from keras_v1_activity.storage import codec

    path.write_bytes(codec.encode(make_look(1)))


def _exported(path):
    from oracles import random_network

    from keras_v1_activity.v1.checkpoints.exporting import export_network

    export_network(random_network(n_synapses=300), path)


def _weights(path):
    with h5py.File(path, "w") as file:
        for name in ("layers/rsnn/vars/0", "layers/input_layer/vars/0", "layers/readout/vars/0"):
            file[name] = np.random.default_rng(0).normal(size=200).astype(np.float32)
        file["layers/rsnn/vars"].attrs["name"] = "rsnn"


def _run_json(path):
    content = {"run_id": "0" * 32, "settings": {"dt": 1.0}, "counts": {"looks": 2}}
    path.write_text(json.dumps(content | {"steps": [1, 2], "resumed": ["today"]}, indent=1))


def make_valid_files(folder):
    """Writes one small valid file of each kind; kind -> its path."""
    network = network_folder(folder / "net")
    made = {
        "network.pkl": network / "network_dat.pkl",
        "input.pkl": network / "input_dat.pkl",
        "types.csv": network / "network/v1_node_types.csv",
    }
    makers = {
        "noise.mat": _mat, "noise73.mat": _mat_73, "nodes.h5": _nodes, "look.h5": _look,
        "exported.h5": _exported, "weights.h5": _weights, "images.npz": _npz,
        "run.json": _run_json,
        "images.npy": lambda path: np.save(path, np.random.default_rng(0).random((3, 9, 7))),
        "old.pkl": lambda path: path.write_bytes(
            pickle.dumps({"a": [np.arange(40.0), "x", 2**70], "b": (1, {2.5, 3})}, protocol=1)
        ),
    }  # fmt: skip
    for kind, make in makers.items():
        made[kind] = folder / kind
        make(made[kind])
    return made


# Damage.


def _extreme(data, rng):
    form, size = rng.choice([("B", 1), ("<H", 2), ("<I", 4), ("<Q", 8), (">I", 4), (">Q", 8)])
    place = rng.randrange(max(1, len(data) - size))
    value = rng.choice(EXTREMES) & (256**size - 1)
    return data[:place] + struct.pack(form, value) + data[place + size :]


def _flip(data, rng):
    damaged = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _cut(data, rng):
    return data[: rng.randrange(len(data))]


def _insert(data, rng):
    place = rng.randrange(len(data))
    return data[:place] + rng.randbytes(rng.choice([1, 2, 8, 64])) + data[place:]


def _repeat(data, rng):
    place, length = rng.randrange(len(data)), rng.choice([1, 4, 32, 256])
    times = rng.choice([2, 3, 50])
    return data[:place] + data[place : place + length] * times + data[place + length :]


def _remove(data, rng):
    place = rng.randrange(len(data))
    return data[:place] + data[place + rng.choice([1, 2, 4, 32, 256]) :]


def _opcodes(data, rng):
    place = rng.randrange(len(data))
    added = bytes(rng.choice(OPCODES) for _ in range(rng.choice([1, 2, 5, 20])))
    return data[:place] + added + data[place + rng.choice([0, len(added)]) :]


DAMAGE = (_flip, _extreme, _cut, _insert, _repeat, _remove)


def damaged(data, kind, number):
    """The bytes of a valid file, damaged in a way that `kind` and `number` determine."""
    rng = random.Random(f"{kind} {number}")
    ways = DAMAGE + (_opcodes, _opcodes) if kind.endswith(".pkl") else DAMAGE
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        data = rng.choice(ways)(data or b"\0", rng)
    return data
