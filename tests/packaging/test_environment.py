"""Each way to install gives what setup.cfg asks for."""

import re

from places import ROOT
from project import extras, listed, setup_cfg


def conda_environment():
    """(what conda installs, what pip installs), sets of lines."""
    text = (ROOT / "conda_environment.yml").read_text()
    by_conda, by_pip = text.split("  - pip:\n")
    return tuple(set(re.findall(r"^ +- (\S.*)$", part, re.M)) for part in (by_conda, by_pip))


def test_conda_environment_installs_this_clone_with_what_examples_and_tests_need():
    by_conda, by_pip = conda_environment()
    (line,) = by_pip
    # A path in the pip part is relative to the file, which lies beside setup.cfg.
    named = re.fullmatch(r"-e \.\[([\w,]+)\]", line)[1].split(",")
    assert (ROOT / "setup.cfg").is_file() and set(named) <= extras().keys()
    wanted = listed(setup_cfg()["options"]["install_requires"])
    for extra in ("examples", "test"):
        wanted |= extras()[extra]
    given = listed(setup_cfg()["options"]["install_requires"])
    given = given.union(*(extras()[extra] for extra in named))
    assert wanted <= given
    assert by_conda >= {"conda-forge", "pip"}


def test_conda_environment_has_the_python_that_setup_cfg_asks_for():
    by_conda, _ = conda_environment()
    assert f"python{setup_cfg()['options']['python_requires']}" in by_conda
    assert re.search(r"^name: mouse$", (ROOT / "conda_environment.yml").read_text(), re.M)


def pinned(name):
    """Dict of name -> version in a file of constraints."""
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def least(*lists):
    """Dict of name -> least version of requirements."""
    lines = (re.split("[,;]", line)[0].split(">=") for line in set().union(*lists))
    return {name: version.strip() for name, version in lines}


def test_oldest_versions_are_those_of_setup_cfg():
    required = listed(setup_cfg()["options"]["install_requires"])
    everything = least(required, extras()["examples"], extras()["test"])
    oldest = pinned("oldest.txt")
    assert oldest.keys() >= least(required, extras()["examples"]).keys()
    assert oldest == {name: everything.get(name, "3.0.9") for name in oldest}
    # What the V1 network needs, and what TensorFlow 2.18 needs itself.
    later = {"tensorflow": "2.18", "keras": "3.7", "numpy": "1.26", "h5py": "3.11"}
    assert pinned("oldest-network.txt") == everything | later


def test_every_requirement_names_a_least_version():
    wanted = listed(setup_cfg()["options"]["install_requires"]).union(*extras().values())
    form = r"[\w-]+(\[[\w-]+\])?>=[\d.]+(,!=[\d.*]+)*(;.*)?"
    assert all(re.fullmatch(form, line) for line in wanted)


def test_pages_name_extras_that_exist():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        extra
        for page in pages
        for words in re.findall(r"(?:\.|keras_v1_activity)\[([\w,]+)\]'", page.read_text())
        for extra in words.split(",")
    }
    assert {"examples", "nest"} <= named <= extras().keys()


def test_the_command_is_installed_under_its_name():
    scripts = setup_cfg()["options.entry_points"]["console_scripts"]
    assert listed(scripts) == {"keras-v1-activity = keras_v1_activity.cli:main"}
    from keras_v1_activity.cli import main

    assert callable(main)


def test_the_command_line_package_is_part_of_the_distribution():
    folders = [path.parent for path in (ROOT / "keras_v1_activity").rglob("*.py")]
    assert all((folder / "__init__.py").is_file() for folder in folders)
