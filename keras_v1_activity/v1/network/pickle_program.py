"""What each instruction of a pickle does, and what it costs.

They are those of protocols 0 to 5, as the module pickletools of Python documents them. The machine
of the standard library serves any index of its memo and any length, so that 8 bytes take gigabytes
there; here everything is counted before it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

from keras_v1_activity.v1.network import pickle_opcodes as opcodes
from keras_v1_activity.v1.network import pickle_values as values
from keras_v1_activity.v1.network.pickle_machine import CONTAINER, PLACE, SET, Damaged, Machine
from keras_v1_activity.v1.network.pickle_stands import RefusedName

_Handle: TypeAlias = Callable[[Machine], None]


def run(machine: Machine) -> Any:
    """The object that a pickle describes.

    Args:
        machine: at the beginning of the pickle.

    Raises:
        RefusedName: the pickle asks for anything but plain data.
        TooLarge: it would take more memory than its size allows.
        Damaged: it is no pickle, or ends early.

    Example:
        >>> import io, pickle
        >>> run(Machine(io.BytesIO(pickle.dumps({"k": (1, 2.5)})), 100))
        {'k': (1, 2.5)}
    """
    read, allowance = machine.file.read, machine.allowance
    while True:
        opcode = read(1)
        if opcode == b".":
            return machine.pop()
        try:
            cost, handle = _OPCODES[opcode]
        except KeyError:
            _refuse(opcode)
        allowance.left -= cost
        if allowance.left < 0:
            allowance.take(0)
        handle(machine)


def _refuse(opcode: bytes) -> NoReturn:
    if not opcode:
        raise Damaged("it ends early")
    if opcode in _REFUSED:
        raise RefusedName(_REFUSED[opcode])
    raise Damaged(f"there is no instruction {opcode!r}")


def _of(handle: Callable[..., None], *arguments: Any) -> _Handle:
    return lambda machine: handle(machine, *arguments)


_REFUSED: Final = {
    **dict.fromkeys((b"P", b"Q"), "an object that is kept outside of it"),
    **dict.fromkeys((b"\x82", b"\x83", b"\x84"), "a registered extension"),
    **dict.fromkeys((b"o", b"\x81", b"\x92"), "an object of a class"),
    **dict.fromkeys((b"\x97", b"\x98"), "a buffer that is kept outside of it"),
}

_INT = PLACE + 32
# Opcode -> (bytes of memory that it takes, what it does). Lengths and indices are little-endian.
_OPCODES: Final[dict[bytes, tuple[int, _Handle]]] = {
    b"\x80": (0, opcodes.protocol), b"\x95": (0, opcodes.frame),
    b"(": (_INT, opcodes.mark), b"0": (0, opcodes.drop), b"1": (0, opcodes.pop_mark),
    b"2": (PLACE, opcodes.dup),
    b"N": (PLACE, _of(opcodes.push, None)),
    b"\x88": (PLACE, _of(opcodes.push, True)), b"\x89": (PLACE, _of(opcodes.push, False)),
    b"I": (_INT, values.whole_number_in_text), b"L": (_INT, values.whole_number_in_text),
    b"F": (_INT, values.real_number_in_text), b"G": (_INT, _of(values.fixed_number, ">d", 8)),
    b"K": (PLACE, _of(values.fixed_number, "<B", 1)),
    b"M": (_INT, _of(values.fixed_number, "<H", 2)),
    b"J": (_INT, _of(values.fixed_number, "<i", 4)),
    b"\x8a": (_INT, _of(values.long_number, "<B", 1)),
    b"\x8b": (_INT, _of(values.long_number, "<i", 4)),
    b"S": (PLACE, _of(values.line_of_text, "ascii")),
    b"V": (PLACE, _of(values.line_of_text, "raw-unicode-escape")),
    b"T": (PLACE, _of(values.text, "<i", 4, "ascii")),
    b"U": (PLACE, _of(values.text, "<B", 1, "ascii")),
    b"X": (PLACE, _of(values.text, "<I", 4, "utf-8")),
    b"\x8c": (PLACE, _of(values.text, "<B", 1, "utf-8")),
    b"\x8d": (PLACE, _of(values.text, "<Q", 8, "utf-8")),
    b"B": (PLACE, _of(values.text, "<I", 4, "bytes")),
    b"C": (PLACE, _of(values.text, "<B", 1, "bytes")),
    b"\x8e": (PLACE, _of(values.text, "<Q", 8, "bytes")),
    b"\x96": (PLACE, _of(values.text, "<Q", 8, "bytearray")),
    b"]": (PLACE + CONTAINER, _of(opcodes.container, list)),
    b"}": (PLACE + CONTAINER, _of(opcodes.container, dict)),
    b"\x8f": (PLACE + SET, _of(opcodes.container, set)),
    b")": (PLACE, _of(opcodes.push, ())),
    b"l": (PLACE + CONTAINER, _of(opcodes.marked, list)),
    b"t": (PLACE + CONTAINER, _of(opcodes.marked, tuple)),
    b"d": (PLACE + CONTAINER, _of(opcodes.marked, dict)),
    b"\x91": (PLACE + SET, _of(opcodes.marked, frozenset)),
    b"\x85": (CONTAINER, _of(opcodes.short_tuple, 1)),
    b"\x86": (CONTAINER, _of(opcodes.short_tuple, 2)),
    b"\x87": (CONTAINER, _of(opcodes.short_tuple, 3)),
    b"a": (0, opcodes.append), b"e": (0, opcodes.appends), b"s": (0, opcodes.set_item),
    b"u": (0, opcodes.set_items), b"\x90": (0, opcodes.add_items),
    b"g": (PLACE, _of(opcodes.get, "", 0)), b"h": (PLACE, _of(opcodes.get, "<B", 1)),
    b"j": (PLACE, _of(opcodes.get, "<I", 4)), b"p": (PLACE, _of(opcodes.put, "", 0)),
    b"q": (PLACE, _of(opcodes.put, "<B", 1)), b"r": (PLACE, _of(opcodes.put, "<I", 4)),
    b"\x94": (PLACE, opcodes.memoize),
    b"c": (PLACE, opcodes.named), b"\x93": (PLACE, opcodes.named_on_stack),
    b"R": (PLACE, opcodes.called), b"i": (0, opcodes.instance), b"b": (0, opcodes.built),
}  # fmt: skip
