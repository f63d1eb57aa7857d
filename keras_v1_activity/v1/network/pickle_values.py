"""The instructions of a pickle that make numbers, text and bytes."""

from __future__ import annotations

import codecs
import sys
from struct import unpack
from typing import Any, Final

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.pickle_machine import Damaged, Machine
from keras_v1_activity.v1.network.pickle_stands import RefusedName

_MOST_DIGITS: Final = 2000
_MOST_INT_BYTES: Final = 800


def fixed_number(machine: Machine, form: str, size: int) -> None:
    """A number of fixed size."""
    data = machine.file.read(size)
    if len(data) < size:
        raise Damaged("it ends early")
    machine.stack.append(unpack(form, data)[0])


def whole_number_in_text(machine: Machine) -> None:
    """A whole number, True or False in decimal digits."""
    line = machine.line()
    if line in (b"00", b"01"):
        machine.stack.append(line == b"01")
        return
    digits = line.removesuffix(b"L")
    if len(digits) > _MOST_DIGITS or not digits.removeprefix(b"-").isdigit():
        raise Damaged(f"{shown(line)} is no whole number")
    machine.stack.append(int(digits))


def real_number_in_text(machine: Machine) -> None:
    """A float in decimal digits."""
    line = machine.line()
    try:
        machine.stack.append(float(line[:100]))
    except ValueError:
        raise Damaged(f"{shown(line)} is no number") from None


def long_number(machine: Machine, form: str, size: int) -> None:
    """A whole number of any size."""
    length = machine.number(form, size)
    if not 0 <= length <= _MOST_INT_BYTES:
        raise RefusedName(f"a number of {length:,} bytes")
    machine.allowance.take(2 * length)
    machine.stack.append(int.from_bytes(machine.read(length), "little", signed=True))


def text(machine: Machine, form: str, size: int, kind: str) -> None:
    """Text (kind "utf-8" or "ascii"), bytes or a bytearray, after its length."""
    length = machine.number(form, size)
    if length < 0:
        raise Damaged("a length is negative")
    data: Any = machine.read(length)
    if kind in ("utf-8", "ascii"):
        data = data.decode(kind, "surrogatepass" if kind == "utf-8" else "strict")
    elif kind == "bytearray":
        data = bytearray(data)
    machine.allowance.take(sys.getsizeof(data), "text")
    machine.stack.append(data)


def line_of_text(machine: Machine, encoding: str) -> None:
    """Text in one line, quoted ("ascii") or with escapes ("raw-unicode-escape")."""
    line = machine.line()
    if encoding == "ascii":
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
            raise Damaged("text without quotes")
        value = codecs.escape_decode(line[1:-1])[0].decode("ascii")
    else:
        value = line.decode(encoding)
    machine.allowance.take(sys.getsizeof(value), "text")
    machine.stack.append(value)
