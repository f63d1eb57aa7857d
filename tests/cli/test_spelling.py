"""Each option of each command: its spellings, its earlier names, and ``--out`` in all of them."""

import importlib.util
import re
from functools import cache

import pytest
from places import EXAMPLES

from keras_v1_activity.cli.main import COMMANDS, main, make_parser
from keras_v1_activity.cli.target import target_of
from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.experiments.arguments import parse
from keras_v1_activity.experiments.options import DemoOptions, TrainingOptions

MODULES = {module.__name__.rpartition(".")[2]: module for module in COMMANDS}
# What a command writes is named --out. These are names it had before.
EARLIER = {
    "demo": ["--log_dir"],
    "train": ["--results_dir"],
    "nest": ["--output_dir"],
    "compare": ["--output_dir"],
    "figures": [],
    "export": [],
    "report": [],
    "synthesize": [],
    "convert": [],
}


# Making the parser of all commands takes longer than all that it is asked here.
whole_parser = cache(make_parser)


@cache
def parser_of(command):
    parser = ArgumentParser()
    MODULES[command].add_arguments(parser)
    return parser


def needed_words(command):
    known = parser_of(command).arguments
    words = ["word" for a in known if not a.option_strings and a.nargs is None]
    for action in known:
        if action.option_strings and action.required:
            words += [action.option_strings[0], *value_words(action)]
    return words


def value_words(action):
    """Words that an option accepts after its name."""
    if action.nargs in (0, "?"):
        return []
    if action.choices:
        return [str(action.choices[0])]
    value = "raster" if action.dest == "figures" else "1"
    return [value] * (action.nargs if isinstance(action.nargs, int) else 1)


def options_of(command):
    return [
        (command, name, value_words(action))
        for action in parser_of(command).arguments
        for name in action.option_strings
        if action.dest != "help"
    ]


TABLE = [row for command in MODULES for row in options_of(command) if row[1].startswith("--")]


def parsed(command, words):
    """The options of a command line as a dict, without the functions in them."""
    options = vars(whole_parser().parse_args([command, *needed_words(command), *words]))
    return {name: value for name, value in options.items() if not callable(value)}


@pytest.mark.parametrize("command, name, values", TABLE)
def test_every_option_may_be_written_with_hyphens_or_underscores(command, name, values):
    words = name.removeprefix("--")
    spellings = {
        "--" + words.replace("_", "-"),
        "--" + words.replace("-", "_"),
        "--" + re.sub("[-_]", "-", words, count=1),
    }
    found = [parsed(command, [spelling, *values]) for spelling in spellings]
    if len(values) == 1:
        found += [parsed(command, [f"{spelling}={values[0]}"]) for spelling in spellings]
    assert all(options == found[0] for options in found)


def test_the_table_is_whole():
    assert len(TABLE) > 100
    assert {command for command, _, _ in TABLE} == set(MODULES) - {"inspect"}


@pytest.mark.parametrize("command", EARLIER)
def test_what_is_written_is_named_out_and_earlier_names_still_work(command):
    found = [parsed(command, [name, "written"]) for name in ("--out", *EARLIER[command])]
    assert "written" in found[0].values()
    assert all(options == found[0] for options in found)


@pytest.mark.parametrize("words", ["synthesize --out net", "convert source --out w.h5"])
def test_out_makes_the_last_word_unnecessary(words):
    options = make_parser().parse_args(words.split())
    assert options.target is None and target_of(options) == words.split()[-1]


def test_every_command_that_writes_has_out():
    writing = {command for command, name, _ in TABLE if name == "--out"}
    assert writing == set(EARLIER) == set(MODULES) - {"inspect", "watch"}


@pytest.mark.parametrize("name", ["--notrain_input", "--no_train_input", "--no-train-input"])
def test_a_switch_is_turned_off_in_each_spelling(name):
    assert parsed("train", [name])["train_input"] is False
    assert parsed("train", ["--train-input=false"])["train_input"] is False
    assert parsed("train", [])["train_input"] is True


@pytest.mark.parametrize("words", ["synthesize --out a b", "convert x --out a.h5 b.h5"])
def test_naming_two_things_to_write_is_refused(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(words.split())
    assert end.value.code == 2 and "name one thing to write" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["synthesize", "convert x"])
def test_naming_nothing_to_write_is_refused(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(words.split())
    assert end.value.code == 2 and "required" in capsys.readouterr().err


def test_words_may_stand_before_and_behind_options():
    options = make_parser().parse_args("convert source --neurons 300 target.h5".split())
    assert (options.source, options.target, options.neurons) == ("source", "target.h5", 300)


@pytest.mark.parametrize("name", ["train_digits", "custom_loop"])
def test_the_examples_do_the_same(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    found = [example.parse_arguments([f"--batch{x}size", "4", "--out", "here"]) for x in "-_"]
    assert found[0] == found[1]
    assert (found[0].batch_size, str(found[0].out)) == (4, "here")


@pytest.mark.parametrize(
    "kind, earlier", [(DemoOptions, "log_dir"), (TrainingOptions, "results_dir")]
)
def test_so_do_the_functions_behind_the_other_examples(kind, earlier):
    words = ["--batch-size", "4", "--no-core-only", "--out", "here"]
    same = ["--batch_size=4", "--nocore_only", f"--{earlier.replace('_', '-')}=here"]
    options = parse(kind, "", words)
    assert options == parse(kind, "", same)
    assert (options.batch_size, options.core_only, getattr(options, earlier)) == (4, False, "here")
