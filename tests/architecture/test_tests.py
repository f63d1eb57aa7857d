"""The tests: they use the package as its users do, by public names only."""

import ast
import re

import pytest
from places import TESTS

# Names with an underscore that other packages, or Python, have no public way for.
FOREIGN = {
    "_exit",  # os: ends a process at once
    "_left_title",  # matplotlib: the title at the left of an axes
    "_repr_html_",  # IPython: what a notebook shows of an object
}
PRIVATE = re.compile(r"_[a-zA-Z]\w*")
FILES = sorted(TESTS.rglob("*.py"))


def private_names(tree):
    """(line, name) of each private name that is taken from elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                parts = [*(node.module or "").split("."), alias.name]
                yield from ((node.lineno, part) for part in parts)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from ((node.lineno, part) for part in alias.name.split("."))
        elif isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if owner not in ("self", "cls"):
                yield node.lineno, node.attr
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, name) for name in names_in_strings(node))


def names_in_strings(call):
    """Names that are given as text to `getattr`, `setattr`, `delattr` or a patch."""
    called = ast.unparse(call.func).rpartition(".")[2]
    if called in ("getattr", "setattr", "delattr", "hasattr", "patch", "object"):
        for word in call.args[:2]:
            if isinstance(word, ast.Constant) and isinstance(word.value, str):
                yield from word.value.split(".")


def test_no_test_uses_a_private_name():
    found = [
        f"{path.relative_to(TESTS)}, line {line}: {name}"
        for path in FILES
        for line, name in private_names(ast.parse(path.read_text()))
        if PRIVATE.fullmatch(name) and name not in FOREIGN
    ]
    assert FILES and not found


@pytest.mark.parametrize(
    "code",
    [
        "from keras_v1_activity.cli.main import _sentence",
        "from keras_v1_activity import _x as y",
        "import keras_v1_activity._x",
        "logger._recorder",
        "a.b()._c = 3",
        "monkeypatch.setattr(module, '_x', 1)",
        "monkeypatch.setattr('keras_v1_activity.module._x.y', 1)",
        "getattr(logger, '_recorder')",
    ],
)
def test_this_scan_finds(code):
    assert any(PRIVATE.fullmatch(name) for _, name in private_names(ast.parse(code)))


@pytest.mark.parametrize("code", ["self._x", "x.__len__", "_ = 3", "getattr(x, name)", "f('_x')"])
def test_this_scan_leaves_alone(code):
    assert not any(PRIVATE.fullmatch(name) for _, name in private_names(ast.parse(code)))
