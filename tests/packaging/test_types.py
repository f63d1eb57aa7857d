"""What a type checker says: of the README's examples, and of how much of the package is typed."""

import json
import os
import re
import subprocess
import sys

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


def test_the_examples_of_the_readme_have_no_type_errors(tmp_path):
    assert len(SNIPPETS) >= 5
    lines = "\n".join(SNIPPETS).splitlines()
    (tmp_path / "readme.py").write_text("\n".join(lines) + "\n")
    settings = {"typeCheckingMode": "standard", "include": ["readme.py"]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    found = basedpyright(tmp_path, "-p", ".")
    assert found["summary"]["filesAnalyzed"] == 1
    wrong = {
        lines[entry["range"]["start"]["line"]]: entry["message"]
        for entry in found["generalDiagnostics"]
        if entry["severity"] == "error"
    }
    assert not wrong


def test_nearly_every_public_symbol_has_a_known_type(tmp_path):
    words = ("--verifytypes", "keras_v1_activity", "--ignoreexternal")
    found = basedpyright(tmp_path, *words)["typeCompleteness"]
    assert found["packageRootDirectory"] == str(ROOT / "keras_v1_activity")
    unknown = [s["name"] for s in found["symbols"] if s["isExported"] and not s["isTypeKnown"]]
    assert found["completenessScore"] >= LEAST_KNOWN, f"{len(unknown)} such as {unknown[:20]}"
