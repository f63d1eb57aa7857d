"""The house: every file has its room, imports go to the left, rooms and files stay small."""

import ast

from house import ROOMS, definitions, files, imports_of, room_of
from places import PACKAGE, ROOT

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 50
MOST_METHODS = 12


def test_every_file_has_its_room():
    homeless = [file for file in files() if not room_of(file)]
    assert not homeless, "name their rooms in ROOMS"


def test_no_room_is_empty():
    assert {room_of(file) for file in files()} == set(ROOMS)


def test_imports_go_to_the_left_lazy_ones_too():
    place = {file: ROOMS.index(room_of(file)) for file in files()}
    right = [
        f"{file} imports {target}, which stands to its right"
        for file in files()
        for target, _ in imports_of(file)
        if place[target] > place[file]
    ]
    assert not right


def test_no_file_imports_itself_in_a_circle():
    graph = {file: {target for target, _ in imports_of(file)} - {file} for file in files()}
    # Files that import nothing any more are taken away; what cannot be taken away is a circle.
    while free := {file for file, targets in graph.items() if not targets}:
        graph = {file: targets - free for file, targets in graph.items() if file not in free}
    assert not graph, f"these files import each other in a circle: {sorted(graph)}"


def test_no_file_takes_a_private_name_of_another():
    private = [
        f"{file} takes {name} of {target}"
        for file in files()
        for target, name in imports_of(file)
        if name.startswith("_") and name != "__version__"
    ]
    assert not private


def all_files():
    """Every Python file of the project, the package's and others."""
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    return sorted(
        path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("*.py")
    )


def test_files_are_short():
    lengths = {file: len((ROOT / file).read_text().splitlines()) for file in all_files()}
    long = {file: length for file, length in lengths.items() if length > MOST_LINES}
    assert lengths and not long


def too_large(name, node, body):
    """What is wrong with the size of a class or a function, or None."""
    if isinstance(node, ast.ClassDef):
        methods = [part for part in body if isinstance(part, ast.FunctionDef)]
        if len(methods) > MOST_METHODS:
            return f"class {name} has {len(methods)} methods"
        return None
    length = node.end_lineno - body[0].lineno + 1
    return f"{name} has {length} lines" if length > MOST_LINES_OF_A_FUNCTION else None


def test_functions_fit_a_screen_and_classes_are_small():
    wrong = [
        f"{file}: {fault}"
        for file in files()
        for fault in (too_large(*definition) for definition in definitions(file))
        if fault
    ]
    assert not wrong


def test_few_modules_stand_at_the_top():
    assert len([file for file in files() if "/" not in file]) <= 10
    assert len([file for file in files() if file.startswith("v1/") and file.count("/") == 1]) <= 3
