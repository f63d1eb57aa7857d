"""What the command says and leaves: damaged runs, missing libraries, files of the user."""

import subprocess
import sys

import h5py
import numpy as np
import pytest
from commands import run
from looks import make_look
from recorders import warnings_in
from stored_runs import write

FORMATS = ["sonata", "csv"]


def words(run_folder, to, out, *more):
    return ["export", run_folder, "--to", to, "--out", out, *more]


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("to", FORMATS)
def test_a_damaged_look_is_left_out_and_told(to, tmp_path, capsys, caplog):
    write(tmp_path / "run", *(make_look(step) for step in (1, 2, 3)))
    data = tmp_path / "run/step_000002/data.h5"
    data.write_bytes(data.read_bytes()[:3000])
    code, out, _ = run(words(tmp_path / "run", to, tmp_path / "out"), capsys)
    assert code == 0 and out == [f"wrote 2 looks to {tmp_path / 'out'}"]
    (told,) = warnings_in(caplog)
    assert told.startswith("step 2 was left out: ") and told.isprintable()
    assert (tmp_path / "out/looks.csv").read_text().count("\n") == 3


@pytest.mark.parametrize("to", FORMATS)
def test_nothing_but_damage_is_one_sentence_and_leaves_nothing(to, tmp_path, capsys):
    write(tmp_path / "run", make_look(1))
    (tmp_path / "run/step_000001/data.h5").write_bytes(b"noise")
    code, _, err = run(words(tmp_path / "run", to, tmp_path / "out"), capsys)
    assert code == 2 and "none of the looks" in err and len(err.splitlines()) == 1
    assert everything(tmp_path)[0] == "run" and not (tmp_path / "out").exists()


@pytest.mark.parametrize("name, value", [("dt", 1e-300), ("dt", 1e300), ("n_neurons", 31)])
def test_a_look_that_does_not_fit_the_others_is_left_out(name, value, tmp_path, capsys, caplog):
    write(tmp_path / "run", make_look(1), make_look(2, spikes=np.zeros((60, 30)), batch=None))
    with h5py.File(tmp_path / "run/step_000002/data.h5", "r+") as file:
        file.attrs[name] = value
    assert run(words(tmp_path / "run", "sonata", tmp_path / "out"), capsys)[0] == 0
    (told,) = warnings_in(caplog)
    assert told.startswith("step 2 was left out: ") and told.isprintable()


@pytest.mark.parametrize("to", FORMATS)
def test_only_an_earlier_export_is_replaced(to, tmp_path, capsys):
    write(tmp_path / "run", make_look(1))
    command = words(tmp_path / "run", to, tmp_path / "out")
    assert run(command, capsys)[0] == 0
    first = everything(tmp_path)
    code, _, err = run(command, capsys)
    assert code == 2 and "exists and stays as it is" in err and "--overwrite" in err
    assert run([*command, "--overwrite"], capsys)[0] == 0 and everything(tmp_path) == first
    (tmp_path / "out/notes.txt").write_text("mine")
    code, _, err = run([*command, "--overwrite"], capsys)
    assert code == 2 and "'notes.txt'" in err and (tmp_path / "out/notes.txt").exists()
    (tmp_path / "file").write_text("mine")
    code, _, err = run(words(tmp_path / "run", to, tmp_path / "file", "--overwrite"), capsys)
    assert code == 2 and "is a file" in err and (tmp_path / "file").read_text() == "mine"
    # The folder of the run itself is no export.
    code, _, err = run(words(tmp_path / "run", to, tmp_path / "run", "--overwrite"), capsys)
    assert code == 2 and (tmp_path / "run/step_000001/data.h5").exists()


def test_a_folder_without_a_run_is_one_sentence(tmp_path, capsys):
    for to in ("nwb", "sonata", "csv"):
        if to == "nwb":
            pytest.importorskip("pynwb")
        code, _, err = run(words(tmp_path, to, tmp_path / "out"), capsys)
        assert code == 2 and "holds no run" in err and len(err.splitlines()) == 1
        assert everything(tmp_path) == []


# As if these were not installed.
WITHOUT = """
import sys
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pynwb", "pandas", "neo", "pynapple"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NotInstalled())
from keras_v1_activity import load_activity
from keras_v1_activity.cli import main
look = load_activity("run")[1]
for call in (load_activity("run").to_pandas, look.to_pandas, look.to_neo, look.to_pynapple):
    try:
        call()
    except ModuleNotFoundError as error:
        print(error)
print(main(["export", "run", "--to", "nwb"]), main(["export", "run", "--to", "csv"]))
"""


def test_what_is_not_installed_is_named(tmp_path):
    write(tmp_path / "run", make_look(1))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert [line.partition(",")[0] for line in lines[:4]] == [
        "run.to_pandas() needs pandas", "activity.to_pandas() needs pandas",
        "activity.to_neo() needs neo", "activity.to_pynapple() needs pynapple",
    ]  # fmt: skip
    assert all("pip install" in line for line in lines[:4])
    assert lines[-1] == "2 0" and "export --to nwb needs pynwb, which" in done.stderr
    assert len(done.stderr.splitlines()) == 1
