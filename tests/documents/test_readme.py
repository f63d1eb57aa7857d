"""Every Python snippet of the README runs, in order, in an empty folder."""

import re

import pytest
import tensorflow as tf
from looks import wait_for_file, wait_until
from places import DOCS, ROOT
from snippets import wait_for_figures
from spiking_models import prepare
from written_networks import calibrate_once

README = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"<!-- test: ([\w-]+) -->\n+```python\n(.*?)```", README, re.S)
# The README's line leaves shuffling to the data.
pytestmark = pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
ONE_LINE = 'model.fit(data, callbacks=[V1ActivityCallback("logs")])'


def test_no_python_snippet_is_left_untested():
    assert README.count("```python") == len(SNIPPETS) == 6


def test_the_line_of_code_stands_above_the_picture():
    assert README.index(ONE_LINE) < README.index("![")
    assert dict(SNIPPETS)["one-line"].strip() == ONE_LINE


def files_in(text):
    """Names of files in the first column of a table."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.M)
    return [name for cell in cells for name in re.findall(r"`(?:step_000100/)?([\w.]+)`", cell)]


def smaller(code):
    """The same code with 200 V1 neurons and one step of training, which is logged."""
    code = code.replace("2000", "200").replace("take(2)", "take(1)")
    code = code.replace('"v1_logs", log_every_n_steps=2', '"v1_logs", log_every_n_steps=1')
    # If the first batch has to make the variables of optimizer and metrics, Keras traces its step
    # twice, which takes seconds.
    code = code.replace('["accuracy"]', '[keras.metrics.SparseCategoricalAccuracy("accuracy")]')
    return code.replace("model.fit(\n    trials", "prepare(keras, model)\nmodel.fit(\n    trials")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readme")


@pytest.fixture(scope="module")
def names(folder):
    """What the snippets have made, in an empty folder."""
    made = {"prepare": prepare}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        calibrate_once(patch)
        for name, code in SNIPPETS:
            if name != "one-line":  # its model and data are those of the next snippet
                exec(compile(smaller(code), name, "exec"), made)
                wait_for_figures(made)
            if name == "own-model":
                own = dict(made)
        (folder / "one_line").mkdir()
        patch.chdir(folder / "one_line")
        own["data"] = tf.data.Dataset.from_tensor_slices((own["x"], own["y"])).batch(8)
        exec(compile(ONE_LINE, "one-line", "exec"), own)
    return made


def test_the_one_line_leaves_a_run(folder, names):
    assert (folder / "one_line" / "logs" / "run.json").stat().st_size > 0


@pytest.mark.parametrize(
    ("page", "after", "n_files"),
    [(DOCS / "output-files.md", "### Every file", 14), (ROOT / "README.md", "## What a run", 8)],
    ids=["output-files.md", "README.md"],
)
def test_a_run_leaves_the_files_that_are_listed(page, after, n_files, folder, names):
    section = page.read_text().partition(after)[2]
    table = re.search(r"(?:^\|.*\n)+", section, re.M)[0]
    listed = files_in(table)
    assert len(listed) == n_files
    # Figures may be drawn after the end of training.
    for name in listed:
        wait_until(lambda name=name: list(folder.glob(f"v1_logs/**/{name}")))
        assert list(folder.glob(f"v1_logs/**/{name}"))[0].stat().st_size > 0, name


def test_the_table_of_the_readme_has_four_rows():
    section = README.partition("## What a run leaves")[2]
    table = re.search(r"(?:^\|.*\n)+", section, re.M)[0]
    assert table.count("\n") == 2 + 4


def test_the_snippets_record_what_they_say(folder, names):
    assert names["run"].steps.tolist() == [4, 8]
    wait_for_file(folder / "my_logs" / "raster_step_4.png")
    wait_for_file(folder / "looks" / "step_000008" / "raster.png")
