"""Show a V1 network some trials, and draw, store and print what it does.

    python examples/demo_visualization.py --out visualization_logs
    python examples/demo_visualization.py --data_dir GLIF_network --checkpoint results

Without --data_dir a synthetic network is written beside the folder --out, and used again next time.
"""

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from keras_v1_activity.experiments import demo as inference


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Runs the demo; returns a dict for each sample."""
    return inference.run_demo(inference.parse_options(arguments), say=print)


if __name__ == "__main__":
    main()
