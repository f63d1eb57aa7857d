"""The pages in docs: snippets run, links lead somewhere, quoted sentences are really said."""

import re
from pathlib import Path

import pytest
from looks import wait_for_file
from places import DOCS, PACKAGE

PAGES = sorted(DOCS.glob("*.md"))
SOURCES = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))


def snippet(page, name):
    text = (DOCS / page).read_text()
    return re.search(rf"<!-- test: {name} -->\n```python\n(.*?)```", text, re.S)[1]


def run(code, name):
    names = {}
    exec(compile(code, name, "exec"), names)
    return names


def test_your_own_model_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(snippet("your-own-model.md", "own-model"), "own-model")
    from keras_v1_activity import load_activity

    with load_activity("own_logs") as stored:
        assert stored.steps.tolist() == [5, 10]
        look = stored[10]
    assert look.n_spikes > 0 and look.populations.names == ("e23Cux2", "i23Pvalb")
    assert look.voltages.min() > -300
    wait_for_file(tmp_path / "own_logs/step_000010/raster.png")


def test_the_published_networks_checkpoints_run(tmp_path, monkeypatch, capsys):
    from keras_v1_activity import v1

    monkeypatch.chdir(tmp_path)
    v1.write_synthetic_network("GLIF_network", n_neurons=300)
    code = snippet("published-network.md", "checkpoints").replace("2000", "300")
    names = run(code, "checkpoints")
    assert "sparse_recurrent_weights" in capsys.readouterr().out
    assert names["exported"].n_neurons == 300 and names["exported"].weight_unit == "V_th - E_L"
    for written in ("w.weights.h5", "ckpt-1.index", "network.h5", "again.h5", "untrained.h5"):
        assert Path(written).stat().st_size > 0


def test_the_index_names_every_page_and_every_link_leads_somewhere():
    index = (DOCS / "README.md").read_text()
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", index))
    assert linked == {page.name for page in PAGES} - {"README.md"}
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (DOCS / target).exists(), f"{page.name}: {target}"


def words_of(source):
    """Only the words: what strings are broken by, and what is put into them, left out."""
    return " ".join(re.findall(r"[A-Za-z_]+", re.sub(r"\{[^{}]*\}", " ", source)))


@pytest.mark.parametrize(
    "quoted",
    [
        "the model has no layer",
        "must give spikes, or (spikes, voltages), of shape (batch, time,",
        "no graph leads from",
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
        (DOCS / f"{name}.md").read_text() for name in ("troubleshooting", "your-own-model")
    )
    for option in set(re.findall(r"`(\w+)=[^`]*`", text)):
        assert re.search(rf"\b{option}\b *[=:]", SOURCES), option
