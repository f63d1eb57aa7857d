"""What every task is told besides its trial."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """How many trials, in which form, from which seed; see `make_task`.

    Attributes:
        batch_size: trials in a batch.
        current_input: False gives spikes, True currents.
        n_test: held-out trials, before rounding up to whole batches.
        seed: of the trials.
        first_batch: training begins with this batch, from 0.

    Raises:
        ValueError: no trial in a batch, or no held-out trial.

    Example:
        >>> TaskSettings(batch_size=8, n_test=20).n_test_batches
        3
    """

    batch_size: int = 8
    current_input: bool = False
    n_test: int = 160
    seed: int = 0
    first_batch: int = 0

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.n_test < 1:
            raise ValueError(
                "batch_size and n_test must be at least 1; got "
                f"{self.batch_size} and {self.n_test}."
            )

    @property
    def n_test_batches(self) -> int:
        """Batches that hold at least `n_test` trials."""
        return -(-self.n_test // self.batch_size)
