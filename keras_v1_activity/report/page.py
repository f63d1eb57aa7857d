"""The built page, and the blocks of text that are put into it: see report_page/README.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from keras_v1_activity.activity import facts
from keras_v1_activity.common.checks import shortened
from keras_v1_activity.report.packing import as_text, pack
from keras_v1_activity.version import __version__

PAGE: Final = "page.html"
_TITLE: Final = b"<!--title-->"
_BLOCKS: Final = b"<!--blocks-->"
_LONGEST_TITLE: Final = 200


def page_around(room: str, title: str) -> tuple[bytes, bytes]:
    """What stands before and behind the blocks of a page.

    Args:
        room: whose page.html it is: "report", or "live".
        title: of the page, as text.

    Example:
        >>> before, after = page_around("report", "<logs>")
        >>> b"<title>&lt;logs&gt;</title>" in before, after.rstrip().endswith(b"</html>")
        (True, True)
    """
    before, between, after = _template(room)
    text = escape(shortened(title, _LONGEST_TITLE)).encode("utf-8", "replace")
    return before + text + between, after


def block(name: str, text: bytes) -> bytes:
    r"""One block of a page.

    Args:
        name: by which the page finds it.
        text: what `packing.as_text` gives.

    Example:
        >>> block("a-0", b"eJw=")
        b'<script type="text/plain" id="a-0">eJw=</script>\n'
    """
    return b'<script type="text/plain" id="%s">%s</script>\n' % (name.encode(), text)


def about_page(content: Mapping[str, Any]) -> bytes:
    """The block that says what the page as a whole is.

    Args:
        content: entries of it, for JSON, besides version, time and what was recorded in mice.

    Example:
        >>> about_page({"runs": ["a"]}).startswith(b'<script type="text/plain" id="report-content"')
        True
    """
    recorded = {
        condition: facts.recorded_fano(condition)._asdict()
        for condition in ("evoked", "spontaneous")
    }
    now = datetime.now(timezone.utc).astimezone().isoformat(timespec="seconds")
    about = {"package": __version__, "written": now, "recorded_fano": recorded, **content}
    return block("report-content", as_text(pack(about, {})))


@cache
def _template(room: str) -> tuple[bytes, bytes, bytes]:
    page = files("keras_v1_activity").joinpath(room, PAGE).read_bytes()
    before, _, rest = page.partition(_TITLE)
    between, _, after = rest.partition(_BLOCKS)
    return before, between, after
