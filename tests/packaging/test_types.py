"""What a type checker says: of the README's examples, and of how much of the package is typed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from places import ROOT

SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
LEAST_KNOWN = 0.98


def basedpyright(folder, *words):
    """What basedpyright reports when it runs in a folder, a dict."""
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable]
    # It does not follow every kind of editable install.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--outputjson", *words], cwd=folder, capture_output=True, text=True,
        env=environment,
    )  # fmt: skip
    return json.loads(done.stdout)


# What stands above the README's one line, "your training with one line more".
BEFORE_THE_ONE_LINE = """\
from typing import Any
from keras_v1_activity import V1ActivityCallback
def train(model: Any, data: Any) -> None:
    """


def test_the_examples_of_the_readme_have_no_type_errors(tmp_path):
    of_one_line = [snippet for snippet in SNIPPETS if snippet.count("\n") == 1]
    files = {
        "one_line.py": BEFORE_THE_ONE_LINE + "    ".join(of_one_line or ["pass\n"]),
        "in_order.py": "\n".join(snippet for snippet in SNIPPETS if snippet not in of_one_line),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    settings = {"typeCheckingMode": "standard", "include": [*files]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    found = basedpyright(tmp_path, "-p", ".")
    assert found["summary"]["filesAnalyzed"] == 2 and len(SNIPPETS) >= 5
    wrong = [
        (Path(entry["file"]).name, entry["range"]["start"]["line"] + 1, entry["message"])
        for entry in found["generalDiagnostics"]
        if entry["severity"] == "error"
    ]
    assert not wrong


def test_nearly_every_public_symbol_has_a_known_type(tmp_path):
    words = ("--verifytypes", "keras_v1_activity", "--ignoreexternal")
    found = basedpyright(tmp_path, *words)["typeCompleteness"]
    assert found["packageRootDirectory"] == str(ROOT / "keras_v1_activity")
    unknown = [s["name"] for s in found["symbols"] if s["isExported"] and not s["isTypeKnown"]]
    assert found["completenessScore"] >= LEAST_KNOWN, f"{len(unknown)} such as {unknown[:20]}"
