"""All rows of the matrix of faults, and the tests that show them."""

from typing import NamedTuple

from fault_rows import disk, hostile, pictures, published, recorded, steps, way


class Fault(NamedTuple):
    """A fault, what is expected of it, and the ids of the tests that show it."""

    kind: str
    fault: str
    expected: str
    tests: tuple

    @property
    def begins(self):
        """The row of the page, up to the result."""
        return f"| {self.fault} | {self.expected} |"


FAULTS = tuple(
    Fault(module.KIND, fault, expected, tuple(f"tests/{test}" for test in tests))
    for module in (recorded, steps, pictures, disk, way, hostile, published)
    for fault, expected, *tests in module.ROWS
)
KINDS = tuple(dict.fromkeys(fault.kind for fault in FAULTS))
