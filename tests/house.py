"""The files of the package, the rooms they stand in, and who imports whom."""

import ast
from functools import cache

from places import PACKAGE

# Left to right, as the data moves. A file may import from its own room and from rooms before it.
# A file belongs to the longest entry that its path begins with.
ROOMS = (
    "version.py",
    "common/",
    "activity/",
    "plan.py",
    "measures/",
    "history/",
    "alarms/",
    "similarity/",
    "v1/network/",
    "v1/unpickle.py",
    "v1/stimuli/",
    "v1/synthetic/",
    "v1/engine/",
    "v1/kernels/",
    "v1/layers/",
    "v1/tasks/",
    "v1/model.py",
    "v1/checkpoints/",
    "v1/nest/",
    "v1/__init__.py",
    "probes/",
    "capture/",
    "figures/kit/",
    "figures/",
    "figures/comparison/",
    "report/",
    "live/",
    "storage/",
    "export/",
    "state/",
    "sinks/",
    "drawing/",
    "recording/",
    "recorder.py",
    "callback.py",
    "logger.py",
    "visualize_training.py",
    "integrations/",
    "experiments/",
    "cli/",
    "__init__.py",
    "__main__.py",
)


@cache
def files():
    """Every Python file of the package, as a path below it."""
    return tuple(sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")))


@cache
def tree_of(file):
    return ast.parse((PACKAGE / file).read_text())


def room_of(file):
    """The entry of `ROOMS` that a file belongs to, or None."""
    return max((room for room in ROOMS if file.startswith(room)), key=len, default=None)


def file_of(module):
    """The file of a module's dotted name; None where there is no such module of ours."""
    parts = module.split(".")
    if parts[0] != "keras_v1_activity":
        return None
    below = "/".join(parts[1:])
    for candidate in (f"{below}.py", f"{below}/__init__.py".lstrip("/")):
        if candidate in files():
            return candidate
    return None


@cache
def imports_of(file):
    """Files of ours that a file imports, lazily or not, with the names it takes: (file, name)."""
    found = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports by a relative name"
            for alias in node.names:
                module = file_of(f"{node.module}.{alias.name}")
                found.add((module or file_of(node.module or ""), alias.name))
        elif isinstance(node, ast.Import):
            found |= {(file_of(alias.name), alias.name) for alias in node.names}
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            if called == "import_module":
                found.add((file_of(str(node.args[0].value)), ""))
    return tuple(sorted((target, name) for target, name in found if target is not None))


def definitions(file):
    """(name, node, its body without the docstring) of each class and function of a file."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            has_docstring = ast.get_docstring(node) is not None and len(node.body) > 1
            yield node.name, node, node.body[1:] if has_docstring else node.body
