"""A file that is either whole or not there."""

import pytest

from keras_v1_activity.common.atomic_files import replacing


def test_a_file_appears_whole_and_its_folder_is_made(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text("ne")
        raise error
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_the_folder_is_not_made_if_it_is_not_to_be(tmp_path):
    path = tmp_path / "absent" / "a.txt"
    with pytest.raises(FileNotFoundError), replacing(path, make_folder=False) as temporary:
        temporary.write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_another_folder_is_written_in_and_the_own_one_is_not_touched_before_the_end(tmp_path):
    path, beside = tmp_path / "new" / "a.txt", tmp_path / "beside"
    beside.mkdir()
    with replacing(path, folder=beside) as temporary:
        temporary.write_text("whole")
        assert temporary.parent == beside and not path.parent.exists()
    assert path.read_text() == "whole" and list(beside.iterdir()) == []
