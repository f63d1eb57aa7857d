"""The two packages that import lazily show editors exactly what they give."""

import ast
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


@pytest.mark.parametrize("package", FACES.values())
def test_star_import_gives_every_public_name(package):
    script = f"from {package} import *; import {package} as p; assert set(p.__all__) <= set(dir())"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


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
