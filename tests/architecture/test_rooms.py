"""The house: every file has its room, imports go to the left, rooms and files stay small."""

import ast

import pytest
from house import ROOMS, definitions, files, imports_of, room_of
from places import PACKAGE, ROOT

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 50
MOST_METHODS = 12
each_file = pytest.mark.parametrize("file", files())


@each_file
def test_every_file_has_its_room(file):
    assert room_of(file), f"name the room of {file} in ROOMS"


def test_no_room_is_empty():
    assert {room_of(file) for file in files()} == set(ROOMS)


@each_file
def test_imports_go_to_the_left_lazy_ones_too(file):
    own = ROOMS.index(room_of(file))
    right = [target for target, _ in imports_of(file) if ROOMS.index(room_of(target)) > own]
    assert not right, f"{file} imports {right}, which stand to its right"


def test_no_file_imports_itself_in_a_circle():
    graph = {file: {target for target, _ in imports_of(file)} - {file} for file in files()}
    # Files that import nothing any more are taken away; what cannot be taken away is a circle.
    while free := {file for file, targets in graph.items() if not targets}:
        graph = {file: targets - free for file, targets in graph.items() if file not in free}
    assert not graph, f"these files import each other in a circle: {sorted(graph)}"


@each_file
def test_no_file_takes_a_private_name_of_another(file):
    private = [
        name for _, name in imports_of(file) if name.startswith("_") and name != "__version__"
    ]
    assert not private


def all_files():
    """Every Python file of the project, the package's and others."""
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    return sorted(
        path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("*.py")
    )


@pytest.mark.parametrize("file", all_files())
def test_files_are_short(file):
    assert len((ROOT / file).read_text().splitlines()) <= MOST_LINES


@each_file
def test_functions_fit_a_screen_and_classes_are_small(file):
    for name, node, body in definitions(file):
        if isinstance(node, ast.ClassDef):
            methods = [part for part in body if isinstance(part, ast.FunctionDef)]
            assert len(methods) <= MOST_METHODS, f"class {name} has {len(methods)} methods"
        else:
            length = node.end_lineno - body[0].lineno + 1
            assert length <= MOST_LINES_OF_A_FUNCTION, f"{name} has {length} lines"


def test_few_modules_stand_at_the_top():
    assert len([file for file in files() if "/" not in file]) <= 10
    assert len([file for file in files() if file.startswith("v1/") and file.count("/") == 1]) <= 3
