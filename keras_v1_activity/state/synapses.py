"""The synapses of a layer in words: their number, delays, weights and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from keras_v1_activity.common.protocols import Layer
    from keras_v1_activity.v1 import Synapses

# Attribute of the network -> weight of the layer, one entry a synapse.
_TABLES = {"recurrent": "sparse_recurrent_weights", "inputs": "sparse_input_weights"}


def describe_synapses(layer: Layer) -> str:
    """Text on the synapses of a layer that carries its `V1Network`; empty for any other layer.

    Args:
        layer: a layer with `network` and `sparse_recurrent_weights` or `sparse_input_weights`,
            normalised by V_th - E_L of the target as in `v1.RSNN`.

    Example:
        >>> describe_synapses(model.get_layer("rsnn"))
        ''
    """
    network = getattr(layer, "network", None)
    for table, name in _TABLES.items():
        weights = getattr(layer, name, None)
        if network is not None and weights is not None:
            synapses = getattr(network, table)
            scale = network.parameters.voltage_scale[synapses.target]
            in_pa = np.asarray(weights.numpy(), np.float64) * scale
            return "\n".join(_lines(synapses, in_pa, getattr(layer, "cell", None)))
    return ""


def spread(values: ArrayLike) -> str:
    """Least, mean and greatest of some numbers as text; one number if they are all the same.

    Example:
        >>> spread([1.0, 2.0, 6.0])
        'min 1, mean 3, max 6'
    """
    values = np.asarray(values)
    least, greatest = values.min(), values.max()
    if least == greatest:
        return f"all {least:.6g}"
    mean = values.mean(dtype=np.float64)
    return f"min {least:.6g}, mean {mean:.6g}, max {greatest:.6g}"


def _lines(synapses: Synapses, weights: NDArray[np.float64], cell: Any) -> list[str]:
    n = len(synapses)
    lines = [
        f"{n:,} synapses from {synapses.n_sources:,} sources to {synapses.n_targets:,} neurons"
    ]
    if not n:
        return lines
    per_target = np.bincount(synapses.target, minlength=synapses.n_targets)
    lines.append(f"synapses onto a neuron: {spread(per_target)}")
    if cell is not None:
        lines += _delay_lines(synapses, cell)
    return [*lines, *_weight_lines(synapses, weights), *_sign_lines(synapses, weights)]


def _delay_lines(synapses: Synapses, cell: Any) -> list[str]:
    """Delays in the network, and as the cell rounds and clips them."""
    steps = cell.options.delay_steps(synapses)
    counts = np.bincount(steps, minlength=cell.max_delay + 1)[1:]
    by_step = ", ".join(f"{d}: {count:,}" for d, count in enumerate(counts, 1))
    return [
        f"delays in the network (ms): {spread(synapses.delay)}",
        f"synapses by delay in time steps of {cell.dt:g} ms: {by_step}",
    ]


def _weight_lines(synapses: Synapses, weights: NDArray[np.float64]) -> list[str]:
    if synapses.factors is not None:
        return [f"weights (pA), each on several receptors by fixed factors: {spread(weights)}"]
    lines = [
        "weights (pA) by receptor; excitatory above 0, inhibitory below 0",
        f"    {'receptor':>8} {'synapses':>11} {'excitatory':>11} {'inhibitory':>11}  weight (pA)",
    ]
    for receptor in np.unique(synapses.receptor):
        own = weights[synapses.receptor == receptor]
        lines.append(
            f"    {receptor + 1:>8} {len(own):>11,} {np.count_nonzero(own > 0):>11,} "
            f"{np.count_nonzero(own < 0):>11,}  {spread(own)}"
        )
    return lines


def _sign_lines(synapses: Synapses, weights: NDArray[np.float64]) -> list[str]:
    """Dale's law: against the signs of the network folder, and source by source."""
    turned = np.count_nonzero(weights * synapses.weight < 0)
    silenced = np.count_nonzero((weights == 0) & (synapses.weight != 0))
    kinds = np.zeros((2, synapses.n_sources), bool)
    kinds[0, synapses.source[weights > 0]] = True
    kinds[1, synapses.source[weights < 0]] = True
    mixed = np.count_nonzero(kinds.all(axis=0))
    return [
        f"Dale violations: {turned:,} synapses whose sign is not that of the network folder",
        f"synapses that became 0: {silenced:,}",
        f"sources that both excite and inhibit: {mixed:,} of {synapses.n_sources:,}",
    ]
