"""Reading a run back."""

import h5py
import numpy as np
import pytest
from looks import make_look
from stored_runs import write

from keras_v1_activity import load_activity


def test_steps_are_listed_iterated_and_found(tmp_path):
    write(tmp_path, *(make_look(step) for step in (100, 200, 1_000_000)))
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [100, 200, 1_000_000] and run.steps.dtype == np.int64
        assert len(run) == 3 and 200 in run and 150 not in run
        assert run[np.int64(200)].step == 200
        assert [look.step for look in run] == [100, 200, 1_000_000]


def test_a_run_says_in_one_line_what_it_holds(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    assert repr(load_activity(tmp_path)) == f"<Run of 0 looks in {str(tmp_path)!r}>"
    write(tmp_path, make_look(100))
    assert repr(load_activity(tmp_path)).startswith("<Run of 1 look, steps 100 to 100 in ")
    write(tmp_path, make_look(2000))
    expected = f"<Run of 2 looks, steps 100 to 2000 in {str(tmp_path)!r}>"
    assert repr(load_activity(tmp_path)) == expected


def test_a_step_that_was_not_logged_names_its_neighbours(tmp_path):
    write(tmp_path, *(make_look(step) for step in (100, 200, 300)))
    run = load_activity(tmp_path)
    with pytest.raises(KeyError) as caught:
        run[250]
    assert str(caught.value).startswith("step 250 was not logged: the nearest logged steps are 200")
    with pytest.raises(KeyError, match="nearest logged step is 100"):
        run[1]
    with pytest.raises(KeyError, match="indexed by a logged step"):
        run["last"]


def test_a_folder_without_a_run_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no run"):
        load_activity(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load_activity(tmp_path / "absent")


def test_a_damaged_step_names_its_file_and_spares_the_others(tmp_path):
    write(tmp_path, make_look(1), make_look(2))
    path = tmp_path / "step_000002" / "data.h5"
    path.write_bytes(path.read_bytes()[:3000])
    run = load_activity(tmp_path)
    assert run[1].step == 1
    with pytest.raises(OSError, match="step 2 was logged, but .*data.h5.* cannot be read"):
        run[2]


@pytest.mark.parametrize(
    "damage", ["noise", "empty", "no voltages", "shape", "text", "populations"]
)
def test_damage_of_every_kind_is_one_sentence(tmp_path, damage):
    write(tmp_path, make_look(1), make_look(2, n_neurons=12))
    path = tmp_path / "step_000002" / "data.h5"
    if damage in ("noise", "empty"):
        path.write_bytes(b"x" * 5000 if damage == "noise" else b"")
    else:
        with h5py.File(path, "r+", locking=False) as file:
            if damage == "shape":
                del file["voltages"]
                file["voltages"] = np.zeros((3, 4), "f4")
            elif damage == "no voltages":
                del file["voltages"]
            elif damage == "text":
                file.attrs["n_neurons"] = "many"
            else:
                del file["neurons/layer"]
                file["neurons"].create_dataset("layer", data=["4"], dtype=h5py.string_dtype())
    run = load_activity(tmp_path)
    assert run[1].step == 1
    with pytest.raises(OSError, match="^step 2 was logged, but .*cannot be read.*delete this file"):
        run[2]
