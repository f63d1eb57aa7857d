"""The membrane potentials of a run as a time series of an NWB file."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units
from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.export.looks import Looks

MODULE: Final = "icephys"
"""The module that NWB has for potentials inside cells."""
NAME: Final = "membrane_potential"
_WHAT: Final = "export --to nwb"


class Potentials:
    """One TimeSeries (time, neuron) of all looks, and the table that says which neuron is where.

    The series is stored in mV with the factor that makes V of it. A neuron that a look does not
    hold is NaN there.

    Args:
        looks: of the run.

    Example:
        >>> Potentials(Looks("logs")).n_rows
        0
    """

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._data: Any = None
        self._written = 0
        self.n_rows: int = sum(f.n_steps for f in looks.facts if f.n_voltages)

    def add_to(self, session: Any) -> None:
        """Adds an empty series to an NWB file, if there is anything to show.

        Args:
            session: a ``pynwb.NWBFile`` with its table of units.
        """
        if not self.n_rows:
            return
        common = optional_package("hdmf.common", _WHAT)
        h5 = optional_package("hdmf.backends.hdf5", _WHAT)
        pynwb = optional_package("pynwb", _WHAT)
        neurons = self._looks.voltage_neurons
        known = bool(self._looks.unit)
        self._data = h5.H5DataIO(
            shape=(self.n_rows, len(neurons)), dtype=np.dtype("f4"), maxshape=(None, len(neurons)),
            chunks=(min(self.n_rows, 2048), len(neurons)), compression="gzip", shuffle=True,
        )  # fmt: skip
        series = pynwb.TimeSeries(
            name=NAME,
            description="Membrane potential of recorded neurons; the table neurons of this module "
            "says which neuron each column is. NaN where a trial does not hold a neuron.",
            data=self._data,
            unit="V" if known else "unknown",
            conversion=1 / units.MS_PER_S if known else 1.0,
            continuity="instantaneous",
            **self._times(),
        )
        module = session.create_processing_module(
            MODULE, "Membrane potentials of recorded neurons, taken from the simulation."
        )
        module.add(series)
        module.add(
            common.DynamicTable(
                name="neurons",
                description=f"Which neuron each column of {NAME} is.",
                id=common.ElementIdentifiers(name="id", data=np.arange(len(neurons))),
                columns=[
                    common.VectorData(name="neuron", description="id of the unit", data=neurons),
                    common.DynamicTableRegion(
                        name="unit", description="row of the table of units", data=neurons,
                        table=session.units,
                    ),
                ],
                colnames=["neuron", "unit"],
            )
        )  # fmt: skip

    def _times(self) -> dict[str, Any]:
        """When the rows are, s: a rate if they follow each other evenly, else each of them."""
        held = [facts for facts in self._looks.facts if facts.n_voltages]
        if len(held) == 1:
            rate = units.MS_PER_S / held[0].dt
            return {"starting_time": held[0].start_ms / units.MS_PER_S, "rate": rate}
        times = [f.start_ms + units.steps_to_ms(np.arange(f.n_steps), f.dt) for f in held]
        return {"timestamps": np.concatenate(times) / units.MS_PER_S}

    def store(self, activity: Activity) -> None:
        """Writes the potentials of the next look into the file, which is open.

        Args:
            activity: the look.
        """
        if self._data is None or not activity.voltages.size:
            return
        neurons = self._looks.voltage_neurons
        rows = np.full((activity.n_steps, len(neurons)), np.nan, np.float32)
        rows[:, np.searchsorted(neurons, activity.voltage_neurons)] = activity.voltages
        self._data.dataset[self._written : self._written + activity.n_steps] = rows
        self._written += activity.n_steps
