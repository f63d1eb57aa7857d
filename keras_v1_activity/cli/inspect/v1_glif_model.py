"""What the pickles of V1_GLIF_model hold, counted without building a network from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from keras_v1_activity.cli.inspect.sonata import cell_lines
from keras_v1_activity.common.checks import counted
from keras_v1_activity.v1.network.file_checks import wrong_layout
from keras_v1_activity.v1.network.sonata.nodes import read_nodes
from keras_v1_activity.v1.network.unpickle import load_plain_data
from keras_v1_activity.v1.network.v1_glif_model.cells import PickledCells
from keras_v1_activity.v1.network.v1_glif_model.files import PickledFiles


def lines(files: PickledFiles) -> Iterator[str]:
    """Lines of text on the network.

    Args:
        files: of the network.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or has another layout.
    """
    yield f"pickles of V1_GLIF_model in {files.pickles}"
    for nodes in read_nodes([files.of_nodes("v1")]):
        yield from cell_lines(PickledCells(nodes, files.cells))
    for path in (files.cells, files.inputs, files.background):
        try:
            models: Counter[str] = Counter()
            for group in load_plain_data(path)["edges"]:
                models[str(group["params"].get("synaptic_model"))] += int(np.size(group["source"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise wrong_layout(path, error) from error
        yield (
            f"{path.name}: {counted(sum(models.values()), 'edge')} of "
            f"{counted(len(models), 'synapse model')}"
        )
