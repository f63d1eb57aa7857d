"""What the page holds of one look: a container of arrays, as fine as a level says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import unit_of
from keras_v1_activity.report.levels import Level
from keras_v1_activity.report.neuron_rows import PLANE_CELLS, NeuronRows
from keras_v1_activity.report.packing import pack, varints

Arrays = dict[str, NDArray[Any]]

_INPUT_COLUMNS: Final = 120
_MOST_OUTPUTS: Final = 4_000
_MOST_CONFIDENCES: Final = 2_000
# As fine as they can be seen: a potential in a panel of 100 pixels, the input as shades.
_POTENTIAL_LEVELS: Final = 95
_INPUT_LEVELS: Final = 31
# Curves of a look; all other numbers stand in the columns of the run.
_CURVES: Final = (("statistics", "population_fano"), ("statistics", "spectrum"))
_WEIGHT_MEASURES: Final = ("mean", "kl", "wasserstein")
_ARROW: Final = " -> "


def look_container(
    activity: Activity, row: Mapping[str, Any], rows: NeuronRows, level: Level
) -> list[bytes]:
    """One look as the page reads it: a container, see `packing.pack`.

    Args:
        activity: the look.
        row: its numbers, the content of its summary.json.
        rows: of the neurons of the run.
        level: what is kept.

    Example:
        >>> from keras_v1_activity.report.levels import FULL
        >>> from keras_v1_activity.report.packing import read_varints, unpack
        >>> rows = NeuronRows(activity.neurons)
        >>> parts = look_container(activity, {"step": 100}, rows, FULL)
        >>> content, arrays = unpack(b"".join(parts))
        >>> content["n_spikes"] == activity.n_spikes == len(read_varints(arrays["gaps"]))
        True
    """
    arrays: Arrays = {}
    content: dict[str, Any] = {
        "step": activity.step,
        "n_steps": activity.n_steps,
        "dt": activity.dt,
        "n_spikes": activity.n_spikes,
        "all_spikes": level.all_spikes,
    }
    spike_rows = rows.row[activity.spike_neurons]
    if level.all_spikes:
        arrays |= spike_arrays(spike_rows, activity.spike_steps, activity.n_steps, rows.n_neurons)
    else:
        arrays |= _density(activity, spike_rows, rows, level)
        content["columns"] = min(level.columns, max(activity.n_steps, 1))
    if level.plane and not level.all_spikes and rows.plane_cell is not None:
        counts = np.bincount(
            rows.plane_cell[spike_rows], minlength=len(rows.layers) * PLANE_CELLS**2
        )
        arrays["plane"] = _small(counts)
    arrays |= _potentials(activity, level, content)
    arrays |= _inputs(activity, level, content)
    arrays |= _outputs(activity, content)
    if level.curves:
        content["row"] = _curves(row)
        arrays |= _weights(row, content)
    return pack(content, arrays)


def spike_arrays(
    rows: NDArray[Any], steps: NDArray[Any], n_steps: int, n_rows: int
) -> dict[str, NDArray[np.uint8]]:
    """Spikes row by row: how many each row has, and the gaps between them in time steps.

    The first gap of a row is counted from time step -1, so that none is 0.

    Args:
        rows: (n_spikes,) row of each spike.
        steps: (n_spikes,) time step of each spike.
        n_steps: number of time steps.
        n_rows: number of rows.

    Returns:
        ``counts`` and ``gaps``, as `varints`.

    Example:
        >>> found = spike_arrays(np.array([1, 1, 0]), np.array([0, 4, 2]), 5, 3)
        >>> found["counts"].tolist(), found["gaps"].tolist()
        ([1, 2, 0], [3, 1, 4])
    """
    place = np.sort(np.asarray(rows, np.int64) * n_steps + steps)
    row, step = np.divmod(place, max(n_steps, 1))
    before = np.where(np.diff(row, prepend=-1) != 0, -1, np.append(-1, step[:-1]))
    return {"counts": varints(np.bincount(row, minlength=n_rows)), "gaps": varints(step - before)}


def _density(
    activity: Activity, spike_rows: NDArray[Any], rows: NeuronRows, level: Level
) -> Arrays:
    """Counts of spikes in bins of rows and of time, and all spikes of the chosen neurons."""
    edges = rows.bin_edges(level.rows)
    columns = min(level.columns, max(activity.n_steps, 1))
    bin_of_row = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
    column = activity.spike_steps.astype(np.int64) * columns // max(activity.n_steps, 1)
    counts = np.bincount(
        bin_of_row[spike_rows] * columns + column, minlength=(len(edges) - 1) * columns
    )
    chosen = rows.chosen(level.chosen, activity.voltage_neurons)
    place = np.full(rows.n_neurons, -1)
    place[chosen] = np.arange(len(chosen))
    mine = place[spike_rows] >= 0
    spikes = spike_arrays(
        place[spike_rows[mine]], activity.spike_steps[mine], activity.n_steps, len(chosen)
    )
    return {
        "density": _small(counts),
        "edges": edges.astype(np.uint32),
        "chosen": varints(np.diff(chosen, prepend=0)),
        **spikes,
    }


def _potentials(activity: Activity, level: Level, content: dict[str, Any]) -> Arrays:
    """Potentials in levels between the least and the greatest of each neuron; 0 is NaN."""
    if not level.potentials or not activity.voltages.size:
        return {}
    values = activity.voltages.T.astype(np.float64)
    low, high, levels = _in_levels(values, _POTENTIAL_LEVELS)
    content["potential_neurons"] = activity.voltage_neurons.tolist()
    content["potential_levels"] = _POTENTIAL_LEVELS
    content["potential_unit"] = unit_of(activity)
    thresholds = activity.neurons.thresholds
    if thresholds is not None:
        content["thresholds"] = thresholds[activity.voltage_neurons].astype(float).round(2).tolist()
    return {
        # Second differences are small, which deflates well; they wrap around at 256.
        "potentials": _differences(_differences(levels)).reshape(-1),
        "potential_low": low.astype(np.float32),
        "potential_high": high.astype(np.float32),
    }


def _inputs(activity: Activity, level: Level, content: dict[str, Any]) -> Arrays:
    """The input as a picture of a few rows, in levels; 0 is NaN."""
    inputs = activity.inputs
    if inputs is None or not level.input_rows or not inputs.size:
        return {}
    n_rows = min(level.input_rows, inputs.shape[1])
    n_columns = min(_INPUT_COLUMNS, inputs.shape[0])
    thinned = _means(_means(inputs.astype(np.float64), n_columns).T, n_rows)
    low, high, levels = _in_levels(thinned.reshape(1, -1), _INPUT_LEVELS)
    content["input"] = {
        "rows": n_rows, "columns": n_columns, "low": float(low[0]), "high": float(high[0]),
        "levels": _INPUT_LEVELS,
        "channels": activity.n_inputs or inputs.shape[1],
    }  # fmt: skip
    return {"input": levels.reshape(-1)}


def _outputs(activity: Activity, content: dict[str, Any]) -> Arrays:
    """Readout over time, confidence, and the samples of the batch."""
    found: Arrays = {}
    if activity.outputs is not None and activity.outputs.size:
        outputs = activity.outputs
        stride = max(-(-outputs.size // _MOST_OUTPUTS), 1)
        content["outputs"] = {
            "n_outputs": outputs.shape[1], "n_chunks": len(outputs), "stride": stride,
        }  # fmt: skip
        found["outputs"] = outputs[::stride].reshape(-1)
    if activity.confidence is not None:
        found["confidence"] = activity.confidence[:_MOST_CONFIDENCES]
    batch = activity.batch
    if batch is not None:
        content["batch"] = {
            "samples": batch.samples.tolist(), "labels": batch.labels.tolist(),
            "predictions": batch.predictions.tolist(),
        }  # fmt: skip
    return found


def _differences(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.diff(levels, prepend=np.uint8(0), axis=1)


def _curves(row: Mapping[str, Any]) -> dict[str, Any]:
    """The curves of a look, by group and name."""
    found: dict[str, Any] = {}
    for group, name in _CURVES:
        entry = row.get(group)
        if isinstance(entry, Mapping) and entry.get(name) is not None:
            found.setdefault(group, {})[name] = entry[name]
    return found


def _weights(row: Mapping[str, Any], content: dict[str, Any]) -> Arrays:
    """Numbers of the weights of each pair of populations, in three digits: 16 bits each."""
    health = row.get("health")
    table = health.get("weights") if isinstance(health, Mapping) else None
    pairs = [] if not isinstance(table, Mapping) else [
        (*name.split(_ARROW, 1), entry)
        for name, entry in table.items()
        if _ARROW in name and isinstance(entry, Mapping)
    ]  # fmt: skip
    if not pairs:
        return {}
    names = list(dict.fromkeys(name for pre, post, _ in pairs for name in (pre, post)))
    number = {name: i for i, name in enumerate(names)}
    values = np.array(
        [[_known(entry.get(m)) for *_, entry in pairs] for m in _WEIGHT_MEASURES], np.float64
    )
    scales = np.nanmax(np.abs(values), axis=1, initial=0)
    scales = np.where(scales > 0, scales, 1.0)
    content["weights"] = {
        "names": names, "measures": list(_WEIGHT_MEASURES), "scales": scales.tolist(),
    }  # fmt: skip
    return {
        "weight_pre": np.array([number[pre] for pre, *_ in pairs], np.uint16),
        "weight_post": np.array([number[post] for _, post, _ in pairs], np.uint16),
        "weight_values": (values / scales[:, None]).astype(np.float16).view(np.uint16).reshape(-1),
    }


def _known(value: Any) -> float:
    finite = isinstance(value, (int, float)) and np.isfinite(value)
    return float(value) if finite else float("nan")


def _means(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """(n, ...) means of neighbouring entries of the first axis."""
    starts = np.arange(n) * len(values) // n
    sizes = np.diff(np.append(starts, len(values)))
    return np.add.reduceat(values, starts, axis=0) / sizes[:, None]


def _in_levels(
    values: NDArray[np.float64], n_levels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """Least and greatest finite value of each row, and all in 1 to `n_levels`; others are 0."""
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=1)
    high = np.where(known, values, -np.inf).max(axis=1)
    none = ~known.any(axis=1)
    low[none], high[none] = 0.0, 0.0
    span = np.where(high > low, high - low, 1.0)
    share = np.where(known, values - low[:, None], 0.0) / span[:, None]
    return low, high, np.where(known, 1 + np.rint(share * (n_levels - 1)), 0).astype(np.uint8)


def _small(counts: NDArray[np.int64]) -> NDArray[Any]:
    most = int(counts.max(initial=0))
    return counts.astype(np.uint8 if most < 256 else np.uint16 if most < 65_536 else np.uint32)
