"""What `make docs` does beyond MkDocs: equations, links to source lines, pictures, the notebook.

The pages stay plain Markdown, readable on a code host. While the site is built,

- ``$...$`` and ``$$...$$`` become MathML, which browsers draw without a script;
- a link to a file outside docs leads to a page that shows the file; a link title
  ``"line: some source text"`` is looked up in it and leads to that line;
- ``make_gallery.py`` draws the pictures of the gallery, and the notebook is run and becomes a page.

MkDocs and the other tools are imported when they are needed, so that the tests can use the plain
functions here without them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
# Code is left as it is, whatever it contains: fenced blocks and code spans.
CODE = re.compile(r"(^(`{3,})[^\n]*\n.*?^\2[ \t]*$|(`+)[^`\n].*?\3)", re.S | re.M)
LINK = re.compile(r'(\[[^\]]*\])\(((?:\.\./)*[\w./-]+)(?: "line: ([^"]*)")?\)')
NOTEBOOK = re.compile(r"(\]\([\w./-]+)\.ipynb\)")
DISPLAY = re.compile(r"^\$\$\n(.*?)\n\$\$$", re.S | re.M)
INLINE = re.compile(r"\$([^$\n]+)\$")
LINE_ADDRESS = r'href="\1#__codelineno-0-\2" title="line \2"'
MADE_ALREADY = "DOCS_MADE"  # a folder with pictures and notebook of an earlier build, to save time


# --- plain functions --------------------------------------------------------------------------


def line_of(file: Path, text: str) -> int:
    """The number of the line that contains a text, counted from 1.

    Raises:
        ValueError: no line of the file contains it, or several do.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, 1) if text in line]
    if len(found) != 1:
        where = f"in lines {found}" if found else "nowhere"
        raise ValueError(f"{file}: {text!r} must stand in one line, but stands {where}.")
    return found[0]


def needs_page(file: Path) -> bool:
    """Whether the site makes a page to show a file: program text, and all outside docs."""
    return file.suffix == ".py" or not file.is_relative_to(DOCS)


def outside_links(page: Path) -> list[tuple[Path, str | None]]:
    """(file, text of the line) of each link of a page to a file that needs a page of its own."""
    found = []
    for _, target, text in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        file = (page.parent / target).resolve()
        if needs_page(file):
            found.append((file, text or None))
    return found


def outside_code(markdown: str, change) -> str:
    """The page with `change` applied to all text that is no code."""
    parts, last = [], 0
    for code in CODE.finditer(markdown):
        parts += [change(markdown[last : code.start()]), code[0]]
        last = code.end()
    return "".join([*parts, change(markdown[last:])])


def mathml(latex: str, display: str = "inline") -> str:
    """An equation as MathML."""
    from latex2mathml.converter import convert

    return convert(latex, display=display)


def shown(file: Path) -> str:
    """Where the page that shows a file stands, below docs."""
    path = file.relative_to(ROOT).as_posix()
    return f"source/{path}" if file.suffix == ".md" else f"source/{path}.md"


def page_of(file: Path) -> str:
    """The Markdown of the page that shows a file."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        return text
    kind = {".py": "python", ".yml": "yaml", ".ipynb": "json"}.get(file.suffix, "text")
    title = file.relative_to(ROOT).as_posix()
    return f'# {title}\n\n``````{kind} linenums="1"\n{text}\n``````\n'


# --- what MkDocs calls ------------------------------------------------------------------------


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages and pictures that the build makes."""
    from mkdocs.structure.files import File

    def add(path: str, **what) -> None:
        if present := files.get_file_from_path(path):
            files.remove(present)
        files.append(File.generated(config, path, **what))

    linked = {file for page in DOCS.rglob("*.md") for file, _ in outside_links(page)}
    for file in sorted(linked):
        add(shown(file), content=page_of(file))
    made = _made()
    for picture in sorted((made / "gallery").iterdir()):
        add(f"images/gallery/{picture.name}", abs_src_path=str(picture))
    for part in sorted((made / "notebooks").rglob("*")):
        if part.is_file():
            add(part.relative_to(made).as_posix(), abs_src_path=str(part))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links to files outside docs, and equations, into what the site shows."""
    here = DOCS / page.file.src_uri
    page.meta["equations"] = equations = []

    def link(found: re.Match) -> str:
        words, target, text = found.groups()
        file = (here.parent / target).resolve()
        if not needs_page(file):
            return found[0]
        to = os.path.relpath(shown(file), Path(page.file.src_uri).parent)
        return f'{words}({to} "line {line_of(file, text)}")' if text else f"{words}({to})"

    def equation(display: str):
        def keep(found: re.Match) -> str:
            equations.append(mathml(found[1], display))
            return f"EQUATION{len(equations) - 1:04}."

        return keep

    def change(text: str) -> str:
        text = NOTEBOOK.sub(r"\1.md)", LINK.sub(link, text))
        return INLINE.sub(equation("inline"), DISPLAY.sub(equation("block"), text))

    return markdown if page.file.src_uri.startswith("source/") else outside_code(markdown, change)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Puts in the equations, which Markdown must not see, and the lines that links lead to."""
    equations = page.meta.get("equations", ())
    html = re.sub(r'href="([^"#]+)" title="line (\d+)"', LINE_ADDRESS, html)
    return re.sub(r"EQUATION(\d{4})\.", lambda found: equations[int(found[1])], html)


# --- what the build makes ---------------------------------------------------------------------


def _made() -> Path:
    """A folder with ``gallery/*.png`` and ``notebooks/first-look.md`` with its pictures."""
    if os.environ.get(MADE_ALREADY):
        return Path(os.environ[MADE_ALREADY])
    folder = Path(tempfile.mkdtemp(prefix="docs-"))
    gallery = [sys.executable, str(DOCS / "make_gallery.py"), "--out", str(folder / "gallery")]
    subprocess.run(gallery, check=True, cwd=folder)
    for notebook in sorted((DOCS / "notebooks").glob("*.ipynb")):
        run_notebook(notebook, folder / "notebooks")
    return folder


def run_notebook(notebook: Path, folder: Path) -> None:
    """Runs a notebook in an empty folder and writes it, with what it shows, as Markdown."""
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import MarkdownExporter

    cells = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as work:
        NotebookClient(cells, timeout=600, resources={"metadata": {"path": work}}).execute()
    for cell in cells.cells:
        if "outputs" in cell:  # notices and progress lines name folders of this build
            cell.outputs = [output for output in cell.outputs if _is_shown(output)]
    folder.mkdir(parents=True, exist_ok=True)
    name = notebook.stem
    text, made = MarkdownExporter().from_notebook_node(
        cells, resources={"unique_key": name, "output_files_dir": f"{name}_files"}
    )
    text = text.replace("![png](", "![What the cell above draws](")
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    for path, content in made["outputs"].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _is_shown(output) -> bool:
    """Whether an output of a cell is a result: printed text, a value, or a picture."""
    if output.output_type == "stream":
        return output.name == "stdout"
    return output.output_type == "execute_result" or "image/png" in output.get("data", {})
