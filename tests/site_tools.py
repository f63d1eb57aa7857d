"""docs/hooks.py, which is no part of the package, as a module."""

import importlib.util

from places import DOCS


def load_hooks():
    spec = importlib.util.spec_from_file_location("docs_hooks", DOCS / "hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
