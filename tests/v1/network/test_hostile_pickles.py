"""Small pickles that ask for much: each is refused with one sentence, at once."""

import os
import pickle
import struct
import threading
import time
import tracemalloc

import numpy as np
import pytest

from keras_v1_activity.v1.network.unpickle import load_plain_data

MEMO = b"K\x01r" + struct.pack("<I", 2**27) + b"."
NESTED = b"2\x86"  # a pair of the topmost value and itself
ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR"
BUFFER = b"B" + struct.pack("<I", 10**6) + bytes(10**6) + b"q\x00"
FROM_BUFFER = b"cnumpy.core.numeric\n_frombuffer\n(h\x00cnumpy\ndtype\n(X\x02\x00\x00\x00u1tR"
HOSTILE = {
    "memo": MEMO,
    "memo in text": b"K\x01p134217728\n.",
    "hash": b"}K\x01" + NESTED * 40 + b"K\x01s.",
    "hash in a set": b"\x8f(K\x01" + NESTED * 40 + b"\x90.",
    "hash in a frozenset": b"(K\x01" + NESTED * 40 + b"\x91.",
    "hash in a call": b"cbuiltins\nset\n(](K\x01" + NESTED * 40 + b"etR.",
    "hash by the memo": b"}K\x01q\x00" + b"0h\x00h\x00\x86q\x00" * 40 + b"K\x01s.",
    "extent": b"K\x01" + NESTED * 25 + b".",
    "extent by lists": b"]q\x00(K\x01K\x02e" + b"".join(
        b"]q" + bytes([n]) + b"(" + b"h" + bytes([n - 1]) + b"h" + bytes([n - 1]) + b"e"
        for n in range(1, 25)
    ) + b".",
    "list in itself": b"]q\x00(h\x00h\x00e.",
    "repr": b"c_codecs\nencode\n(S'x'\nK\x01" + NESTED * 28 + b"tR.",
    "repr of a type": b"cnumpy\ndtype\n(K\x01" + NESTED * 28 + b"tR.",
    "escape": b"c\x1b]0;owned\x07\nx\n.",
    "frame": b"\x80\x04\x95" + struct.pack("<Q", 2**40) + b"N.",
    "bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b"ab.",
    "bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**33) + b"ab.",
    "text": b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"ab.",
    "number": b"\x8b" + struct.pack("<i", 10**6) + b"\x01" * 10**6 + b".",
    "number in text": b"I" + b"9" * 10**6 + b"\n.",
    "equal hashes": b"}(" + b"".join(
        b"\x8a\x0a" + (n * (2**61 - 1)).to_bytes(10, "little") + b"N" for n in range(1, 20_000)
    ) + b"u.",
    "marks": b"(" * 10**6 + b"t" * 10**6 + b".",
    "nested lists": b"]" * 1000 + b"a" * 999 + b".",
    "empty lists": b"(" + b"]" * 3_000_000 + b"l.",
    "empty dicts remembered": b"(" + b"}\x94" * 2_000_000 + b"l.",
    "one buffer many times": BUFFER + b"(" + (FROM_BUFFER + b"(J@B\x0f\x00tX\x01\x00\x00\x00CtR")
    * 2000 + b"l.",
    "one list many times": b"](" + b"N" * 1000 + b"e" + b"q\x000"
    + b"(" + b"cbuiltins\nlist\n(h\x00tR" * 20_000 + b"l.",
    "list of bytes": BUFFER + b"cbuiltins\nlist\n(h\x00tR.",
    "array without an end": ARRAY + b"(K\x01(J\x00\x00\x00\x7ftcnumpy\ndtype\n(X\x02\x00\x00\x00f8t"
    b"R\x89C\x00tb.",
    "extension": b"\x82\x01.",
    "not begun": b"e.",
    "below a mark": b"K\x01(.",
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_one_sentence_soon_and_with_little_memory(tmp_path, name):
    (tmp_path / "a.pkl").write_bytes(HOSTILE[name])
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(ValueError, match="a.pkl (asks for|is damaged|was not read)") as error:
        load_plain_data(tmp_path / "a.pkl")
    seconds, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64e6 + 10 * len(HOSTILE[name])
    assert seconds < 20  # counting memory slows it down tenfold
    text = str(error.value)
    assert text.isprintable() and len(text) < 300 + len(str(tmp_path)) + 200
    assert "MemoryError" not in text


def test_the_first_of_them_take_a_plain_load_gigabytes_or_no_end():
    """Otherwise the tests above prove nothing."""
    tracemalloc.start()
    pickle.loads(b"K\x01r" + struct.pack("<I", 2**22) + b".")
    assert tracemalloc.get_traced_memory()[1] > 2**22 * 8
    tracemalloc.stop()
    began = time.perf_counter()
    pickle.loads(b"}K\x01" + NESTED * 20 + b"K\x01s.")
    once = time.perf_counter() - began
    began = time.perf_counter()
    pickle.loads(b"}K\x01" + NESTED * 23 + b"K\x01s.")
    assert time.perf_counter() - began > 3 * once


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.pkl")
    ended = threading.Event()

    def read():
        with pytest.raises(OSError, match="no regular file"):
            load_plain_data(tmp_path / "a.pkl")
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    assert ended.wait(5)


def test_ordinary_large_data_pass(tmp_path):
    shared = [0.1, 0.2]
    data = {
        "groups": [
            {"source": np.arange(50), "target": np.arange(50), "params": {"k": shared, "d": 1.5}}
            for _ in range(3000)
        ],
        "numbers": list(range(100_000)),
        "floats": [n / 7 for n in range(100_000)],
        "names": [f"type {n}" for n in range(5000)],
        "table": np.zeros((2000, 1000)),
    }
    for protocol in range(6):
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(data, protocol))
        read = load_plain_data(tmp_path / "a.pkl")
        assert read["floats"] == data["floats"] and read["names"] == data["names"]
        assert read["numbers"] == data["numbers"] and read["groups"][7]["params"]["k"] == shared
        np.testing.assert_array_equal(read["table"], data["table"])
