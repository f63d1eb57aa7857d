"""How the neurons are simulated: the settings that every form of the engine shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import real_number, time_step, whole_number
from keras_v1_activity.common.values import settle
from keras_v1_activity.v1.engine.dynamics import NEST, checked_dynamics, simulated_parameters
from keras_v1_activity.v1.network.glif3_constants import Glif3Constants

if TYPE_CHECKING:
    from keras_v1_activity.v1.network.v1_network import Glif3Parameters, Synapses


@dataclass(frozen=True, kw_only=True)
class CellOptions:
    """Settings of the simulated neurons, checked.

    Attributes:
        dt: ms per time step.
        max_delay: longest synaptic delay, in time steps; longer ones are clipped.
        dampening_factor: height of the surrogate derivative of a spike.
        gauss_std: width of the surrogate derivative, in units of V_th - E_L.
        hard_reset: False subtracts V_th - V_reset at a spike, True sets the potential to V_reset;
            always True for the dynamics of NEST.
        as_published: constants in float32, and every operation in the order of the published code.
        dynamics: None, or a name of `DYNAMICS`: rules of another simulator.

    Raises:
        ValueError: one sentence naming the argument, what came, and what was expected;
            `as_published` together with other dynamics.

    Example:
        >>> CellOptions(max_delay=3).max_delay, CellOptions().dt
        (3, 1.0)
    """

    dt: float = 1.0
    max_delay: int = 5
    dampening_factor: float = 0.5
    gauss_std: float = 0.28
    hard_reset: bool = False
    as_published: bool = False
    dynamics: str | None = None

    def __post_init__(self) -> None:
        dynamics = checked_dynamics(self.dynamics)
        if self.as_published and dynamics is not None:
            raise ValueError(
                "as_published=True is the published model, whose dynamics are None; got "
                f"dynamics={dynamics!r}: leave one of the two out."
            )
        settle(
            self,
            dt=time_step(self.dt),
            max_delay=whole_number(self.max_delay, "max_delay", 1, 5),
            dampening_factor=real_number(self.dampening_factor, "dampening_factor", 0.5, least=0),
            gauss_std=real_number(self.gauss_std, "gauss_std", 0.28, above=0),
            hard_reset=bool(self.hard_reset) or dynamics == NEST,
            as_published=bool(self.as_published),
            dynamics=dynamics,
        )

    def constants(self, parameters: Glif3Parameters) -> Glif3Constants:
        """The constants of neurons for these settings and their dynamics.

        Example:
            >>> CellOptions(as_published=True).constants(network.parameters).decay.dtype
            dtype('float32')
        """
        make = Glif3Constants.as_published if self.as_published else Glif3Constants.of
        return make(simulated_parameters(parameters, self.dynamics, self.dt), self.dt)

    def delay_steps(self, synapses: Synapses) -> NDArray[np.int64]:
        """(n_synapses,) delay of each in whole time steps, rounded and clipped to 1..max_delay.

        Example:
            >>> CellOptions(max_delay=3).delay_steps(network.recurrent).max()
            np.int64(3)
        """
        return np.clip(np.rint(synapses.delay / self.dt), 1, self.max_delay).astype(np.int64)
