"""The options of the command `nest`, as one frozen value. Loads neither TensorFlow nor NEST."""

from __future__ import annotations

from dataclasses import dataclass

from keras_v1_activity.common.checks import real_number
from keras_v1_activity.experiments.options import NetworkOptions, TrialOptions, option
from keras_v1_activity.v1.network.selection import DEFAULT_SEED


@dataclass(frozen=True, kw_only=True)
class NestOptions(TrialOptions, NetworkOptions):
    """The run in NEST.

    Raises:
        ValueError: a number out of range, or options that do not go together.

    Example:
        >>> NestOptions(trials=8).window
        (50.0, 200.0)
    """

    checkpoint: str | None = option(
        None, "weights: exported HDF5 file, which alone is enough, or with --data_dir any "
        "checkpoint or results folder", kind=str,
    )  # fmt: skip
    neurons: int | None = option(
        None, "neurons to load; 0 for all in the folder (default: those of the checkpoint if "
        "it says, else 2000)", kind=int, least=0,
    )  # fmt: skip
    sample: int = option(0, "which held-out trial of the task is shown", least=0)
    sample2: int | None = option(
        None, "a second one, shown as well and compared with it", kind=int, least=0
    )
    auto: bool = option(False, "one sample of each class, instead of sample")
    trials: int = option(1, "trials of each sample, each with its own noise", least=1)
    jobs: int = option(1, "trials that run at a time, in as many processes", least=1)
    seed: int = option(0, "of the trials' LGN spikes and noise", least=0)
    network_seed: int = option(
        DEFAULT_SEED, "of the choice of neurons and of held-out samples, as in training", least=0
    )
    untrained: bool = option(False, "the weights of data_dir, not those of the checkpoint")
    compare_untrained: bool = option(False, "those as well, and both compared")
    window: tuple[float, float] = option(
        (50.0, 200.0), "output neurons' spikes count from the first to before the second time, ms"
    )
    resolution: float = option(0.1, "NEST's time step, ms; 1 ms must be a whole number of them")
    max_delay: int = option(5, "longest synaptic delay, ms", least=1)
    noise: bool = option(True, "background noise")
    voltage_neurons: int = option(20, "neurons whose membrane potentials are recorded", least=0)
    output_dir: str = option("nest_results", "folder of the results", flag="--out")
    animation: bool = option(True, "an animation of the first trial")

    def __post_init__(self) -> None:
        super().__post_init__()
        real_number(self.resolution, "resolution", 0.1, above=0)
        self._check_choices()

    def _check_choices(self) -> None:
        if self.auto and self.sample2 is not None:
            raise ValueError("auto shows one sample of each class: give auto or sample2, not both.")
        if self.untrained and self.compare_untrained:
            raise ValueError("compare_untrained runs both: give it or untrained, not both.")
        if self.compare_untrained and self.checkpoint is None:
            raise ValueError(
                "compare_untrained needs a checkpoint to compare the untrained network with."
            )
