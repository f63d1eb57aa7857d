"""The files beside the package: make, source distribution, workflow, citation."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
from places import ROOT
from project import setup_cfg

from keras_v1_activity import __version__

MAKEFILE = (ROOT / "Makefile").read_text()


def make(*words):
    if shutil.which("make") is None:
        pytest.skip("needs make")
    # The tests may run under make, which would hand its own words on.
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    return subprocess.run(
        ["make", *words], cwd=ROOT, capture_output=True, text=True, check=True,
        env={name: value for name, value in os.environ.items() if name not in outer},
    )  # fmt: skip


def test_make_alone_prints_one_line_for_each_target():
    lines = make().stdout.splitlines()
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[1].split()
    assert {line.split()[1] for line in lines} == set(targets)
    assert all(line.startswith("  make ") and len(line.split()) > 3 for line in lines)
    assert max(len(line) for line in lines) <= 80


@pytest.mark.parametrize("target", ["test", "quick"])
def test_make_runs_lint_and_then_the_tests(target):
    commands = make("--dry-run", target).stdout
    assert commands.index("ruff check .") < commands.index("-m pytest")
    assert ("-m 'not slow'" in commands) == (target == "quick")


@pytest.fixture(scope="module")
def source_distribution(tmp_path_factory):
    """Names in the sdist that setuptools makes of this folder."""
    pytest.importorskip("setuptools")
    folder = tmp_path_factory.mktemp("sdist")
    unwanted = shutil.ignore_patterns(".git", ".venv", "*.egg-info", "__pycache__", "cache", "dist")
    clone = shutil.copytree(ROOT, folder / "clone", ignore=unwanted)
    code = "import sys; from setuptools import build_meta as b; b.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, folder], cwd=clone, check=True, capture_output=True)
    (path,) = folder.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.mark.parametrize("folder", ["tests", "examples", "benchmarks", "docs", "keras_v1_activity"])
def test_the_source_distribution_holds_the_whole_folder(folder, source_distribution):
    kinds = (".py", ".md", ".csv", ".txt", ".png", ".typed")
    files = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
        if not {"site", "cache", "__pycache__"} & set(path.parts)
    ]
    assert files and set(files) <= source_distribution


@pytest.mark.parametrize(
    "name",
    ["conftest.py", "Makefile", "pyproject.toml", "CITATION.cff", "CONTRIBUTING.md", "LICENSE"],
)
def test_the_source_distribution_holds_the_files_beside_it(name, source_distribution):
    assert name in source_distribution


def test_the_workflow_runs_the_oldest_and_the_newest_python():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    named = re.findall(r"- python: \"([\d.]+)\"", text)
    known = re.findall(r"Python :: (3\.\d+)$", setup_cfg()["metadata"]["classifiers"], re.M)
    assert named == [known[0], known[-1]]
    given = set(re.findall(r"constraints: (\S+)$", text, re.M)) - {'""', "|"}
    names = ("oldest", "oldest-network", "tensorflow-2.15")
    assert given == {f"requirements/{name}.txt" for name in names}


def test_targets_in_the_workflow_exist():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[1].split()
    assert set(re.findall(r"run: make ([\w-]+)", text)) <= {*targets, "docs"}


def test_the_citation_is_of_this_version():
    text = (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (\S+)$", text, re.M)[1] == __version__
    assert "Billeh" in text and "Chen" in text and "keras_v1_activity contributors" in text


def test_pre_commit_pins_every_tool():
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    pins = re.findall(r"additional_dependencies: .*\[(.*)\]", text)
    assert pins and all("==" in pin for pin in pins)


def test_what_is_called_slow_exists():
    tree = ast.parse((ROOT / "conftest.py").read_text())
    (slow,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SLOW"
    ]
    assert slow and all((ROOT / path).exists() for path in slow)
