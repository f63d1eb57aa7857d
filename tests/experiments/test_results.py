"""The results folder: what of an earlier run stays, and what the log says."""

import os

import pytest

from keras_v1_activity.experiments.options import TrainingOptions
from keras_v1_activity.experiments.results import prepare_results, read_log
from keras_v1_activity.experiments.run_checkpoints import TrainingProgress


def test_a_fresh_run_moves_an_earlier_one_aside_and_a_resumed_one_does_not(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.weights.h5").write_bytes(b"x")
    (tmp_path / "training.csv").write_text("epoch,step\n0,2\n1,4\n2,6\n")
    (tmp_path / "mine.txt").write_text("kept")
    said = []
    resumed = TrainingOptions(restore_from=str(tmp_path / "checkpoints"))
    prepare_results(resumed, tmp_path, TrainingProgress(epochs=2, step=4), said.append)
    assert (tmp_path / "training.csv").read_text().split() == ["epoch,step", "0,2", "1,4"]
    assert not said
    prepare_results(TrainingOptions(), tmp_path, TrainingProgress(), said.append)
    assert sorted(os.listdir(tmp_path)) == ["earlier_001", "mine.txt"]
    assert sorted(os.listdir(tmp_path / "earlier_001")) == ["checkpoints", "training.csv"]
    assert len(said) == 1 and "earlier_001" in said[0]


def test_a_second_earlier_run_gets_a_number_of_its_own(tmp_path):
    for number in (1, 2):
        (tmp_path / "result.json").write_text(str(number))
        prepare_results(TrainingOptions(), tmp_path, TrainingProgress())
    assert (tmp_path / "earlier_001" / "result.json").read_text() == "1"
    assert (tmp_path / "earlier_002" / "result.json").read_text() == "2"


def test_the_log_is_read_back_as_numbers(tmp_path):
    assert read_log(tmp_path) == []
    (tmp_path / "training.csv").write_text("epoch,loss,val_loss,step\n0,0.5,,2\n1,2.0,NA,4\n")
    assert read_log(tmp_path) == [
        {"epoch": 0, "loss": 0.5, "val_loss": None, "step": 2},
        {"epoch": 1, "loss": 2.0, "val_loss": None, "step": 4},
    ]
    assert isinstance(read_log(tmp_path)[1]["loss"], float)


@pytest.mark.parametrize(
    "content", [b"", b"epoch,step\nx,2\n", b"epoch\n\n", b"\xff\xfe", b"e\n" + b"9" * 200_000]
)
def test_a_damaged_log_is_named_when_a_run_goes_on_and_is_no_log_otherwise(tmp_path, content):
    (tmp_path / "training.csv").write_bytes(content)
    resumed = TrainingOptions(restore_from=str(tmp_path))
    with pytest.raises(ValueError, match="training.csv is damaged") as caught:
        prepare_results(resumed, tmp_path, TrainingProgress(epochs=2, step=4))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600
    assert (tmp_path / "training.csv").read_bytes() == content
    assert isinstance(read_log(tmp_path), list)
