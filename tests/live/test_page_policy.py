"""The page that is served runs its own script only, and asks its own server only."""

import base64
import hashlib
import re

from places import PACKAGE

PAGE = (PACKAGE / "live" / "page.html").read_text(encoding="utf-8")


def test_only_its_own_script_may_run():
    (script,) = re.findall(r"<script>(.*?)</script>", PAGE, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', PAGE)
    assert f"script-src 'sha256-{digest}'" in policy
    assert {"default-src 'none'", "connect-src 'self'"} <= set(policy.split("; "))


def test_it_names_no_address_and_makes_no_markup_of_text():
    assert set(re.findall(r"https?://[^\s\"'<>)]+", PAGE)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", PAGE)
