"""The page in the package is what its sources give, and carries all it needs."""

import base64
import hashlib
import re
import shutil
import subprocess

import pytest
from places import PACKAGE, ROOT

PAGE = (PACKAGE / "report" / "page.html").read_text(encoding="utf-8")
SOURCES = ROOT / "report_page"
BUILT_WITH = SOURCES / "node_modules"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not BUILT_WITH.is_dir(),
    reason="needs node, and `npm ci` in report_page",
)


def test_only_its_own_script_may_run():
    (script,) = re.findall(r"<script>(.*?)</script>", PAGE, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in PAGE
    assert "default-src 'none'" in PAGE


def test_it_names_no_address_to_load_from():
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", PAGE))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(|\ssrc=|\bfetch\(|XMLHttpRequest|WebSocket", PAGE)


def test_it_makes_no_markup_of_text():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", PAGE)


@needs_node
@pytest.mark.parametrize("words", [("run", "check"), ("test",), ("run", "lint")], ids=" ".join)
def test_sources(words):
    done = subprocess.run(
        ["npm", "--silent", *words], cwd=SOURCES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
