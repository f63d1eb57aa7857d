"""The options of training on a command line."""

import re

import pytest

from keras_v1_activity.experiments.arguments import parse
from keras_v1_activity.experiments.options import TrainingOptions

PROMISED_FLAGS = (
    "data_dir results_dir batch_size neurons seq_len n_epochs steps_per_epoch val_steps "
    "learning_rate rate_cost voltage_cost restore_from task"
).split()


def test_the_command_line_knows_every_option_and_each_way_to_write_a_switch():
    parsed = parse(TrainingOptions, "d", [])
    assert parsed == TrainingOptions()
    assert all(hasattr(parsed, name) for name in PROMISED_FLAGS)
    for word, value in [
        ("--train_recurrent", True), ("--notrain_recurrent", False),
        ("--no-train_recurrent", False),
        ("--train_recurrent=false", False), ("--train_recurrent=True", True),
    ]:  # fmt: skip
        assert parse(TrainingOptions, "d", [word]).train_recurrent is value
    assert parse(TrainingOptions, "d", ["--neurons=300", "--seq_len", "100"]).neurons == 300


@pytest.mark.parametrize(
    "words, message",
    [
        (["--batch_size=0"], "batch_size must be at least 1; got 0"),
        (["--learning_rate=nan"], "learning_rate must be at least 0; got nan"),
        (["--train_input=maybe"], "write --train_input, --notrain_input or --train_input=false"),
        (["--neuron=3"], "unrecognized arguments: --neuron=3"),
    ],
)
def test_a_wrong_word_gets_one_sentence(words, message, capsys):
    with pytest.raises(SystemExit):
        parse(TrainingOptions, "d", words)
    assert re.search(message, capsys.readouterr().err.splitlines()[-1])
