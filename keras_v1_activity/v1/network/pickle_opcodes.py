"""The instructions of a pickle that make containers, remember values and call functions."""

from __future__ import annotations

from typing import Any, Final

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.pickle_machine import ENTRY, PLACE, Damaged, Machine
from keras_v1_activity.v1.network.pickle_stands import (
    STANDS,
    ArrayState,
    DtypeState,
    RefusedName,
    Stand,
    check_keys,
)

_MOST_MARKS: Final = 200


def push(machine: Machine, value: Any) -> None:
    """A constant."""
    machine.stack.append(value)


def mark(machine: Machine) -> None:
    """Remembers how high the stack is."""
    if len(machine.marks) >= _MOST_MARKS:
        raise RefusedName("data nested very deep")
    machine.marks.append(len(machine.stack))


def container(machine: Machine, kind: type) -> None:
    """An empty list, dict or set."""
    machine.stack.append(kind())


def marked(machine: Machine, kind: type) -> None:
    """A container of what lies above the mark."""
    entries = machine.since_mark()
    machine.stack.append(_made(machine, kind, entries))


def short_tuple(machine: Machine, length: int) -> None:
    """A tuple of the topmost values."""
    machine.stack.append(tuple([machine.pop() for _ in range(length)][::-1]))


def _made(machine: Machine, kind: type, entries: list[Any]) -> Any:
    machine.allowance.take(len(entries) * (PLACE if kind in (list, tuple) else ENTRY))
    if kind is frozenset:
        check_keys(entries)
    if kind is not dict:
        return kind(entries)
    made: dict[Any, Any] = {}
    machine.fill(made, entries)
    return made


def append(machine: Machine) -> None:
    """One value into a list."""
    _extend(machine, [machine.pop()])


def appends(machine: Machine) -> None:
    """All values above the mark into a list."""
    _extend(machine, machine.since_mark())


def _extend(machine: Machine, entries: list[Any]) -> None:
    if type(machine.top()) is not list:
        raise RefusedName(f"a {type(machine.top()).__name__} that grows as a list")
    machine.allowance.take(PLACE * len(entries))
    machine.top().extend(entries)


def set_item(machine: Machine) -> None:
    """One key and its value into a dict."""
    value = machine.pop()
    entries = [machine.pop(), value]
    machine.fill(machine.top(), entries)


def set_items(machine: Machine) -> None:
    """All keys and values above the mark into a dict."""
    entries = machine.since_mark()
    machine.fill(machine.top(), entries)


def add_items(machine: Machine) -> None:
    """All values above the mark into a set."""
    entries = machine.since_mark()
    if type(machine.top()) is not set:
        raise RefusedName(f"a {type(machine.top()).__name__} that grows as a set")
    machine.allowance.take(ENTRY * len(entries))
    check_keys(entries)
    machine.top().update(entries)


def get(machine: Machine, form: str, size: int) -> None:
    """What was remembered under a number."""
    place = _place(machine, form, size)
    if not 0 <= place < len(machine.memo):
        raise Damaged("it refers to what is not in it")
    machine.stack.append(machine.memo[place])


def put(machine: Machine, form: str, size: int) -> None:
    """Remembers the topmost value under a number; they come one after the other."""
    place = _place(machine, form, size)
    if not 0 <= place <= len(machine.memo) + 1:
        raise Damaged("the numbers that it remembers by do not follow one another")
    machine.memo.extend([None] * (place + 1 - len(machine.memo)))
    machine.memo[place] = machine.top()


def _place(machine: Machine, form: str, size: int) -> int:
    if form:
        return machine.number(form, size)
    line = machine.line()
    if not line.isdigit() or len(line) > 20:
        raise Damaged(f"{shown(line)} is no whole number")
    return int(line)


def memoize(machine: Machine) -> None:
    """Remembers the topmost value under the next number."""
    machine.memo.append(machine.top())


def named(machine: Machine) -> None:
    """A function named by two lines."""
    machine.stack.append(_stand(machine.line().decode("utf-8"), machine.line().decode("utf-8")))


def named_on_stack(machine: Machine) -> None:
    """A function named by the two topmost values."""
    name, module = machine.pop(), machine.pop()
    machine.stack.append(_stand(module, name))


def called(machine: Machine) -> None:
    """The result of a function."""
    arguments, function = machine.pop(), machine.pop()
    if type(function) is not Stand or type(arguments) is not tuple:
        raise RefusedName(f"a call of a {type(function).__name__}")
    machine.stack.append(function(machine.allowance, *arguments[:10]))


def instance(machine: Machine) -> None:
    """An object of a named class: the name is told in the refusal."""
    _stand(machine.line().decode("utf-8"), machine.line().decode("utf-8"))
    raise RefusedName("an object of a class")


def built(machine: Machine) -> None:
    """Gives an array or its type their state."""
    state = machine.pop()
    target = machine.top()
    if type(target) is Stand:
        raise RefusedName("a change of the reader itself")
    if not isinstance(target, (ArrayState, DtypeState)):
        raise RefusedName(f"a change of a {type(target).__name__}")
    target.build(state, machine.allowance)


def protocol(machine: Machine) -> None:
    """The protocol of the pickle."""
    version = machine.read(1)[0]
    if version > 5:
        raise Damaged(f"there is no protocol {version}")


def frame(machine: Machine) -> None:
    """The length of the part that follows: it is read without."""
    if machine.number("<Q", 8) > machine.size - machine.file.tell():
        raise Damaged("it ends early")


def drop(machine: Machine) -> None:
    """Drops the topmost value, or a mark."""
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def pop_mark(machine: Machine) -> None:
    """Drops everything above the mark."""
    machine.since_mark()


def dup(machine: Machine) -> None:
    """The topmost value once more."""
    machine.stack.append(machine.top())


def _stand(module: Any, name: Any) -> Stand:
    try:
        return STANDS[module, name]
    except (KeyError, TypeError):
        raise RefusedName(f"{module}.{name}"[:100]) from None
