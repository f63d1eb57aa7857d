"""`inspect` goes on past what is damaged, says how many, and prints no control characters."""

import json
import pickle

import h5py
import numpy as np
import pytest
from commands import run
from looks import make_look
from published_folders import dump, write_folder
from stored_runs import write


@pytest.fixture
def network(tmp_path):
    return write_folder(tmp_path / "net")


@pytest.fixture
def logged(tmp_path):
    write(tmp_path / "run", *(make_look(step) for step in (100, 200, 300)))
    return tmp_path / "run"


def test_names_are_joined_by_the_type_id_whatever_the_order_of_the_rows(network, capsys):
    expected = run(["inspect", network], capsys)[1]
    table = network / "network/v1_node_types.csv"
    header, *rows = table.read_text().splitlines()
    table.write_text("\n".join([header, *rows[::-1]]) + "\n")
    assert run(["inspect", network], capsys)[1] == expected
    assert any(line.split()[0] == "e5Rbp4" and line.split()[-1] == "20" for line in expected)


@pytest.mark.parametrize("bad", ["network_dat.pkl", "input_dat.pkl"])
def test_it_goes_on_past_a_bad_file(network, capsys, bad):
    (network / bad).write_bytes(b"no pickle")
    code, out, err = run(["inspect", network], capsys)
    text = "\n".join(out)
    assert code == 2 and f"{bad} cannot be read: ValueError" in text
    assert ("LGN synapses" in text) == (bad == "network_dat.pkl")
    assert ("recurrent synapses" in text) == (bad == "input_dat.pkl")
    assert "1 of its 2 large files cannot be read" in err and "none (garrett" in text


def test_positions_of_16_bits_are_counted_right(network, capsys):
    with h5py.File(network / "network/v1_nodes.h5", "r+") as file:
        for axis in "xz":
            del file[f"nodes/v1/0/{axis}"]
            file[f"nodes/v1/0/{axis}"] = np.full(60, 300, np.int16)
    _, out, _ = run(["inspect", network], capsys)
    assert out[1].startswith("60 neurons of 3 types, 0 within 400 um")


@pytest.mark.parametrize("bad", [[100], [300], [100, 200], [100, 200, 300]])
def test_it_goes_on_past_bad_steps_and_counts_them(logged, capsys, bad):
    for step in bad:
        (logged / f"step_{step:06d}/data.h5").write_bytes(b"no HDF5")
    code, out, _ = run(["inspect", logged], capsys)
    text = "\n".join(out)
    assert code == 0 and text.count("cannot be read (") == len(bad)
    assert f"{len(bad)} of 3 steps shown cannot be read" in text
    good = [step for step in (100, 200, 300) if step not in bad]
    for step in good:
        assert any(line.split()[:1] == [str(step)] and "OSError" not in line for line in out)
    assert (f"step {good[-1]}: 30 neurons" in text) if good else ("neurons," not in text)


def test_a_bad_step_of_another_kind(logged, capsys):
    with h5py.File(logged / "step_000200/data.h5", "r+") as file:
        file.attrs["n_neurons"] = "many"
        del file["voltages"]
    _, out, _ = run(["inspect", logged], capsys)
    assert "1 of 3 steps shown cannot be read" in "\n".join(out)


@pytest.mark.parametrize(
    "content",
    [
        {"settings": [1], "counts": "many", "first_causes": 3, "resumed": "twice", "steps": 5},
        {"settings": {"a": {"b": [1] * 10**5}}, "counts": {"looks": "x", "y": None, "z": 10**400}},
        {"settings": {"name": "\x1b]0;owned\x07"}, "resumed": [None], "first_causes": {"a": [1]}},
        {"resumed": [1e400, float("nan")], "counts": {"looks": float("nan")}},
    ],
)
def test_a_run_json_of_any_content(logged, capsys, content):
    (logged / "run.json").write_text(json.dumps(content))
    code, out, err = run(["inspect", logged], capsys)
    assert code == 0 and not err
    assert all(line.isprintable() and len(line) <= 1000 for line in out)
    assert "steps stored: 3, from 100 to 300" in out


@pytest.mark.parametrize("content", [{"epochs": 3}, {"training": {"loss": "x"}, "steps": [1]}])
def test_a_result_json_of_any_content(tmp_path, capsys, content):
    (tmp_path / "result.json").write_text(json.dumps(content))
    code, out, err = run(["inspect", tmp_path], capsys)
    assert code == 0 and not err and out[0].startswith("training results")


def test_no_command_reaches_the_terminal(network, capsys):
    table = network / "network/v1_node_types.csv"
    table.write_text(table.read_text().replace("e5Rbp4", "e5\x1b[2JRbp4"))
    data = pickle.loads((network / "network_dat.pkl").read_bytes())
    data["edges"][0]["params"]["receptor_type"] = "\x1b]0;owned\x07"
    dump(network / "network_dat.pkl", data)
    _, out, err = run(["inspect", network], capsys)
    assert "\x1b" not in "\n".join(out) + "\n".join([err]) and "e5?[2JRbp4" in "\n".join(out)
