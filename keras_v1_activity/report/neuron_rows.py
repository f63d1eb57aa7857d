"""NeuronRows: in which row of the page's raster each neuron stands, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Population, Populations
from keras_v1_activity.report.packing import varints

PLANE_CELLS: Final = 32
"""The cortical plane is counted in so many cells a side."""
# Fine enough for a picture: 256 places over 800 um are 3 um.
_LEVELS: Final = 255
_QUARTILES: Final = (25, 50, 75)


class NeuronRows:
    """Neurons in drawing order, as the raster figure has them: layer by layer, type by type.

    Args:
        neurons: of the run.

    Attributes:
        neurons: as given.
        n_neurons: how many there are.

    Example:
        >>> rows = NeuronRows(activity.neurons)
        >>> rows.n_neurons, rows.bin_edges(5).tolist()[:2], len(rows.bin_edges(5))
        (120, [0, 1], 21)
    """

    neurons: Neurons
    n_neurons: int

    def __init__(self, neurons: Neurons) -> None:
        self.neurons = neurons
        self.n_neurons = neurons.n_neurons

    @property
    def row(self) -> NDArray[np.int64]:
        """(n_neurons,) row of each neuron."""
        return self.neurons.populations.row

    def bin_edges(self, n_bins: int) -> NDArray[np.int64]:
        """(n + 1,) first row of each of about `n_bins` bins of rows, and the end of the last.

        No bin holds neurons of two populations, so that none is lost beside a larger one.
        """
        counts = self.neurons.populations.counts
        edges, start = [np.zeros(1, np.int64)], 0
        for count in map(int, counts):
            if count:
                n = min(max(n_bins * count // max(self.n_neurons, 1), 1), count)
                edges.append(start + np.arange(1, n + 1) * count // n)
                start += count
        return np.concatenate(edges)

    def chosen(self, n_chosen: int, also: NDArray[np.int64]) -> NDArray[np.int64]:
        """(k,) ascending rows of neurons spread over all populations, and of the ids `also`."""
        spread = self.row[self.neurons.populations.spread(n_chosen)]
        return np.unique(np.concatenate([spread, self.row[also]]))

    @cached_property
    def plane_cell(self) -> NDArray[np.int64] | None:
        """(n_neurons,) cell of each row: layer * cells^2 + z * cells + x; None without places."""
        x, z = self._levels(0), self._levels(2)
        if x is None or z is None:
            return None
        size = PLANE_CELLS
        inside = (z.astype(np.int64) * size >> 8) * size + (x.astype(np.int64) * size >> 8)
        populations = self.neurons.populations
        layer = np.array(self.layer_numbers, np.int64)[populations.index[populations.order]]
        return layer * size * size + inside

    @cached_property
    def layers(self) -> list[str]:
        """The layers there are, from the pia down; "" if unknown."""
        return list(dict.fromkeys(m.layer for m in self.neurons.populations.members))

    @property
    def layer_numbers(self) -> list[int]:
        """Number of the layer of each population."""
        return [self.layers.index(m.layer) for m in self.neurons.populations.members]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is known of each neuron, in row order: ids, places and angles in 256 levels."""
        order = self.neurons.populations.order
        steps = np.diff(order, prepend=0)
        found: dict[str, NDArray[Any]] = {
            "ids": varints(np.where(steps < 0, -2 * steps - 1, 2 * steps))
        }
        for name, axis in (("x", 0), ("depth", 1), ("z", 2)):
            levels = self._levels(axis)
            if levels is not None:
                found[name] = levels
        angles = self.neurons.tuning_angles
        if angles is not None and np.isfinite(angles).all():
            found["angle"] = (angles[order] % 360 / 360 * 256).astype(np.uint8)
        return found

    def content(self) -> dict[str, Any]:
        """What is known of all neurons together, for JSON."""
        populations = self.neurons.populations
        numbers = zip(populations.members, populations.counts.tolist(), strict=True)
        return {
            "n_neurons": self.n_neurons,
            "named": populations.named,
            "layers": self.layers,
            "populations": [
                {**described(member), "count": count, "layer_number": layer}
                for (member, count), layer in zip(numbers, self.layer_numbers, strict=True)
            ],
            "readout_rows": np.sort(self.row[self.neurons.readout_neurons]).tolist(),
            "range_um": {
                name: [self._range(axis)[0], self._range(axis)[1]]
                for name, axis in (("x", 0), ("depth", 1), ("z", 2))
                if self._range(axis)[1] > self._range(axis)[0]
            },
        }

    def _range(self, axis: int) -> tuple[float, float]:
        positions = self.neurons.positions
        if positions is None or not len(positions) or not np.isfinite(positions).all():
            return 0.0, 0.0
        return float(positions[:, axis].min()), float(positions[:, axis].max())

    def _levels(self, axis: int) -> NDArray[np.uint8] | None:
        """(n_neurons,) place of each row along an axis, 0 to 255; None if unknown."""
        low, high = self._range(axis)
        if self.neurons.positions is None or high <= low:
            return None
        share = (self.neurons.positions[:, axis].astype(np.float64) - low) / (high - low)
        return np.rint(share * _LEVELS).astype(np.uint8)[self.neurons.populations.order]


def described(member: Population) -> dict[str, Any]:
    """A population as JSON holds it, with what was recorded of its like in mice.

    Example:
        >>> from keras_v1_activity.activity.populations import describe_population
        >>> described(describe_population("e4Rorb"))["recorded"]["osi"]
        0.22
    """
    cell_type = f"L{member.layer} {member.cell_class}"
    rates = facts.recorded_rates_hz().get(cell_type, ())
    recorded: dict[str, Any] = dict(facts.recorded_medians().get(cell_type, {}))
    if rates:
        recorded["mean_hz"] = member.recorded_rate_hz
        recorded["quartiles_hz"] = np.percentile(rates, _QUARTILES).tolist()
    return {
        "name": member.name,
        "layer": member.layer,
        "cell_class": member.cell_class,
        "colour": member.colour,
        "recorded": recorded,
    }


def neurons_of(rows: Iterable[Mapping[str, Any]]) -> Neurons:
    """What the numbers of a run say of its neurons, if no data are stored: their populations.

    Args:
        rows: a `History`, or the contents of some ``summary.json``.

    Example:
        >>> neurons_of([{"population_sizes": {"e4Rorb": 3, "i4Pvalb": 1}}]).n_neurons
        4
    """
    sizes: Mapping[str, Any] = {}
    for row in rows:
        found = row.get("population_sizes")
        if isinstance(found, Mapping):
            sizes = found
    names = list(_repeated(sizes))
    return Neurons(Populations.from_names(names) if names else Populations.unnamed(0))


def _repeated(sizes: Mapping[str, Any]) -> Iterator[str]:
    for name, size in sizes.items():
        if isinstance(size, int) and 0 < size < 1_000_000:
            yield from [str(name)] * size
