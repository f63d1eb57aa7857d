"""The pages: links lead somewhere, quoted sentences are really said, named options exist."""

import re

import pytest
from places import DOCS, PACKAGE, ROOT

PAGES = sorted(DOCS.rglob("*.md"))
ALL = [*PAGES, ROOT / "README.md", ROOT / "CHANGELOG.md"]
SOURCES = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
LINK = re.compile(r'\]\(([^)\s]+)(?: "[^"]*")?\)')
# One word for one thing, and none that the glossary replaces.
AVOIDED = ("anew", "seldom", "for good", "epitaph", "tally", "shelf", "lay down", "of a kind")


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def anchors_of(page):
    """Addresses of the headings of a page, as code hosts and the site make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings]
    return {re.sub(r"\s+", "-", heading) for heading in plain}


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(page.read_text()):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT) and file.exists(), target
        if anchor:
            assert anchor in anchors_of(file), target


def test_the_index_names_every_page():
    index = (DOCS / "README.md").read_text()
    linked = {target for target in LINK.findall(index) if target.endswith((".md", ".ipynb"))}
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.glob("*.md")} - {"README.md"}
    notebooks = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.ipynb")}
    assert linked == pages | notebooks | {"api/README.md", "../CHANGELOG.md"}
    api = (DOCS / "api" / "README.md").read_text()
    listed = {page.name for page in (DOCS / "api").glob("*.md")} - {"README.md"}
    assert set(LINK.findall(api)) == listed


def test_the_glossary_has_ten_words():
    glossary = (DOCS / "README.md").read_text().partition("## Glossary")[2]
    words = re.findall(r"^\| \*\*([\w ]+)\*\* \| (.+) \|$", glossary, re.M)
    assert [word for word, _ in words] == [
        "step", "time step", "look", "run", "probe", "trace", "trial", "population", "readout",
        "capture",
    ]  # fmt: skip


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_pages_are_in_plain_words(page):
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.S)
    for word in AVOIDED:
        assert not re.search(rf"\b{word}\b", text, re.I), word
    assert not re.search(r"\. Where [^?]*,", text)


def words_of(source):
    """Only the words: what strings are broken by, and what is put into them, left out."""
    return " ".join(re.findall(r"[A-Za-z_]+", re.sub(r"\{[^{}]*\}", " ", source)))


@pytest.mark.parametrize(
    "quoted",
    [
        "the model has no layer",
        "must give spikes, or (spikes, voltages), of shape (batch, time,",
        "layers named",
        "for this network",
        "is damaged or no checkpoint",
        "keeps its own",
        "values, but the model has",
        "figures are still being drawn",
        "The drawing process was lost",
        "could not be stored",
    ],
)
def test_sentences_that_troubleshooting_quotes_are_said(quoted):
    assert quoted in (DOCS / "troubleshooting.md").read_text()
    assert words_of(quoted) in words_of(SOURCES)


def test_options_that_the_pages_name_exist():
    text = "".join(
        (DOCS / f"{name}.md").read_text()
        for name in ("troubleshooting", "your-own-model", "gallery", "model")
    )
    options = set(re.findall(r"`(\w+)=[^`]*`", text))
    assert len(options) > 5
    for option in options:
        assert re.search(rf"\b{option}\b *[=:]", SOURCES), option


def test_programs_that_the_pages_name_exist_and_know_the_options():
    for page in ALL:
        text = page.read_text().replace("\\\n", " ")
        for script, words in re.findall(r"python ((?:examples|benchmarks|docs)/\w+\.py)(.*)", text):
            source = (ROOT / script).read_text()
            for option in re.findall(r"--(\w+)", words.partition("#")[0]):
                known = re.sub("^no_", "", option)
                assert f'"--{known}"' in source or known in SOURCES, f"{page.name}: {option}"


def test_make_targets_that_the_pages_name_exist():
    makefile = (ROOT / "Makefile").read_text()
    for page in ALL:
        for target in re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.M):
            assert re.search(rf"^{target}:", makefile, re.M), f"{page.name}: make {target}"
