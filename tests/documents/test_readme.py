"""Every Python snippet of the README runs, in order, in an empty folder."""

import re

import pytest
from looks import wait_for_file, wait_until
from places import ROOT

README = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"<!-- test: ([\w-]+) -->\n+```python\n(.*?)```", README, re.S)


def test_no_python_snippet_is_left_untested():
    assert README.count("```python") == len(SNIPPETS) == 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readme")


def test_snippets_run_and_leave_the_files_the_readme_lists(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = {}
    for name, code in SNIPPETS:
        # The V1 network in the tests is smaller than in the README: the same code, less waiting.
        exec(compile(code.replace("2000", "300"), name, "exec"), names)
    listed = re.findall(r"^\| `(?:step_000100/)?([\w.]+)` \|", README, re.M)
    assert len(listed) == 12
    # Figures may be drawn after the end of training.
    for name in listed:
        wait_until(lambda name=name: list(folder.glob(f"v1_logs/**/{name}")))
        assert list(folder.glob(f"v1_logs/**/{name}"))[0].stat().st_size > 0, name
    assert names["run"].steps.tolist() == [4, 8]
    wait_for_file(folder / "my_logs" / "raster_step_4.png")
    wait_for_file(folder / "looks" / "step_000008" / "raster.png")
