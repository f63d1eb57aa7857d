"""What the files of a SONATA network do not settle: arguments of `load_network`, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from keras_v1_activity.common.checks import real_number, shown

DEPTHS: Final = ("auto", "y", "-y")
BACKGROUNDS: Final = ("auto", "summed", "independent")
BACKGROUND_HZ: Final = 250.0
"""Rate of each of the independent background sources of the models of the Allen Institute."""


@dataclass(frozen=True, kw_only=True)
class SonataSettings:
    """Arguments of `load_network` that only SONATA networks need.

    Attributes:
        depth: "y" or "-y", which of them is the depth below the pia; "auto" tells if all have the
            same sign.
        lgn_population: name of the population of nodes that is the input; None: told by its name.
        background: "summed", one source for all; "independent", sources of their own; "auto",
            summed if there is one source.
        background_rate: how often an independent source fires, Hz; None: as the configuration says,
            else 250 Hz.

    Raises:
        ValueError: one sentence, for a value that is none of these.

    Example:
        >>> SonataSettings(depth="-y").depth
        '-y'
    """

    depth: str = "auto"
    lgn_population: str | None = None
    background: str = "auto"
    background_rate: float | None = None

    def __post_init__(self) -> None:
        _check("depth", self.depth, DEPTHS)
        _check("background", self.background, BACKGROUNDS)
        if self.lgn_population is not None and not isinstance(self.lgn_population, str):
            raise ValueError(
                "lgn_population must be the name of a population of nodes, or None; got "
                f"{shown(self.lgn_population)}."
            )
        if self.background_rate is not None:
            real_number(self.background_rate, "background_rate", BACKGROUND_HZ, least=0)


def _check(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {list(known)}; got {shown(value)}.")
