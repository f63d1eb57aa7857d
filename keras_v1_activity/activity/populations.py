"""Cell populations: what a name such as `e23Cux2` says, and the order and colour of drawing.

Population names follow Billeh et al. 2020: a letter for excitatory (e) or inhibitory (i), the
layer (23 is layer 2/3), and a marker gene or projection class.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keras_v1_activity.activity import facts

UNNAMED = "neurons"
_NAME = re.compile(r"^([ei])(1|23|2|3|4|56|5|6)(.*)$")
_LAYER = {"23": "2/3"}
_CELL_CLASS = {"pvalb": "PV", "sst": "SST", "vip": "VIP", "htr3a": "Htr3a"}
_CLASS_COLOUR = {
    "Exc": "#C93C3C", "PV": "#4F7A24", "SST": "#247A7A", "VIP": "#9444E4", "Htr3a": "#787878",
}  # fmt: skip
# Tableau's ten colours, for populations whose name says nothing to us.
_OTHER_COLOURS = (
    "#4E79A7", "#F28E2B", "#59A14F", "#E15759", "#76B7B2",
    "#B07AA1", "#9C755F", "#EDC948", "#FF9DA7", "#79706E",
)  # fmt: skip
_LAYER_ORDER = ("1", "2", "2/3", "3", "4", "5", "56", "6")
_CLASS_ORDER = ("Exc", "PV", "SST", "VIP", "Htr3a")


@dataclass(frozen=True)
class Population:
    """One cell population, as far as its name tells.

    Attributes:
        name: as the user wrote it, e.g. ``"i5Pvalb"``.
        layer: cortical layer, e.g. ``"2/3"``; "" where unknown.
        cell_class: "Exc", "PV", "SST", "VIP" or "Htr3a"; "" where unknown.
        colour: hex RGB used for it in every figure.
        recorded_rate_hz: mean rate of recorded units of this layer and class; None where unknown.
    """

    name: str
    layer: str
    cell_class: str
    colour: str
    recorded_rate_hz: float | None

    @property
    def excitatory(self):
        """True, False, or None where the name does not say."""
        return None if not self.cell_class else self.cell_class == "Exc"


def describe_population(name, other_colour=_OTHER_COLOURS[0]):
    """Reads a population name; one that says nothing gets `other_colour` and no layer.

    Example:
        >>> describe_population("i23Pvalb").layer
        '2/3'
    """
    match = _NAME.match(name)
    if not match:
        return Population(name, "", "", other_colour, None)
    kind, digits, marker = match.groups()
    layer = _LAYER.get(digits, digits)
    cell_class = "Exc" if kind == "e" else _CELL_CLASS.get(marker.lower(), "Inh")
    published = {row["pop_name"]: row["hex"] for row in facts.table("cell_types")}
    colour = published.get(name, _CLASS_COLOUR.get(cell_class, _CLASS_COLOUR["Htr3a"]))
    recorded = facts.recorded_rates_hz().get(f"L{layer} {cell_class}")
    rate = float(np.mean(recorded)) if recorded else None
    return Population(name, layer, cell_class, colour, rate)


def _depth_key(population):
    """Known layers from the pia down, excitatory first; unknown names keep their order."""
    layer = population.layer
    cell_class = population.cell_class
    return (
        _LAYER_ORDER.index(layer) if layer in _LAYER_ORDER else len(_LAYER_ORDER),
        _CLASS_ORDER.index(cell_class) if cell_class in _CLASS_ORDER else len(_CLASS_ORDER),
    )


@dataclass(frozen=True, eq=False)
class Populations:
    """Which population each neuron belongs to, in drawing order (layer 1 first).

    Make one with `from_names` or `unnamed`.

    Attributes:
        members: the distinct populations, in drawing order.
        index: int array (n_neurons,), position in `members` of each neuron's population.

    Example:
        >>> p = Populations.from_names(["i4Pvalb", "e23Cux2", "e23Cux2"])
        >>> p.names, p.order.tolist()
        (('e23Cux2', 'i4Pvalb'), [1, 2, 0])
    """

    members: tuple
    index: np.ndarray

    @classmethod
    def from_names(cls, names):
        """From one population name per neuron.

        Raises:
            ValueError: `names` is not a flat, non-empty sequence of strings.
        """
        names = np.asarray(names)
        if names.dtype.kind == "S":
            names = names.astype(str)
        if names.ndim != 1 or names.size == 0 or names.dtype.kind not in "UO":
            raise ValueError(
                "populations must be one name per neuron, e.g. ['e23Cux2', 'i4Pvalb', ...]; "
                f"got an array of shape {names.shape} and type {names.dtype}."
            )
        distinct, first, inverse = np.unique(
            names.astype(str), return_index=True, return_inverse=True
        )
        by_appearance = np.argsort(first, kind="stable")
        described = [
            describe_population(str(distinct[i]), _OTHER_COLOURS[k % len(_OTHER_COLOURS)])
            for k, i in enumerate(by_appearance)
        ]
        drawing = sorted(range(len(described)), key=lambda k: _depth_key(described[k]))
        position = np.empty(len(distinct), np.int32)
        position[by_appearance[drawing]] = np.arange(len(distinct))
        index = position[inverse.reshape(-1)]
        index.setflags(write=False)
        return cls(tuple(described[k] for k in drawing), index)

    @classmethod
    def unnamed(cls, n_neurons):
        """One population of all neurons, for networks that name none."""
        index = np.zeros(n_neurons, np.int32)
        index.setflags(write=False)
        return cls((Population(UNNAMED, "", "", _OTHER_COLOURS[0], None),), index)

    @property
    def n_neurons(self):
        """How many neurons there are in all."""
        return len(self.index)

    @property
    def names(self):
        """The distinct population names, in drawing order."""
        return tuple(population.name for population in self.members)

    @property
    def named(self):
        """False for the stand-in made by `unnamed`."""
        return self.names != (UNNAMED,)

    @cached_property
    def counts(self):
        """Neurons in each population, int array in drawing order."""
        return np.bincount(self.index, minlength=len(self.members))

    @cached_property
    def order(self):
        """Neuron ids in drawing order: by population, then by id."""
        return np.argsort(self.index, kind="stable")

    @cached_property
    def row(self):
        """Row of each neuron when drawn in `order`; the inverse of it."""
        row = np.empty(self.n_neurons, np.int64)
        row[self.order] = np.arange(self.n_neurons)
        return row

    def name_of(self, neuron):
        """Population name of one neuron id."""
        return self.members[self.index[neuron]].name

    def names_per_neuron(self):
        """One name per neuron, str array (n_neurons,)."""
        return np.asarray(self.names)[self.index]

    def spread(self, n):
        """At most `n` neuron ids, spaced evenly through the drawing order.

        Every population of a fair size is then represented in a small selection.
        """
        n = min(n, self.n_neurons)
        if n <= 0:
            return np.zeros(0, np.int64)
        places = ((np.arange(n) + 0.5) * self.n_neurons / n).astype(np.int64)
        return self.order[places]
