"""The page of options names each option of callback and logger with its default."""

import inspect

import pytest
from places import DOCS

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback


@pytest.mark.parametrize("owner", [V1ActivityCallback, NetworkActivityLogger])
def test_options_page_names_every_option_and_its_default(owner):
    rows = {}
    for line in (DOCS / "options.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 5 and cells[0].startswith("`"):
            rows[cells[0].strip("`")] = cells
    column = 2 if owner is V1ActivityCallback else 3
    described = {name for name, cells in rows.items() if cells[column] == "x"}
    options = inspect.signature(owner).parameters
    assert described == set(options)
    for name, option in options.items():
        if name not in ("log_dir", "figures"):
            assert rows[name][1].strip("`").strip('"') == str(option.default), name
