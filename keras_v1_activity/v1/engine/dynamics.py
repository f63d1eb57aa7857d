"""The rules by which a neuron's equations are integrated, chosen by name. Numpy only."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keras_v1_activity.v1.network.v1_network import Glif3Parameters

NEST: Final = "nest"
V1_GLIF_MODEL: Final = "v1_glif_model"
DPOINTNET: Final = "dpointnet"

DYNAMICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        NEST: "currents integrated exactly within a time step; the potential held at V_reset, and "
        "after-spike currents kept, for t_ref rounded up to whole steps, as glif_psc of NEST does",
        V1_GLIF_MODEL: "t_ref rounded up to whole steps; reset to E_L; no gradient through resets "
        "and after-spike currents; hard_reset holds the potential while refractory",
        DPOINTNET: "as v1_glif_model; half of the gradient passes from a potential to the next and "
        "through recurrent synapses; the surrogate derivative is a triangle",
    }
)
"""What each name changes. None, the default, is the model of Chen et al. 2022."""

# NEST counts time in thousandths of a ms.
_TICS_PER_MS = 1000
# A step of 0.1 ms is no binary fraction: a whole number of steps is one within a millionth.
_TOLERANCE = 1e-6


def checked_dynamics(value: object) -> str | None:
    """`value` as a name of `DYNAMICS`, or None.

    Raises:
        ValueError: it is neither.

    Example:
        >>> checked_dynamics("nest")
        'nest'
    """
    if value is None or (isinstance(value, str) and value in DYNAMICS):
        return value
    names = ", ".join(repr(name) for name in DYNAMICS)
    raise ValueError(
        f"dynamics must be None (the model as published) or one of {names}; got {shown(value)}."
    )


def simulated_parameters(
    parameters: Glif3Parameters, dynamics: str | None, dt: float
) -> Glif3Parameters:
    """The parameters that are simulated in the place of those of the cells.

    Args:
        parameters: `Glif3Parameters`; not changed.
        dynamics: name of `DYNAMICS`, or None, for which they are the same.
        dt: ms per time step.

    Returns:
        `Glif3Parameters`; but for None, t_ref is a whole number of steps, at least one. NEST first
        rounds it to its thousandths of a ms. V_reset is E_L for "v1_glif_model", which reads V_m in
        its place, and V_m is E_L in all fitted cells; and for "dpointnet".

    Example:
        >>> parameters = network.parameters
        >>> whole = simulated_parameters(parameters, "nest", dt=1.0)
        >>> parameters.t_ref.max().round(1), whole.t_ref.max()
        (np.float64(3.5), np.float64(4.0))
    """
    if dynamics is None:
        return parameters
    t_ref = np.asarray(parameters.t_ref, np.float64)
    if dynamics == NEST:
        t_ref = np.floor(t_ref * _TICS_PER_MS + 0.5) / _TICS_PER_MS
        return replace(parameters, t_ref=_whole_steps(t_ref, dt))
    return replace(parameters, t_ref=_whole_steps(t_ref, dt), V_reset=parameters.E_L.copy())


def _whole_steps(times: NDArray[np.floating[Any]], dt: float) -> NDArray[np.float64]:
    """Times in ms, rounded up to whole steps, at least one."""
    return np.maximum(np.ceil(times / dt - _TOLERANCE), 1.0) * dt
