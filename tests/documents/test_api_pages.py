"""The API pages hold every public name, and nothing that does not exist."""

import importlib
import inspect
import re

import pytest
from places import DOCS

DIRECTIVE = re.compile(r"^::: ([\w.]+)$", re.M)
MODULES = {
    "keras_v1_activity": "keras_v1_activity",
    "v1": "keras_v1_activity.v1",
    "nest": "keras_v1_activity.v1.nest",
    "figures": "keras_v1_activity.figures",
    "comparison": "keras_v1_activity.figures.comparison",
    "storage": "keras_v1_activity.storage",
    "report": "keras_v1_activity.report",
    "visualize_training": "keras_v1_activity.visualize_training",
    "export": "keras_v1_activity.export",
    "measures": "keras_v1_activity.measures",
    "alarms": "keras_v1_activity.alarms",
    "probes": "keras_v1_activity.probes",
    "similarity": "keras_v1_activity.similarity",
    "sinks": "keras_v1_activity.sinks",
    "dpointnet": "keras_v1_activity.integrations.dpointnet",
}
PAGES = {
    page.stem: DIRECTIVE.findall(page.read_text())
    for page in (DOCS / "api").glob("*.md")
    if page.stem != "README"
}
SHOWN = {path for paths in PAGES.values() for path in paths}


def public_names(module):
    """The names of `__all__`; of a module without one, its public functions and classes."""
    if hasattr(module, "__all__"):
        return set(module.__all__)
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    }


def test_there_is_a_page_for_each_module():
    assert set(PAGES) == set(MODULES)


@pytest.mark.parametrize("page", MODULES)
def test_every_public_name_stands_on_the_page(page):
    path = MODULES[page]
    names = public_names(importlib.import_module(path))
    if PAGES[page] == [path]:  # the whole module: every public function of it
        assert names
        return
    # A package's own modules have pages of their own.
    modules = {name for name in names if f"{path}.{name}" in MODULES.values()}
    assert {f"{path}.{name}" for name in names - modules} == set(PAGES[page])


@pytest.mark.parametrize("path", sorted(SHOWN))
def test_what_stands_on_a_page_exists_and_has_a_docstring(path):
    try:
        found = importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        found = getattr(importlib.import_module(module), name)
    assert isinstance(found, str) or inspect.getdoc(found)
