"""Files are whole or not there."""

import json
import os

import numpy as np
import pytest

from keras_v1_activity.common import atomic_files as files


def test_a_file_is_replaced_only_at_the_end(tmp_path):
    path = tmp_path / "deep" / "run.json"
    files.write_text(path, "old")
    with files.replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [entry.name for entry in path.parent.iterdir()] == ["run.json"]


def test_an_error_leaves_the_file_and_nothing_else(tmp_path):
    path = tmp_path / "run.json"
    files.write_bytes(path, b"old")
    with pytest.raises(RuntimeError), files.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_another_folder_can_hold_what_is_being_written(tmp_path):
    elsewhere, target = tmp_path / "drafts", tmp_path / "run" / "a.png"
    elsewhere.mkdir()
    with files.replacing(target, elsewhere) as temporary:
        temporary.write_bytes(b"x")
        assert temporary.parent == elsewhere and not target.parent.exists()
    assert target.read_bytes() == b"x"


def test_json_holds_plain_values_only(tmp_path):
    content = {1: np.float32(0.5), "a": (np.arange(2), {3}), "b": np.nan, "c": tmp_path, "d": None}
    files.write_json(tmp_path / "x.json", content)
    back = files.read_json(tmp_path / "x.json")
    assert back == {"1": 0.5, "a": [[0, 1], [3]], "b": None, "c": str(tmp_path), "d": None}


@pytest.mark.parametrize("text", [None, "no json", "[1, 2]", ""])
def test_what_is_no_json_dict_reads_as_empty(tmp_path, text):
    if text is not None:
        (tmp_path / "x.json").write_text(text)
    assert files.read_json(tmp_path / "x.json") == {}


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b'{"a":' * 100_000, b'{"a": 1' + b"0" * 5000 + b"}", b'{"a": "\xff"}', b"\0"],
)
def test_json_of_any_content_reads_as_empty(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    assert files.read_json(tmp_path / "x.json") == {}


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.json")
    assert files.read_json(tmp_path / "x.json") == {}


def test_text_that_is_no_unicode_is_written_escaped(tmp_path):
    files.write_json(tmp_path / "x.json", {"folder": "caf\udce9"})
    assert files.read_json(tmp_path / "x.json") == {"folder": "caf\udce9"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10**5 + "]" * 10**5,
        '{"a":' * 10**5 + "1" + "}" * 10**5,
        '{"steps": ' + "9" * 10**5 + "}",
        '{"a": [' + "[]," * 3_000_000 + "[]]}",
        '{"a": 1',
        "[1]",
        '"text"',
        "\ufeff{",
    ],
)
def test_json_that_is_damaged_or_a_bomb_counts_as_missing(tmp_path, text):
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    assert files.read_json(tmp_path / "run.json") == {}


def test_a_long_run_json_is_read(tmp_path):
    content = {"steps": list(range(0, 30_000_000, 100)), "settings": {"dt": 1.0}}
    files.write_json(tmp_path / "run.json", content)
    assert files.read_json(tmp_path / "run.json") == content


def test_json_is_indented_as_by_the_standard_library(tmp_path):
    contents = (
        {}, {"a": [], "b": {}}, {"µ": [1, True, None, 'a "b"\n', 1.5e300, -0.0]},
        {"steps": list(range(1000)), "intervals": [[1, 2], [3, [4, {"b": [{}]}]]]},
    )  # fmt: skip
    for content in contents:
        files.write_json(tmp_path / "a.json", content)
        assert (tmp_path / "a.json").read_text() == json.dumps(content, indent=1) + "\n"
