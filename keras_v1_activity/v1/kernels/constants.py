"""The constants of a cell as the loops take them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.dpointnet_cell import VOLTAGE_GRADIENT, DPointNetCell
from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
from keras_v1_activity.v1.engine.nest_cell import NestCell
from keras_v1_activity.v1.engine.v1_glif_model_cell import V1GlifModelCell

GLIF3, V1_GLIF_MODEL, NEST = 0, 1, 2


class CellConstants(NamedTuple):
    """Constants of n neurons, float32: names as of `Glif3Equations` and `NestCell`.

    Attributes:
        kind: `GLIF3`, `V1_GLIF_MODEL` or `NEST`: whose equations.
        hard_reset: as of `CellOptions`.
        triangle: whether the surrogate derivative is a triangle.
        dt, dampening_factor, gauss_std: as of `CellOptions`.
        voltage_gradient, recurrent_gradient: part of the gradient that passes from a potential to
            that before it, and through synapses to spikes.
        v_reset, decay, current_factor, t_ref: (n,).
        asc_change, asc_amps: (2, n).
        syn_decay, psc_initial: (4 n,).
        rise_gain, psc_gain, asc_gain, asc_change_at_spike: of `NestCell`; empty for others.
    """

    kind: int
    hard_reset: bool
    triangle: bool
    dt: np.float32
    dampening_factor: np.float32
    gauss_std: np.float32
    voltage_gradient: np.float32
    recurrent_gradient: np.float32
    v_reset: NDArray[np.float32]
    decay: NDArray[np.float32]
    current_factor: NDArray[np.float32]
    t_ref: NDArray[np.float32]
    asc_change: NDArray[np.float32]
    asc_amps: NDArray[np.float32]
    syn_decay: NDArray[np.float32]
    psc_initial: NDArray[np.float32]
    rise_gain: NDArray[np.float32]
    psc_gain: NDArray[np.float32]
    asc_gain: NDArray[np.float32]
    asc_change_at_spike: NDArray[np.float32]

    @classmethod
    def of(cls, cell: Glif3Cell) -> CellConstants:
        """Those of a cell."""
        kind = NEST if isinstance(cell, NestCell) else GLIF3
        kind = V1_GLIF_MODEL if isinstance(cell, V1GlifModelCell) else kind
        dpointnet = isinstance(cell, DPointNetCell)

        def column(name: str, width: int = 1) -> NDArray[np.float32]:
            values: Any = getattr(cell, name, None)
            if values is None:
                return np.zeros((0,) * width, np.float32)
            # Eager tensors, also where a graph is being traced.
            with tf.init_scope():
                return np.ascontiguousarray(values.numpy()[..., 0], np.float32)

        values: list[Any] = [
            kind, cell.hard_reset, dpointnet,
            *(np.float32(x) for x in (
                cell.dt, cell.dampening_factor, cell.gauss_std,
                VOLTAGE_GRADIENT if dpointnet else 1.0, cell.recurrent_gradient,
            )),
            *(column(name) for name in ("v_reset", "decay", "current_factor", "t_ref")),
            *(column(name, 2) for name in ("asc_change", "asc_amps")),
            *(column(name) for name in ("syn_decay", "psc_initial", "rise_gain", "psc_gain")),
            *(column(name, 2) for name in ("asc_gain", "asc_change_at_spike")),
        ]  # fmt: skip
        return cls(*values)
