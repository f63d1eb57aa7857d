"""Cell populations: what a name such as `e23Cux2` says, and the order and colour of drawing.

Population names follow Billeh et al. 2020: a letter for excitatory (e) or inhibitory (i), the
layer (23 is layer 2/3), and a marker gene or projection class.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.drawing_order import DrawingOrder
from keras_v1_activity.common.checks import counted, frozen_indices, shortened, shown, whole_number
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.values import Value, read_only, settle

UNNAMED: str = "neurons"
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

    Its `repr` stays as it is: stored runs hold a digest of it.

    Attributes:
        name: as the user wrote it, e.g. ``"i5Pvalb"``.
        layer: cortical layer, e.g. ``"2/3"``; "" if unknown.
        cell_class: "Exc", "PV", "SST", "VIP" or "Htr3a"; "" if unknown.
        colour: hex RGB used for it in every figure.
        recorded_rate_hz: mean rate of recorded units of this layer and class; None if unknown.

    Example:
        >>> Population("e4Rorb", "4", "Exc", "#C93C3C", None).excitatory
        True
    """

    name: str
    layer: str
    cell_class: str
    colour: str
    recorded_rate_hz: float | None

    @property
    def excitatory(self) -> bool | None:
        """True, False, or None if the name does not say."""
        return None if not self.cell_class else self.cell_class == "Exc"


def describe_population(name: str, other_colour: str = _OTHER_COLOURS[0]) -> Population:
    """Reads a population name; one that says nothing gets `other_colour` and no layer.

    Args:
        name: such as ``"i23Pvalb"``.
        other_colour: hex RGB for a name that says nothing.

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


def _depth_key(population: Population) -> tuple[int, int]:
    """Known layers from the pia down, excitatory first; unknown names keep their order."""
    layer = population.layer
    cell_class = population.cell_class
    return (
        _LAYER_ORDER.index(layer) if layer in _LAYER_ORDER else len(_LAYER_ORDER),
        _CLASS_ORDER.index(cell_class) if cell_class in _CLASS_ORDER else len(_CLASS_ORDER),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Populations(Value, DrawingOrder):
    """Which population each neuron belongs to, in drawing order (layer 1 first).

    Make one with `from_names` or `unnamed`. It is immutable: what it is given is copied.

    Attributes:
        members: the distinct populations, in drawing order.
        index: (n_neurons,) int32, position in `members` of each neuron's population.

    Raises:
        ValueError: `members` holds something else, or `index` points beside them.

    Example:
        >>> p = Populations.from_names(["i4Pvalb", "e23Cux2", "e23Cux2"])
        >>> p
        Populations(3 neurons: 2 e23Cux2, 1 i4Pvalb)
        >>> p.names, p.order.tolist()
        (('e23Cux2', 'i4Pvalb'), [1, 2, 0])
    """

    members: tuple[Population, ...]
    index: NDArray[np.int32]

    if TYPE_CHECKING:  # what the constructor takes; dataclass makes it

        def __init__(self, members: Sequence[Population], index: AnyArray) -> None: ...

    def __post_init__(self) -> None:
        members = tuple(self.members)
        for member in members:
            if not isinstance(member, Population):
                raise ValueError(
                    f"members must be Population objects; got {shown(member)}: make populations of "
                    "one name per neuron with Populations.from_names."
                )
        what = "positions in members"
        index = frozen_indices(self.index, "index", "neuron", len(members), np.int32, what)
        settle(self, members=members, index=index)

    @classmethod
    def from_names(cls, names: ArrayLike) -> Populations:
        """From one population name per neuron.

        Args:
            names: (n_neurons,) text.

        Raises:
            ValueError: `names` is not a flat, non-empty sequence of strings.
        """
        given = np.asarray(names)
        if given.dtype.kind == "S":
            given = given.astype(str)
        if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "UO":
            raise ValueError(
                "populations must be one name per neuron, e.g. ['e23Cux2', 'i4Pvalb', ...]; "
                f"got an array of shape {given.shape} and type {given.dtype}."
            )
        distinct, first, inverse = np.unique(
            given.astype(str), return_index=True, return_inverse=True
        )
        by_appearance = np.argsort(first, kind="stable")
        described = [
            describe_population(str(distinct[i]), _OTHER_COLOURS[k % len(_OTHER_COLOURS)])
            for k, i in enumerate(by_appearance)
        ]
        drawing = sorted(range(len(described)), key=lambda k: _depth_key(described[k]))
        position = np.empty(len(distinct), np.int32)
        position[by_appearance[drawing]] = np.arange(len(distinct))
        return cls(tuple(described[k] for k in drawing), position[inverse.reshape(-1)])

    @classmethod
    def unnamed(cls, n_neurons: int) -> Populations:
        """One population of all neurons, for networks that name none.

        Raises:
            ValueError: `n_neurons` is not a whole number of at least 0.
        """
        n = whole_number(n_neurons, "n_neurons", 0, 2000)
        member = Population(UNNAMED, "", "", _OTHER_COLOURS[0], None)
        return cls((member,), np.zeros(n, np.int32))

    @property
    def n_neurons(self) -> int:
        """How many neurons there are in all."""
        return len(self.index)

    @property
    def names(self) -> tuple[str, ...]:
        """The distinct population names, in drawing order."""
        return tuple(population.name for population in self.members)

    @property
    def named(self) -> bool:
        """False for the stand-in made by `unnamed`."""
        return self.names != (UNNAMED,)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(n_populations,) neurons in each population, in drawing order; read-only."""
        return read_only(np.bincount(self.index, minlength=len(self.members)))

    def names_per_neuron(self) -> NDArray[np.str_]:
        """(n_neurons,) one name per neuron."""
        return np.asarray(self.names)[self.index]

    def name_of(self, neuron: int) -> str:
        """Population name of one neuron id."""
        return self.members[self.index[neuron]].name

    def __repr__(self) -> str:
        return f"Populations({described(self)})"


def described(populations: Populations, most: int = 6) -> str:
    """How many neurons there are, and how many in each of the first `most` populations.

    Example:
        >>> described(Populations.from_names(["e4Rorb", "i4Pvalb", "e4Rorb"]))
        '3 neurons: 2 e4Rorb, 1 i4Pvalb'
    """
    whole = counted(populations.n_neurons, "neuron")
    if not populations.named:
        return whole
    pairs = zip(populations.counts, populations.names, strict=True)
    texts = [f"{count:,} {shortened(name, 16)}" for count, name in pairs]
    if len(texts) > most:
        texts = [*texts[:most], f"and {len(texts) - most:,} populations more"]
    return f"{whole}: {', '.join(texts)}"
