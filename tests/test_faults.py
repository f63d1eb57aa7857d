"""The matrix of faults: its tests exist, no row is double, the page shows every row."""

import ast
from functools import cache

import pytest
from fault_rows.every import FAULTS, KINDS
from places import DOCS, ROOT

PAGE = DOCS / "reliability.md"


@cache
def names_in(path):
    """Names of the tests of a file, and its text."""
    text = (ROOT / path).read_text()
    names = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}, text


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.fault)
def test_the_tests_of_a_row_exist_and_the_page_has_it(fault):
    assert fault.tests and len(set(fault.tests)) == len(fault.tests)
    for test in fault.tests:
        path, _, name = test.partition("::")
        name, _, case = name.partition("[")
        names, text = names_in(path)
        assert name in names
        assert not case or case.removesuffix("]").partition("-")[0] in text
    assert fault.begins in PAGE.read_text()


def test_no_row_is_double_and_all_are_plain():
    assert len(FAULTS) >= 120
    assert len({fault.fault for fault in FAULTS}) == len(FAULTS)
    assert all("|" not in fault.fault + fault.expected for fault in FAULTS)


def test_the_page_has_no_other_rows():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    kept = [line for line in rows if any(line.startswith(fault.begins) for fault in FAULTS)]
    assert len(kept) == len(FAULTS)
    assert [f"## {kind}" in PAGE.read_text() for kind in KINDS] == [True] * len(KINDS)
