"""Which cell simulates a network, by the name of its dynamics."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.dpointnet_cell import DPointNetCell
from keras_v1_activity.v1.engine.dynamics import DPOINTNET, NEST, V1_GLIF_MODEL
from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
from keras_v1_activity.v1.engine.nest_cell import NestCell
from keras_v1_activity.v1.engine.v1_glif_model_cell import V1GlifModelCell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keras_v1_activity.activity.neurons import Neurons
    from keras_v1_activity.v1.network.v1_network import Glif3Parameters

_CELLS: Final[Mapping[str | None, type[Glif3Cell]]] = MappingProxyType(
    {None: Glif3Cell, NEST: NestCell, V1_GLIF_MODEL: V1GlifModelCell, DPOINTNET: DPointNetCell}
)


def make_cell(
    parameters: Glif3Parameters,
    neurons: Neurons | None = None,
    options: CellOptions | None = None,
    *,
    dtype: str = "float32",
) -> Glif3Cell:
    """The cell whose equations the options ask for.

    Args:
        parameters: `Glif3Parameters` of n neurons, in physical units; not changed.
        neurons: `Neurons` that capture and figures take populations and thresholds from.
        options: `CellOptions`, whose `dynamics` decide; the default ones if None.
        dtype: of the state.

    Example:
        >>> type(make_cell(network.parameters, options=CellOptions(dynamics="nest"))).__name__
        'NestCell'
    """
    options = options or CellOptions()
    return _CELLS[options.dynamics](parameters, neurons, options, dtype=dtype)
