"""The numbers of a step's gradients, updates and weights, summed in the graph to small arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_v1_activity.capture.apart import apart
from keras_v1_activity.capture.health.roles import raw
from keras_v1_activity.capture.health.tables import HealthTables, Watched

SUMS: tuple[str, ...] = ("gradient_squares", "gradient_sizes", "update_squares", "weight_squares")
"""What is summed: g^2, |g|, (after - before)^2 and before^2."""

PREFIX: str = "health/"
"""Before the name of each array."""


class HealthSums:
    """Sums of one set of weights, with its tables on the device.

    All is summed in double precision.

    Args:
        tables: `HealthTables`.
        by_xla: whether the step is compiled by XLA, which lacks some operations.
        device: where the tables lie; None: TensorFlow chooses.

    Example:
        >>> from keras_v1_activity.activity.populations import Populations
        >>> from keras_v1_activity.capture.health.roles import trainable_weights
        >>> layer = model.get_layer("rsnn")
        >>> found = trainable_weights(model, layer)
        >>> sums = HealthSums(HealthTables.of(found, Populations.unnamed(9), layer))
        >>> before = [tf.identity(each.variable) for each in found]
        >>> kept = sums.of(before, before, scale=None)
        >>> kept["health/sums"].shape, kept["health/by_population"].shape
        (TensorShape([3, 4]), TensorShape([1, 4]))
    """

    def __init__(
        self, tables: HealthTables, *, by_xla: bool = False, device: str | None = None
    ) -> None:
        self.tables: HealthTables = tables
        self._by_xla = by_xla
        # Outside of any graph, so that one that is compiled again finds them.
        self._on_device: list[dict[str, Any]] = apart(
            lambda: [_constants(each) for each in tables.watched], device
        )

    def of(
        self, gradients: Sequence[Any], before: Sequence[Any], scale: Any = None
    ) -> dict[str, Any]:
        """What is kept of a step, when it has ended.

        Args:
            gradients: of each array of weights, or None.
            before: each array as it was before the step, or None.
            scale: what the gradients are multiplied by; None for 1.

        Returns:
            Dict of tensors, named as below behind `PREFIX`: float64 sums (arrays, 4), as of `SUMS`,
            by_population (populations, 4), not_finite (arrays, 2) of gradients and of weights after
            the step, known (arrays, 2), 1 where there is a gradient and where the weights before
            are known, dale (populations + 1,) weights of the wrong sign by source; float32 chosen
            and chosen_before (k,).
        """
        n_groups = len(self.tables.groups.names)
        sums, not_finite, chosen, chosen_before = [], [], [], []
        by_population: Any = tf.zeros((n_groups - 1, len(SUMS)), tf.float64)
        dale: Any = tf.zeros((n_groups,), tf.float64)
        for at, (each, on_device) in enumerate(
            zip(self.tables.watched, self._on_device, strict=True)
        ):
            after = _double(raw(each.weights.variable))
            gradient = _double(gradients[at])
            if gradient is not None and scale is not None:
                gradient = gradient / tf.cast(scale, tf.float64)
            was = _double(before[at], tuple(each.weights.variable.shape))
            totals, of_groups = self._by_population(each, on_device, gradient, was, after)
            sums.append(totals)
            if of_groups is not None:
                by_population += of_groups
            not_finite.append(tf.stack([_not_finite(gradient), _not_finite(after)]))
            if each.codes is not None:
                dale += _of_wrong_sign(after, on_device["codes"], n_groups)
            if len(each.chosen):
                for kept, values in (
                    (chosen, after),
                    (chosen_before, after if was is None else was),
                ):
                    flat = tf.gather(tf.reshape(values, (-1,)), on_device["chosen"])
                    kept.append(tf.cast(flat, tf.float32))
        known = [[g is not None, w is not None] for g, w in zip(gradients, before, strict=True)]
        kept_of_all = {
            "sums": tf.stack(sums),
            "by_population": by_population,
            "not_finite": tf.stack(not_finite),
            "known": tf.constant(np.array(known, np.float64)),
            "dale": dale,
            "chosen": tf.concat([*chosen, tf.zeros((0,))], 0),
            "chosen_before": tf.concat([*chosen_before, tf.zeros((0,))], 0),
        }
        return {PREFIX + name: tensor for name, tensor in kept_of_all.items()}

    def _by_population(
        self, each: Watched, on_device: Mapping[str, Any], gradient: Any, before: Any, after: Any
    ) -> tuple[Any, Any]:
        """((4,) sums, (populations, 4) sums, or None if the targets are unknown)."""
        nothing = tf.zeros(tuple(each.weights.variable.shape), tf.float64)
        gradient = nothing if gradient is None else gradient
        update = nothing if before is None else after - before
        before = nothing if before is None else before
        rows = [gradient * gradient, tf.abs(gradient), update * update, before * before]
        if each.runs is None:
            return tf.stack([tf.reduce_sum(row) for row in rows]), None
        runs, n_runs = tf.cast(on_device["runs"], tf.int32), len(each.run_population)
        flat = [tf.reduce_sum(tf.reshape(row, (-1, len(each.runs))), 0) for row in rows]
        if self._by_xla:
            by_run = [tf.math.unsorted_segment_sum(row, runs, n_runs) for row in flat]
        else:
            # Several times faster, since equal ones stand together.
            by_run = [tf.ensure_shape(tf.math.segment_sum(row, runs), (n_runs,)) for row in flat]
        of_runs = tf.stack(by_run, 1)
        n_populations = len(self.tables.groups.names) - 1
        of_groups = tf.math.unsorted_segment_sum(
            of_runs, on_device["run_population"], n_populations
        )
        return tf.reduce_sum(of_runs, 0), of_groups


def _constants(each: Watched) -> dict[str, Any]:
    arrays = {"chosen": each.chosen, "run_population": each.run_population}
    if each.runs is not None:
        arrays["runs"] = each.runs
    if each.codes is not None:
        arrays["codes"] = each.codes
    return {name: tf.convert_to_tensor(array) for name, array in arrays.items()}


def _double(values: Any, shape: tuple[int, ...] | None = None) -> Any:
    """In double precision, of a known shape; None stays."""
    if values is None:
        return None
    tensor = tf.cast(tf.convert_to_tensor(values), tf.float64)
    return tensor if shape is None else tf.ensure_shape(tensor, shape)


def _not_finite(values: Any) -> Any:
    if values is None:
        return tf.zeros((), tf.float64)
    return tf.reduce_sum(tf.cast(~tf.math.is_finite(values), tf.float64))


def _of_wrong_sign(weights: Any, codes: Any, n_groups: int) -> Any:
    """(populations + 1,) number of weights of the wrong sign, by source."""
    codes = tf.cast(codes, tf.int32)
    sign = tf.cast(codes % 3 - 1, tf.float64)
    wrong = tf.cast(tf.reshape(weights, (-1,)) * sign < 0, tf.float64)
    # A constraint keeps them right as a rule: nothing is left to be told apart by source.
    return tf.cond(
        tf.reduce_any(wrong > 0),
        lambda: tf.math.unsorted_segment_sum(wrong, codes // 3, n_groups),
        lambda: tf.zeros((n_groups,), tf.float64),
    )
