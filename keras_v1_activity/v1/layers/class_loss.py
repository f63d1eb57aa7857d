"""The cross-entropy of the classes as the published training loop divides it."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class ClassLoss(keras.losses.SparseCategoricalCrossentropy):
    """Sparse categorical cross-entropy, divided by the batch twice.

    With cross-entropies c and sample weights w of each trial and chunk, and a batch of b trials:

        loss = sum(w c) / sum(w) / b

    The published training loop (Chen, Scherr & Maass 2022) divides by the sum of the weights, which
    is b if one chunk of each trial is scored, and by b again. The class loss of a larger batch thus
    weighs less beside the losses on rates and potentials. Give it to `compile` to train as
    published. The usual loss, `SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")`,
    divides once.

    Args:
        name: of the loss.
        **kwargs: as of keras.losses.SparseCategoricalCrossentropy, without `reduction`.

    Example:
        >>> labels, halves = np.zeros((4, 1)), np.full((4, 1, 2), 0.5, np.float32)
        >>> round(float(ClassLoss()(labels, halves)), 4)   # ln 2 / 4
        0.1733
    """

    def __init__(self, name: str = "class_loss", **kwargs: Any) -> None:
        kwargs["reduction"] = "mean_with_sample_weight"
        super().__init__(name=name, **kwargs)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of a batch, a scalar."""
        mean = super().__call__(y_true, y_pred, sample_weight)
        batch = keras.ops.shape(y_pred)[0]
        return mean / keras.ops.cast(batch, mean.dtype)
