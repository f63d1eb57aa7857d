r"""Train a V1 network on one of five tasks with model.fit, and watch it.

    python examples/multi_training.py --task ori_diff --out results --n_epochs 5
    python examples/multi_training.py --task ori_diff --out results --n_epochs 10 \
        --restore_from results

The second line goes on where the first ended, or was killed. Tasks: 10class (digits), ori_diff
(fine orientation discrimination), vcd_grating (change detection between gratings), evidence
(evidence accumulation), garrett (change detection between natural images, with --images FILE).
"""

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from keras_v1_activity.experiments import train as training


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Trains; returns the content of result.json."""
    return training.train(training.parse_options(arguments), say=print)


if __name__ == "__main__":
    main()
