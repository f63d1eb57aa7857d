"""The page of equations: each leads to a line that exists once, each becomes MathML."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from places import DOCS, ROOT
from site_tools import load_hooks
from written_networks import copy_of_network

from keras_v1_activity import v1

hooks = load_hooks()
PAGE = DOCS / "model.md"
LINKS = [
    (page, file, text)
    for page in sorted(DOCS.rglob("*.md"))
    for file, text in hooks.outside_links(page)
    if text
]


@pytest.mark.parametrize(
    ("page", "file", "text"), LINKS, ids=lambda part: getattr(part, "name", part)
)
def test_a_line_that_a_page_links_to_stands_once_in_its_file(page, file, text):
    assert file.is_relative_to(ROOT) and hooks.line_of(file, text) > 0


def test_there_are_as_many_links_as_titles():
    titles = sum(page.read_text().count('"line: ') for page in DOCS.rglob("*.md"))
    assert len(LINKS) == titles > 30


def test_a_text_that_is_absent_or_stands_twice_is_refused(tmp_path):
    file = tmp_path / "code.py"
    file.write_text("a = 1\nb = 1\na = 2\n")
    assert hooks.line_of(file, "a = 2") == 3
    with pytest.raises(ValueError, match="nowhere"):
        hooks.line_of(file, "c = 1")
    with pytest.raises(ValueError, match=r"in lines \[1, 2\]"):
        hooks.line_of(file, "= 1")


def test_every_equation_is_followed_by_a_link_to_its_line():
    text = PAGE.read_text().partition("## Symbols")[2]
    parts = re.split(r"^\$\$\n.*?\n\$\$$", text, flags=re.S | re.M)
    assert len(parts) > 15
    # Two equations that belong together share the links below the second.
    linked = [bool(re.search(r'"line: ', part.partition("\n## ")[0])) for part in parts[1:]]
    assert sum(not found for found in linked) == 2


def test_equations_become_mathml():
    pytest.importorskip("latex2mathml")
    text = hooks.CODE.sub("", PAGE.read_text())
    displayed = hooks.DISPLAY.findall(text)
    inline = hooks.INLINE.findall(hooks.DISPLAY.sub("", text))
    assert len(displayed) > 15 and len(inline) > 40
    for latex in displayed + inline:
        made = hooks.mathml(latex)
        ET.fromstring(made)
        # What the converter does not know it passes on as text.
        assert "\\" not in made and "&amp;" not in made, latex


def test_code_is_left_as_it_is():
    def upper(text):
        return text.upper()

    page = "a `b` c\n```python\nd = 1\n```\ne"
    assert hooks.outside_code(page, upper) == "A `b` C\n```python\nd = 1\n```\nE"


def test_the_parameters_have_the_names_that_the_table_of_symbols_gives(tmp_path):
    copy_of_network(tmp_path / "net")
    parameters = v1.load_network(tmp_path / "net").parameters
    symbols = PAGE.read_text().partition("## Symbols")[2].partition("\n## ")[0]
    names = {name for row in symbols.splitlines() for name in re.findall(r"`(\w+)`", row)}
    for name in ("V_th", "E_L", "V_reset", "g", "C_m", "t_ref", "k", "asc_amps", "tau_syn"):
        assert name in names and np.isfinite(getattr(parameters, name)).all()
