"""The parser that every command, example and benchmark uses."""

import ast

import pytest
from places import PACKAGE, ROOT

from keras_v1_activity.common.command_line import ArgumentParser


@pytest.fixture
def parser():
    parser = ArgumentParser(prog="draw")
    parser.add_argument("--line_width", type=float)
    parser.add_argument("--no-plot", action="store_true")
    parser.add_argument("--two_names", "--second-name")
    parser.add_argument("words", nargs="*")
    return parser


@pytest.mark.parametrize("name", ["--line_width", "--line-width"])
def test_either_spelling_is_understood(parser, name):
    assert parser.parse_args([name, "2"]).line_width == 2.0
    assert parser.parse_args([f"{name}=2"]).line_width == 2.0


@pytest.mark.parametrize("name", ["--two_names", "--two-names", "--second-name", "--second_name"])
def test_so_is_every_name_of_an_option(parser, name):
    assert parser.parse_args([name, "x"]).two_names == "x"


def test_values_are_left_as_they_are(parser):
    assert parser.parse_args(["--two-names=a_b-c=d_e"]).two_names == "a_b-c=d_e"
    assert parser.parse_args(["a_b", "c-d"]).words == ["a_b", "c-d"]
    assert parser.parse_args(["--", "--line-width"]).words == ["--line-width"]


def test_abbreviations_are_refused(parser, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(["--line", "2"])
    assert "--line" in capsys.readouterr().err


def test_messages_show_the_spelling_that_help_shows(parser, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(["--line-width", "wide"])
    assert "argument --line_width: invalid float value" in capsys.readouterr().err


def test_groups_and_subcommands_do_the_same():
    parser = ArgumentParser()
    command = parser.add_subparsers(dest="command").add_parser("draw")
    command.add_argument_group("lines").add_argument("--line_width", type=float)
    assert parser.parse_args(["draw", "--line-width", "2"]).line_width == 2.0


def test_the_words_of_the_process_are_taken_by_default(parser, monkeypatch):
    monkeypatch.setattr("sys.argv", ["draw", "--line-width", "3"])
    assert parser.parse_args().line_width == 3.0


def test_help_writes_what_an_option_takes_once(parser):
    assert "--two_names, --second-name TWO_NAMES" in parser.format_help()


def python_files():
    folders = (PACKAGE, ROOT / "examples", ROOT / "benchmarks")
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def test_no_file_makes_a_parser_of_another_kind():
    made = [
        f"{path.relative_to(ROOT)}, line {node.lineno}"
        for path in python_files()
        if path.name != "command_line.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "argparse.ArgumentParser"
    ]
    assert python_files() and not made
