"""Damaged files of every kind: a result or one sentence, with little memory, in little time."""

import struct

import pytest
from damaged_files import damaged, make_valid_files
from mutated_files import Reader, fault_of, read_many


def test_nothing_but_a_result_or_one_sentence_comes_of_damaged_files(tmp_path):
    results, faults = read_many(65, tmp_path)
    assert faults == []
    assert sum(results.values()) == 65
    assert sum(count for key, count in results.items() if key.endswith(" sentence")) > 30


def test_the_damage_is_the_same_each_time():
    data = bytes(range(256)) * 4
    assert damaged(data, "look.h5", 3) == damaged(data, "look.h5", 3)
    assert len({damaged(data, "look.h5", number) for number in range(20)}) > 15


@pytest.fixture
def reader(tmp_path):
    reader = Reader(tmp_path)
    yield reader
    reader.close()


def test_a_careless_reader_is_caught(reader, tmp_path):
    """Otherwise the first test proves nothing."""
    make_valid_files(tmp_path / "valid")
    (tmp_path / "a.pkl").write_bytes(b"K\x01r" + struct.pack("<I", 3 * 10**6) + b".")
    assert fault_of(reader.ask("careless", tmp_path / "a.pkl")) is None
    (tmp_path / "a.pkl").write_bytes(b"K\x01r" + struct.pack("<I", 2**28) + b".")
    assert "MemoryError" in fault_of(reader.ask("careless", tmp_path / "a.pkl"))
    (tmp_path / "a.pkl").write_bytes(b"K\x01r" + struct.pack("<I", 9 * 10**6) + b".")
    assert "MB, allowed are" in fault_of(reader.ask("careless", tmp_path / "a.pkl"))
