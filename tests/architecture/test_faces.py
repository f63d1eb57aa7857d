"""The two packages that import lazily show editors exactly what they give."""

import ast
import os
import subprocess
import sys
from importlib import import_module

import jedi
import pytest
from house import tree_of
from places import PACKAGE

FACES = {"__init__.py": "keras_v1_activity", "v1/__init__.py": "keras_v1_activity.v1"}


def shown_to_editors(file):
    """{name: module it is taken from} under ``if TYPE_CHECKING``; a submodule is its own home."""
    (block,) = [
        node
        for node in tree_of(file).body
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    ]
    return {alias.name: node.module for node in block.body for alias in node.names}


@pytest.mark.parametrize("file, package", FACES.items())
def test_editors_see_every_public_name_and_no_other(file, package):
    face = import_module(package)
    assert {*shown_to_editors(file)} == {*face.__all__} - {"__version__"}


@pytest.mark.parametrize("file, package", FACES.items())
def test_a_name_is_the_same_object_by_both_ways(file, package):
    face = import_module(package)
    for name, module in shown_to_editors(file).items():
        seen = import_module(module)
        expected = import_module(f"{module}.{name}") if seen is face else getattr(seen, name)
        assert getattr(face, name) is expected, name


# TensorFlow takes seconds to import, and forked processes share that: both begin without ours.
# Taking its modules apart at the end takes more than a second in each, so that they leave it.
STAR_IMPORTS = """
import gc; gc.disable()
import os, sys, keras, tensorflow
children = []
for package in sys.argv[1:]:
    children.append(os.fork())
    if not children[-1]:
        exec(f"from {package} import *; import {package} as p; assert set(p.__all__) <= set(dir())")
        os._exit(0)
os._exit(any([os.waitpid(child, 0)[1] for child in children]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_star_imports_give_every_public_name():
    command = [sys.executable, "-W", "ignore", "-c", STAR_IMPORTS, *FACES.values()]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", FACES.values())
def test_an_unknown_name_is_refused_by_name(package):
    with pytest.raises(AttributeError, match=f"'{package}' has no attribute 'spike'"):
        import_module(package).spike  # noqa: B018


def test_editors_show_the_signature_of_the_callback():
    code = "from keras_v1_activity import V1ActivityCallback\nV1ActivityCallback("
    project = jedi.Project(PACKAGE.parent)
    (signature,) = jedi.Script(code, project=project).get_signatures()
    names = [parameter.name for parameter in signature.params]
    assert names[:2] == ["log_dir", "log_every_n_steps"] and "probe_data" in names


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").is_file()
