"""Where the project's parts lie on disk."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PACKAGE = ROOT / "keras_v1_activity"
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
