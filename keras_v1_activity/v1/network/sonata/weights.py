"""What the weight of a synapse is: its ``syn_weight`` times a factor that a rule gives.

The rules are those of the models of the Allen Institute (Billeh et al. 2020, Methods); their names
stand in the column ``weight_function`` of the types of edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown

# Rules by which the stored weight is the whole weight.
_STORED: Final = ("weight_function_recurrent", "weight_function_lgn", "weight_function_bkg")
_OTHERS, _EXCITATORY = "DirectionRule_others", "DirectionRule_EE"


@dataclass(frozen=True, eq=False, kw_only=True)
class Ends:
    """What a rule may ask of the ends of n synapses; None where it is not known.

    Attributes:
        source_tuning, target_tuning: (n,) tuning angle, degrees.
        dx, dz: (n,) target minus source, um.

    Example:
        >>> Ends(source_tuning=np.zeros(1), target_tuning=np.ones(1), dx=None, dz=None).dx is None
        True
    """

    source_tuning: NDArray[Any] | None
    target_tuning: NDArray[Any] | None
    dx: NDArray[Any] | None
    dz: NDArray[Any] | None


def weight_factor(
    rule: str | None,
    ends: Ends,
    nsyns: NDArray[Any] | float,
    sigma: NDArray[Any] | float | None,
    where: str,
) -> NDArray[Any] | float:
    """Factor of the ``syn_weight`` of synapses of one rule.

    Args:
        rule: its name, or None.
        ends: of the synapses.
        nsyns: how many synapses each row stands for.
        sigma: width of a rule that goes by tuning, degrees.
        where: file, for the message.

    Raises:
        ValueError: an unknown rule, or one whose numbers are missing.

    Example:
        >>> tuned = Ends(
        ...     source_tuning=np.array([10.0]), target_tuning=np.array([350.0]), dx=None, dz=None
        ... )
        >>> weight_factor("DirectionRule_others", tuned, 2.0, 20.0, "types.csv").round(4)
        array([0.7358])
        >>> weight_factor(None, tuned, 2.0, None, "types.csv")
        2.0
    """
    if rule is None:
        return nsyns
    if rule in _STORED:
        return 1.0
    if rule not in (_OTHERS, _EXCITATORY):
        known = ", ".join((*_STORED, _OTHERS, _EXCITATORY))
        raise ValueError(
            f"{where}: the weight_function {shown(rule)} is not known here, only {known}: write "
            "the weights that it gives into the column syn_weight, and remove it."
        )
    source, target = (
        _needed(ends.source_tuning, rule, where),
        _needed(ends.target_tuning, rule, where),
    )
    if sigma is None:
        raise ValueError(f"{where}: {rule} needs weight_sigma, which the edges do not have.")
    apart = np.abs(np.abs(np.mod(np.abs(target - source), 360.0) - 180.0) - 180.0)
    factor = nsyns * np.exp(-((apart / sigma) ** 2))
    return factor if rule == _OTHERS else factor * _along(ends, target, where)


def _needed(values: NDArray[Any] | None, rule: str, where: str) -> NDArray[Any]:
    if values is None or not np.isfinite(values).all():
        raise ValueError(
            f"{where}: {rule} needs the tuning_angle of both ends of a synapse and their places, "
            "which the nodes do not all have."
        )
    return values


def _along(ends: Ends, tuning: NDArray[Any], where: str) -> NDArray[Any]:
    """Factor for where a synapse runs, beside the direction that its target is tuned to."""
    dx, dz = (_needed(d, _EXCITATORY, where) for d in (ends.dx, ends.dz))
    angle = np.deg2rad(tuning)
    shift = 0.07 * dx * np.cos(angle) + 0.04 * dz * np.sin(angle)  # degrees of the visual field
    to_axis = np.abs(np.abs(np.abs(180.0 - np.mod(np.abs(tuning), 360.0)) - 90.0) - 90.0)
    return np.exp(-(shift**2) / 2.0) * (5.5 / 4.0 - 11.0 / 1680.0 * to_axis)
