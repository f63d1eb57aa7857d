"""The conda environment lists what setup.cfg lists."""

import configparser
import re

from places import ROOT


def listed(text):
    return {line.strip() for line in text.splitlines() if line.strip()}


def setup_cfg():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def test_conda_environment_lists_core_examples_and_test_requirements():
    config = setup_cfg()
    wanted = listed(config["options"]["install_requires"])
    for extra in ("examples", "test"):
        wanted |= listed(config["options.extras_require"][extra])
    text = (ROOT / "conda_environment.yml").read_text()
    before_pip, after_pip = text.split("- pip:")
    assert set(re.findall(r"^ +- (\S.*)$", after_pip, re.M)) == wanted
    assert f"python{config['options']['python_requires']}" in before_pip
    assert re.search(r"^name: mouse$", text, re.M)


def test_the_command_is_installed_under_its_name():
    scripts = setup_cfg()["options.entry_points"]["console_scripts"]
    assert listed(scripts) == {"keras-v1-activity = keras_v1_activity.cli:main"}
    from keras_v1_activity.cli import main

    assert callable(main)


def test_the_command_line_package_is_part_of_the_distribution():
    folders = [path.parent for path in (ROOT / "keras_v1_activity").rglob("*.py")]
    assert all((folder / "__init__.py").is_file() for folder in folders)
