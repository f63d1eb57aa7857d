"""How the neurons are simulated: the settings that every form of the engine shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import real_number, shown, time_step, whole_number
from keras_v1_activity.common.values import settle
from keras_v1_activity.v1.engine.dynamics import NEST, checked_dynamics, simulated_parameters
from keras_v1_activity.v1.network.glif3_constants import Glif3Constants

if TYPE_CHECKING:
    from keras_v1_activity.v1.network.v1_network import Glif3Parameters, Synapses

ENGINES: Final[tuple[str, ...]] = ("xla", "numba")
SUMS_DTYPES: Final[tuple[str, ...]] = ("float32", "float16", "bfloat16")


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
        segment_ms: the way back keeps the states every so many ms only, and runs what is between
            again; None keeps what it needs of every time step.
        sums_dtype: in which weights and what they are summed over are read, "float32", "float16"
            or "bfloat16"; weights, states and sums are float32 always.
        engine: "xla" compiles the network with XLA, for a CPU or a GPU; "numba" compiles loops for
            the CPU, which are faster there.

    Raises:
        ValueError: one sentence naming the argument, what came, and what was expected;
            `as_published` together with other dynamics, and "numba" with what it does not do.

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
    segment_ms: float | None = None
    sums_dtype: str = "float32"
    engine: str = "xla"

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
        self._check_cost()

    def _check_cost(self) -> None:
        """The settings that change what a run costs."""
        if self.segment_ms is not None:
            ms = real_number(self.segment_ms, "segment_ms", 100, least=self.dt)
            settle(self, segment_ms=ms)
            if abs(ms / self.dt - round(ms / self.dt)) > 1e-6:
                raise ValueError(
                    f"segment_ms must be a whole number of time steps of {self.dt} ms, e.g. "
                    f"{100 * self.dt:g}; got {ms:g}."
                )
        if self.sums_dtype not in SUMS_DTYPES:
            raise ValueError(
                f"sums_dtype must be one of {list(SUMS_DTYPES)}; got {self.sums_dtype!r}."
            )
        checked_engine(self.engine)
        if self.engine == "numba":
            for name in ("as_published", "segment_ms", "sums_dtype"):
                if getattr(self, name) != getattr(type(self), name):
                    raise ValueError(
                        f"engine='numba' does not know {name}={getattr(self, name)!r}: take "
                        f"engine='xla', or leave {name} out."
                    )

    def segment_steps(self, n_steps: int | None) -> int | None:
        """Time steps of a segment, or None without segments.

        Args:
            n_steps: of the whole sequence, if known.

        Raises:
            ValueError: the sequence is not a whole number of segments.

        Example:
            >>> CellOptions(segment_ms=100).segment_steps(600)
            100
        """
        if self.segment_ms is None:
            return None
        steps = round(self.segment_ms / self.dt)
        if n_steps is not None and n_steps % steps:
            near = [k for k in range(1, n_steps + 1) if n_steps % k == 0]
            near = min(near, key=lambda k: abs(k - steps)) * self.dt
            raise ValueError(
                f"segment_ms must divide the sequence of {n_steps} time steps of {self.dt} ms, "
                f"e.g. {near:g}; got {self.segment_ms:g}."
            )
        return steps

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


def checked_engine(value: object) -> str:
    """`value` as one of `ENGINES`.

    Raises:
        ValueError: it is none.

    Example:
        >>> checked_engine("numba")
        'numba'
    """
    if isinstance(value, str) and value in ENGINES:
        return value
    raise ValueError(f"engine must be one of {list(ENGINES)}; got {shown(value)}.")
