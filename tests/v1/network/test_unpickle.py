"""Pickles are read as data: everything plain is read, and nothing in them is ever run."""

import csv
import io
import os
import pickle

import numpy as np
import pytest
from published_folders import dump

from keras_v1_activity import v1
from keras_v1_activity.v1.network.unpickle import load_plain_data

PLAIN = {
    "text": "Zürich", "bytes": b"\x00\xff", "none": None, "flags": (True, False),
    "set": {1, 2}, "frozen": frozenset([3]), "big": 10**30, "complex": 1 + 2j,
    "list": [1, 2.5, [3]], "empty": b"", "array of bytes": bytearray(b"ab"),
    "arrays": [
        np.arange(6, dtype=np.int32).reshape(2, 3), np.asfortranarray(np.eye(3)[:, :2]),
        np.array([], np.float32), np.array(["e5", "i23Pvalb"]), np.array([True]),
        np.arange(3, dtype=">i8"), np.array(5.0), np.arange(10)[::2],
        np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2), np.arange(2000.0),
    ],
    "objects": np.array([np.arange(2), "x", None], dtype=object),
    "scalars": [np.float64(1.5), np.int16(3), np.bool_(True), np.str_("a")],
}  # fmt: skip


def assert_same(a, b):
    if isinstance(b, dict):
        assert list(a) == list(b)
        for key in b:
            assert_same(a[key], b[key])
    elif isinstance(b, (list, tuple)) or (isinstance(b, np.ndarray) and b.dtype == object):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    else:
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("core", [b"numpy.core", b"numpy._core"])
def test_plain_data_of_every_protocol(tmp_path, protocol, core):
    content = pickle.dumps(PLAIN, protocol=protocol)
    expected = pickle.loads(content)
    if protocol < 4:  # names are plain text there
        content = content.replace(b"numpy._core", b"numpy.core").replace(b"numpy.core", core)
    (tmp_path / "a.pkl").write_bytes(content)
    assert_same(load_plain_data(tmp_path / "a.pkl"), expected)


class Payload:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def malicious(mark):
    write = f"open({str(mark)!r}, 'w').close()"
    return {
        "posix.system|nt.system": Payload(os.system, f"echo > {mark}"),
        "builtins.exec": Payload(exec, write),
        "builtins.eval": Payload(eval, write),
        "builtins.open|_?io.open": Payload(open, str(mark), "w"),
        "builtins.getattr": Payload(getattr, "text", "upper"),
        "numpy.fromfile|numpy._core.multiarray.fromfile": Payload(np.fromfile, "/etc/hostname"),
        "numpy.save|numpy.lib.*save": Payload(np.save, str(mark), np.arange(3)),
        "builtins.__import__": Payload(__import__, "os"),
    }


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("wrap", ["alone", "in an object array", "in a list"])
def test_code_is_refused_by_name_and_not_run(copy, tmp_path, number, protocol, wrap):
    mark = tmp_path / "was_run"
    name, payload = list(malicious(mark).items())[number]
    if wrap == "in an object array":
        array = np.empty(1, object)
        array[0] = payload
        payload = {"nodes": array}
    elif wrap == "in a list":
        payload = {"edges": [1, [payload]]}
    dump(copy / "network_dat.pkl", payload, protocol)
    with pytest.raises(
        ValueError, match=rf"network_dat.pkl asks for (__builtin__.\w+|{name}), .*was not run"
    ):
        v1.load_network(copy)
    assert not list(tmp_path.glob("was_run*"))


def test_the_payloads_would_work(tmp_path):
    """Otherwise the test above proves nothing."""
    mark = tmp_path / "was_run"
    pickle.loads(pickle.dumps(malicious(mark)["builtins.exec"]))
    assert mark.exists()


def hand_written(*lines):
    return b"".join(lines) + b"."


@pytest.mark.parametrize(
    "content",
    [
        hand_written(b"cnumpy.f2py\ncompile\n"),
        hand_written(b"cnumpy\nload\n"),
        hand_written(b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.dump\x93"),
        hand_written(b"\x80\x04\x8c\x08builtins\x8c\x0bdict.update\x93"),
        hand_written(b"\x80\x04\x8c\x23keras_v1_activity.v1.network.folder\x8c\x02os\x93"),
        hand_written(b"cbuiltins\ngetattr\n(cnumpy\nndarray\nS'tofile'\ntR"),
        hand_written(b"(S'echo'\nios\nsystem\n"),
        hand_written(b"ccopyreg\n_reconstructor\n"),
        hand_written(b"Pan_identifier\n"),
    ],
)
def test_hand_written_pickles_are_refused(tmp_path, content):
    (tmp_path / "a.pkl").write_bytes(content)
    with pytest.raises(ValueError, match="a.pkl (asks for|is damaged)"):
        load_plain_data(tmp_path / "a.pkl")


def test_arrays_cannot_lie_about_holding_pointers(tmp_path):
    """A dtype state that hides object fields would let raw bytes pass for pointers."""
    structured = np.array([(1, "x")], dtype=[("a", "i4"), ("b", "O")])
    dump(tmp_path / "a.pkl", structured)
    with pytest.raises(ValueError, match="structured|'V"):
        load_plain_data(tmp_path / "a.pkl")
    # An object array whose state is bytes instead of a list.
    text = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        b"(I1\n(I1\ntcnumpy\ndtype\n(S'O8'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb"
        b"I00\nS'AAAAAAAA'\ntb."
    )
    (tmp_path / "a.pkl").write_bytes(text)
    with pytest.raises(ValueError, match="a.pkl"):
        load_plain_data(tmp_path / "a.pkl")


