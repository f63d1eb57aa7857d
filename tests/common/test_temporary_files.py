"""Files that are being written: their names, and what killed processes leave of them."""

import os
import re
import subprocess
import sys
import time

import pytest

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.common.temporary_files import remove_left_over, temporary_file

KNOWN = re.compile(r"^(?:run\.json|data\.h5|write_test)$")
KILLED = """
import os, signal, sys
from pathlib import Path
from keras_v1_activity.common.atomic_files import replacing
with replacing(Path(sys.argv[1]) / sys.argv[2]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def leave(folder, name="run.json"):
    """What a killed process leaves: the path of its file."""
    before = set(folder.iterdir())
    subprocess.run([sys.executable, "-c", KILLED, str(folder), name], check=False)
    (left,) = set(folder.iterdir()) - before
    return left


def test_names_cannot_be_guessed_and_end_as_the_file_does(tmp_path):
    with temporary_file(tmp_path, "a.weights.h5") as one, temporary_file(tmp_path, "b") as two:
        assert one.name.endswith("a.weights.h5") and one.parent == tmp_path
        assert len(set(one.name.split("-")) - set(two.name.split("-"))) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_has_the_rights_of_any_other(tmp_path):
    (tmp_path / "plain").write_text("")
    with replacing(tmp_path / "ours") as temporary:
        temporary.write_text("")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_in_the_place_of_the_file_is_replaced_not_followed(tmp_path):
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "run.json").symlink_to(tmp_path / "precious")
    with replacing(tmp_path / "run.json") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "precious").read_text() == "mine"
    assert (tmp_path / "run.json").read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="processes are asked for by their number")
def test_what_a_killed_process_left_is_removed(tmp_path):
    assert leave(tmp_path).read_text() == "half"
    for old in (".part-99999999-run.json", ".step_000001.part-99999999-data.h5"):
        (tmp_path / old).write_text("")
    (tmp_path / ".write_test-99999999").write_text("x")
    (tmp_path / ".part-99999999-.part-99999999-run.json").write_text("")
    assert remove_left_over(tmp_path, KNOWN) == 5
    assert list(tmp_path.iterdir()) == []


def test_what_lives_is_foreign_or_of_another_machine_stays(tmp_path):
    stays = [
        tmp_path / f".part-{os.getppid()}-run.json",
        tmp_path / ".part-99999999-thesis.docx",
        tmp_path / "part-99999999-run.json",
        tmp_path / f".part-01234567-99999999-{'0' * 16}-run.json",
    ]
    for path in stays:
        path.write_text("")
    (tmp_path / ".part-99999999-data.h5").symlink_to(stays[0])
    with temporary_file(tmp_path, "run.json") as in_work:
        assert remove_left_over(tmp_path, KNOWN) == 0
        assert in_work.exists() and len(list(tmp_path.iterdir())) == 6


def test_after_a_day_it_is_given_up_whoever_wrote_it(tmp_path):
    path = tmp_path / f".part-01234567-1-{'0' * 16}-run.json"
    path.write_text("")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(path, (long_ago, long_ago))
    assert remove_left_over(tmp_path, KNOWN) == 1
