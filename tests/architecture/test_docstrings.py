"""Every public name is explained, and each function and class by an example that runs."""

import ast
import inspect
from importlib import import_module

from house import files, tree_of
from places import PACKAGE


def public_modules():
    """Names of the modules that say in ``__all__`` what they give."""
    for file in files():
        named = [
            target.id
            for node in tree_of(file).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        if "__all__" in named:
            path = file.removesuffix(".py").removesuffix("__init__").strip("/")
            yield ".".join(["keras_v1_activity", *path.split("/")]).rstrip(".")


def public_names():
    return [
        (module, name)
        for module in public_modules()
        for name in import_module(module).__all__
        if not name.startswith("__")
    ]


def test_all_public_modules_are_found():
    assert {"keras_v1_activity", "keras_v1_activity.v1", "keras_v1_activity.figures"} <= {
        module for module, _ in public_names()
    }


def lacks_words(thing):
    """Whether a module has no docstring, or a class or a function none with an example."""
    if inspect.ismodule(thing):
        return not thing.__doc__
    if inspect.isclass(thing) or inspect.isroutine(thing):
        return ">>> " not in (inspect.getdoc(thing) or "")
    return False


def test_every_public_name_is_explained_with_an_example():
    lacking = [
        f"{module}.{name}"
        for module, name in public_names()
        if lacks_words(getattr(import_module(module), name))
    ]
    assert not lacking


def reasons_of_skipped_examples(text):
    """(line number, the line above the example) of each example that does not run."""
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if line.startswith(">>>") and "doctest: +SKIP" in line:
            above = number - 1
            while not lines[above] or lines[above].startswith((">>>", "...")):
                above -= 1
            yield number + 1, lines[above]


def test_an_example_that_does_not_run_says_why_in_the_line_above():
    for file in files():
        for number, reason in reasons_of_skipped_examples((PACKAGE / file).read_text()):
            why = f"{file}, line {number}: why does this example not run?"
            assert len(reason.split()) >= 3, why
