"""The site of `make docs`: it builds strictly, holds every public name, and needs no network."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from places import DOCS, ROOT
from site_tools import load_hooks

pytest.importorskip("mkdocs", reason="needs the packages of the extra docs")
pytest.importorskip("mkdocstrings", reason="needs the packages of the extra docs")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, with the pictures that are in the repository and an empty notebook page."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(DOCS / "images" / "gallery", folder / "made" / "gallery")
    (folder / "made" / "notebooks").mkdir()
    (folder / "made" / "notebooks" / "first-look.md").write_text("# First look\n")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder / "site"],
        cwd=ROOT,
        env={**os.environ, "DOCS_MADE": str(folder / "made"), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "site"


def pages(site):
    return {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html")}


def test_every_page_is_in_the_site(site):
    made = set(pages(site))
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).with_suffix(".html").as_posix()
        assert name.replace("README", "index") in made


def test_nothing_is_fetched_from_elsewhere(site):
    for name, html in pages(site).items():
        for tag in re.findall(r"<(?:script|link|img|iframe|source|video)\b[^>]*>", html):
            assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", tag), f"{name}: {tag}"
    for path in site.rglob("*.css"):
        assert not re.search(r"@import|url\([\"']?(?:https?:)?//", path.read_text()), path


def test_every_directive_of_the_api_pages_has_an_address(site):
    for page in (DOCS / "api").glob("*.md"):
        html = (site / "api" / f"{page.stem.replace('README', 'index')}.html").read_text()
        for path in re.findall(r"^::: ([\w.]+)$", page.read_text(), re.M):
            if path not in ("keras_v1_activity.measures", "keras_v1_activity.similarity"):
                assert f'id="{path}"' in html, path
    html = (site / "api" / "measures.html").read_text()
    assert 'id="keras_v1_activity.measures.synchrony_index"' in html


def test_equations_are_mathml_and_links_lead_to_lines(site):
    html = (site / "model.html").read_text()
    assert html.count("<math") > 60 and "$" not in re.sub(r"<script.*?</script>", "", html)
    lines = re.findall(r'href="(source/[\w./]+)#(__codelineno-0-\d+)" title="line \d+"', html)
    assert len(lines) > 30
    for page, anchor in lines:
        assert f'id="{anchor}"' in (site / page).read_text()


def test_the_notebook_runs_and_shows_what_it_made(tmp_path):
    pytest.importorskip("nbclient", reason="needs the packages of the extra docs")
    pytest.importorskip("nbconvert", reason="needs the packages of the extra docs")
    pytest.importorskip("ipykernel", reason="needs the packages of the extra docs")
    load_hooks().run_notebook(DOCS / "notebooks" / "first-look.ipynb", tmp_path)
    text = (tmp_path / "first-look.md").read_text()
    assert "recorded steps: [ 25  50  75 100]" in text
    assert re.search(r"accuracy of the last epoch: (0\.[89]|1\.0)", text)
    pictures = re.findall(r"!\[.*?\]\((first-look_files/[\w.-]+\.png)\)", text)
    assert len(pictures) == 2
    assert all((tmp_path / picture).stat().st_size > 3000 for picture in pictures)


def test_the_gallery_shows_each_picture_that_its_program_makes():
    shown = set(re.findall(r"\(images/gallery/([\w.]+)\)", (DOCS / "gallery.md").read_text()))
    kept = {path.name for path in (DOCS / "images" / "gallery").iterdir()}
    assert shown == kept and len(kept) == 17
