"""The stack, the marks and the memo of a pickle that is read, with bounded memory."""

from __future__ import annotations

import struct
from collections import OrderedDict
from io import BufferedReader
from typing import Any, Final

from keras_v1_activity.common.reading import Allowance
from keras_v1_activity.v1.network.pickle_stands import RefusedName, check_keys

TIMES: Final = 8.0
"""How many times the size of its file the content of a pickle may take, besides 24 MB."""
# CPython on 64 bits: a place in a list, an empty container or set, an entry of a dict or set.
PLACE, CONTAINER, SET, ENTRY = 9, 80, 240, 80


class Damaged(ValueError):
    """A pickle is cut short, or is no pickle."""


class Machine:
    """What the instructions of a pickle work on.

    Args:
        file: open for reading bytes, at its beginning.
        size: of the file, bytes.

    Attributes:
        file: the same.
        size: the same.
        allowance: of memory.
        stack: values not yet used.
        marks: heights of the stack that the pickle has marked.
        memo: values that the pickle may ask for again.

    Example:
        >>> import io
        >>> machine = Machine(io.BytesIO(b"ab"), 2)
        >>> machine.stack.append(machine.read(1))
        >>> machine.pop()
        b'a'
    """

    def __init__(self, file: BufferedReader, size: int) -> None:
        self.file = file
        self.size = size
        self.allowance: Allowance = Allowance(size, TIMES)
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: list[Any] = []

    def read(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > 64 and count > self.size - self.file.tell():
            raise Damaged("it ends early")
        data = self.file.read(count)
        if len(data) < count:
            raise Damaged("it ends early")
        return data

    def number(self, form: str, size: int) -> Any:
        """The next number, of a form of `struct`."""
        return struct.unpack(form, self.read(size))[0]

    def line(self) -> bytes:
        """The rest of the line, without its end."""
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise Damaged("it ends early")
        self.allowance.take(2 * len(line), "text")
        return line[:-1]

    def pop(self) -> Any:
        """Takes the topmost value off the stack."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Damaged("its stack is empty")
        return self.stack.pop()

    def top(self) -> Any:
        """The topmost value of the stack."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Damaged("its stack is empty")
        return self.stack[-1]

    def since_mark(self) -> list[Any]:
        """Takes the values above the last mark, and the mark, off the stack."""
        if not self.marks:
            raise Damaged("a mark is missing")
        place = self.marks.pop()
        entries = self.stack[place:]
        del self.stack[place:]
        return entries

    def fill(self, target: Any, entries: list[Any]) -> None:
        """Puts keys and values, one after the other, into a dict."""
        if type(target) not in (dict, OrderedDict):
            raise RefusedName(f"a {type(target).__name__} that grows as a dict")
        if len(entries) % 2:
            raise Damaged("a key has no value")
        self.allowance.take((SET if not target else 0) + ENTRY * len(entries) // 2)
        keys = entries[::2]
        check_keys(keys)
        target.update(zip(keys, entries[1::2], strict=True))
