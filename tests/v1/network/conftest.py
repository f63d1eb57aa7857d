"""A small published folder, and copies of it that a test may damage."""

import shutil

import pytest
from published_folders import write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("net") / "GLIF_network")


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")
