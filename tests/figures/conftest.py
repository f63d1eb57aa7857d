"""Pictures of the tests to look at: ``pytest tests/figures --save-figures DIR``."""

import re
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--save-figures", metavar="DIR", help="keep the pictures that tests draw, to look at them"
    )


@pytest.fixture
def picture_folder(request, tmp_path):
    """An empty folder; with --save-figures, one named after the test that stays."""
    kept = request.config.getoption("--save-figures", default=None)
    if kept is None:
        return tmp_path
    folder = Path(kept) / re.sub(r"\W+", "_", request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