class State:
    """Pickles as an array with a state of one's own."""

    def __init__(self, *state):
        self.state = (1, *state)

    def __reduce__(self):
        return np.arange(1).__reduce__()[0], (np.ndarray, (0,), b"b"), self.state


@pytest.mark.parametrize(
    "state",
    [
        ((2,), np.dtype("O"), False, [1]),
        ((2,), np.dtype("f8"), False, b"12345678"),
        ((1,), np.dtype("f8"), False, b"12345678" * 2),
        ((1,), np.dtype("f8"), False, [1]),
        ((-1,), np.dtype("O"), False, [1]),
        ((2**40, 2**40), np.dtype("f8"), False, b""),
        ((10**9,), np.dtype("U0"), False, b""),
        ((1,), "O", False, [1]),
    ],
)
def test_arrays_are_as_long_as_their_shape(tmp_path, state):
    dump(tmp_path / "a.pkl", State(*state))
    with pytest.raises(ValueError, match="a.pkl asks for"):
        load_plain_data(tmp_path / "a.pkl")


def test_no_array_lies_over_the_memory_of_another(tmp_path):
    class View:
        def __init__(self, owner):
            self.owner = owner

        def __reduce__(self):
            frombuffer = np.arange(1).__reduce_ex__(5)[0]
            return frombuffer, (self.owner, np.dtype("u8"), (2,), "C")

    class Number(View):
        def __reduce__(self):
            return np.float64(1).__reduce__()[0], (np.dtype("u8"), self.owner)

    for kind in (View, Number):
        for owner in (np.array([1000001, "x"], object), np.arange(2)):
            dump(tmp_path / "a.pkl", [owner, kind(owner)])
            with pytest.raises(ValueError, match="the memory of other objects"):
                load_plain_data(tmp_path / "a.pkl")
    owner = bytearray(range(16))
    dump(tmp_path / "a.pkl", [owner, View(owner)], 5)
    owner, array = load_plain_data(tmp_path / "a.pkl")
    owner[:] = bytes(16)
    assert array.tobytes() == bytes(range(16))


@pytest.mark.parametrize("state", [b"}Vevil\nK\x01s", b"N}Vevil\nK\x01s\x86"])
def test_a_file_cannot_change_the_reader(tmp_path, state):
    for name in (b"numpy\ndtype", b"numpy\nndarray", b"builtins\nbytes", b"_codecs\nencode"):
        (tmp_path / "a.pkl").write_bytes(b"\x80\x02c" + name + b"\n" + state + b"b.")
        with pytest.raises(ValueError, match="asks for a change of the reader"):
            load_plain_data(tmp_path / "a.pkl")


@pytest.mark.parametrize("name", [b"bytes", b"bytearray"])
def test_a_short_file_cannot_ask_for_gigabytes(tmp_path, name):
    (tmp_path / "a.pkl").write_bytes(b"cbuiltins\n" + name + b"\n(I3000000000\ntR.")
    with pytest.raises(ValueError, match="bytes made of int"):
        load_plain_data(tmp_path / "a.pkl")


def test_reading_is_not_a_plain_load(tmp_path):
    """Sanity of the whole: a refused global stays refused when it comes late in the file."""
    buffer = io.BytesIO()
    pickle.dump([np.arange(1000), csv.reader], buffer)
    (tmp_path / "a.pkl").write_bytes(buffer.getvalue())
    with pytest.raises(ValueError, match="_csv.reader"):
        load_plain_data(tmp_path / "a.pkl")


@pytest.mark.parametrize(
    "content",
    [
        b"cmodule" + b"e" * 10**6 + b"\nname\n.",
        b"cnumpy\ndtype\n(S'" + b"f" * 10**6 + b"'\ntR.",
        b"I" + b"x" * 10**6 + b"\n.",
    ],
)
def test_a_message_does_not_repeat_a_megabyte(tmp_path, content):
    (tmp_path / "a.pkl").write_bytes(content)
    with pytest.raises(ValueError, match="a.pkl (asks for|is damaged)") as error:
        load_plain_data(tmp_path / "a.pkl")
    assert len(str(error.value)) < 600 and "\n" not in str(error.value)
