"""The Python in the pages: which blocks there are, and running them."""

import re
from dataclasses import dataclass

from places import DOCS

BLOCK = re.compile(r"(?:<!-- (test|not run): ([^\n]+?) -->\n)?```python\n(.*?)```", re.S)


@dataclass(frozen=True)
class Snippet:
    """A block of Python in a page, with the comment above it."""

    code: str
    name: str  # what stands after "test:", or ""
    not_run: str  # the reason after "not run:", or ""


def snippets_of(page):
    """The Python blocks of a page of docs, in order."""
    found = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    return [
        Snippet(code, text if kind == "test" else "", text if kind == "not run" else "")
        for kind, text, code in found
    ]


def run_page(page, names=None, *, without=(), only=None, change=lambda code: code):
    """Runs the blocks of a page one after the other, in one namespace, which it returns.

    `without` holds names of blocks that cannot run on this machine, `only` is the name of the only
    one to run; `change` may make a network in them smaller. After each block the figures are waited
    for, however busy the machine is.
    """
    names = {} if names is None else names
    for snippet in snippets_of(page):
        if snippet.not_run or snippet.name in without:
            continue
        if only in (None, snippet.name):
            exec(compile(change(snippet.code), f"{page}: {snippet.name}", "exec"), names)
            wait_for_figures(names)
    return names


def wait_for_figures(names):
    """Waits for what the callbacks and loggers among the names still have to draw."""
    for value in list(names.values()):
        # A callback or a logger; asked in this way, TensorFlow need not be installed.
        if hasattr(value, "wait_for_figures") and not isinstance(value, type):
            assert value.wait_for_figures(300)
