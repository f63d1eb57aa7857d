"""What one look adds to ``activity_summary.npz``: from its file, or from the look itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units
from keras_v1_activity.storage.codec import SPIKES

DENSE: Final[Mapping[str, str]] = {
    "voltage_history": "voltages",
    "input_history": "inputs",
    "output_history": "outputs",
    "spike_history": SPIKES,
}
"""The arrays over time, by the name of what they are made of in a step's file."""


class SummaryRow(NamedTuple):
    """One row of every array of the summary.

    Attributes:
        step: training step of the look.
        values: name of the array -> its row.
        steady: name -> what must be the same at every look.
        shapes: name of the array over time -> shape of its row; those not recorded are not in it.
        dense: name of the array over time -> its row, made when asked for.

    Example:
        >>> row = row_of_activity(activity)
        >>> row.step, row.shapes["spike_history"], row.dense("spike_history").dtype.name
        (100, (200, 120), 'uint8')
    """

    step: int
    values: Mapping[str, Any]
    steady: Mapping[str, NDArray[Any]]
    shapes: Mapping[str, tuple[int, ...]]
    dense: Callable[[str], NDArray[Any]]


def row_of_activity(activity: Activity) -> SummaryRow:
    """The row of a look, equal to that of the file it is stored in.

    Example:
        >>> row_of_activity(activity).values["label_history"]
        3
    """
    members, index = activity.populations.members, activity.populations.index
    counts = np.bincount(index, weights=activity.spike_counts, minlength=len(members))
    sources = {
        "voltage_history": activity.voltages,
        "input_history": activity.inputs,
        "output_history": activity.outputs,
    }
    shapes = {
        name: np.shape(array) for name, array in sources.items() if array is not None and array.size
    }
    shapes["spike_history"] = (activity.n_steps, activity.n_neurons)

    def dense(name: str) -> NDArray[Any]:
        if name != "spike_history":
            return np.asarray(sources[name], np.float32)
        return _dense_spikes(shapes[name], activity.spike_steps, activity.spike_neurons)

    return SummaryRow(
        step=activity.step,
        values={
            "step": activity.step,
            "label_history": -1 if activity.label is None else activity.label,
            "prediction_history": -1 if activity.prediction is None else activity.prediction,
            "n_spikes": activity.n_spikes,
            "mean_rate": activity.mean_rate,
            "population_rates": list(activity.population_rates.values()),
            "population_counts": counts.astype(np.int64),
        },
        steady={
            "population_names": np.array(activity.populations.names, np.str_),
            "voltage_neurons": np.asarray(activity.voltage_neurons, np.int64),
            "dt": np.array(activity.dt, np.float64),
        },
        shapes=shapes,
        dense=dense,
    )


def row_of_file(step: int, file: h5py.File) -> SummaryRow:
    """The row of a look that is stored.

    Args:
        step: training step of the look.
        file: its open file; needed as long as rows over time are asked for.

    Raises:
        KeyError, OSError, ValueError, TypeError: the file is damaged.

    Example:
        >>> import io
        >>> from keras_v1_activity.storage.codec import encode
        >>> from keras_v1_activity.storage.hdf5 import open_for_reading
        >>> with open_for_reading(io.BytesIO(encode(activity))) as file:
        ...     row_of_file(100, file).values["n_spikes"] == activity.n_spikes
        True
    """
    shapes = {
        name: file[source].shape
        for name, source in DENSE.items()
        if source != SPIKES and source in file and file[source].size
    }
    shapes["spike_history"] = (int(file.attrs["n_steps"]), int(file.attrs["n_neurons"]))

    def dense(name: str) -> NDArray[Any]:
        if name != "spike_history":
            return file[DENSE[name]][()]
        times = units.ms_to_steps(file[SPIKES]["timestamps"][()], float(file.attrs["dt"]))
        return _dense_spikes(shapes[name], times, file[SPIKES]["node_ids"][()])

    return SummaryRow(
        step=step,
        values={
            "step": file.attrs["step"],
            "label_history": file.attrs["label"],
            "prediction_history": file.attrs["prediction"],
            "n_spikes": file[SPIKES]["node_ids"].shape[0],
            "mean_rate": file.attrs["mean_rate"],
            "population_rates": file["population_rates"][()],
            "population_counts": file["population_counts"][()],
        },
        steady={
            "population_names": file["population_names"].asstr()[()].astype(np.str_),
            "voltage_neurons": file["voltage_neurons"][()],
            "dt": np.array(file.attrs["dt"], np.float64),
        },
        shapes=shapes,
        dense=dense,
    )


def _dense_spikes(
    shape: tuple[int, ...], times: NDArray[Any], neurons: NDArray[Any]
) -> NDArray[np.uint8]:
    dense = np.zeros(shape, np.uint8)
    dense[times, neurons] = 1
    return dense
