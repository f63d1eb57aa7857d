"""How the API pages read docstrings: examples as code, names of the package as links."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import griffe

DIRECTIVE = re.compile(r"^::: ([\w.]+)$", re.M)
API = Path(__file__).resolve().parent / "api"


@cache
def _paths() -> dict[str, str]:
    """Name of each object with a place of its own on an API page -> its path there."""
    found = {}
    for page in ("visualize_training", "nest", "comparison", "figures", "storage", "v1",
                 "keras_v1_activity"):  # fmt: skip
        text = (API / f"{page}.md").read_text(encoding="utf-8")
        found.update({path.rpartition(".")[2]: path for path in DIRECTIVE.findall(text)})
    del found["__version__"]
    return found


def as_markdown(text: str, own_name: str) -> str:
    """A docstring with ``Example:`` as the parser wants it, and links.

    Args:
        text: the docstring.
        own_name: of the object that it describes; it needs no link to itself.
    """

    def link(found: re.Match) -> str:
        name = found[1]
        path = _paths().get(name)
        return f"[`{name}`][{path}]" if path and name != own_name else found[0]

    lines = []
    for line in text.splitlines():
        if line.strip() == "Example:":
            line = line.replace("Example:", "Examples:")
        elif not line.lstrip().startswith((">>>", "...")):
            line = re.sub(r"(?<!`)`(\w+)`(?!`)", link, line)
        lines.append(line)
    return "\n".join(lines)


class Docstrings(griffe.Extension):
    """Prepares each docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Called for each object of the package."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value, obj.name)
