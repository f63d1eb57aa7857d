"""Our model with the dynamics of NEST, beside NEST and PointNet at 1 ms: rows of two tables."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
from fidelity_cells import driven_cells
from fidelity_network import FAIR_SIZE
from our_model import Ours
from pointnet import run_pointnet
from same_spikes import share_within_a_step

from keras_v1_activity import v1
from keras_v1_activity.common import units
from keras_v1_activity.v1 import nest as v1_nest


def same_rules(network, trials):
    """The tables of spikes and of populations.

    Args:
        network: `V1Network`.
        trials: list of (LGN spikes, background) of equal length.
    """
    driven, x = driven_cells(network)
    rows = [
        _row(
            f"{driven.n_neurons} unconnected cells, {len(x) / 1000:g} s",
            "NEST",
            [Ours(driven, dynamics="nest").run(x)[0]],
            [v1_nest.simulate(driven, x, resolution=1.0).spikes()],
        )
    ]
    model = Ours(network, dynamics="nest")
    ours = [model.run(*trial)[0] for trial in trials]
    theirs = [v1_nest.simulate(network, *trial, resolution=1.0).spikes() > 0 for trial in trials]
    connected = f"{network.n_neurons:,} connected cells, "
    first = "the first 0.2 s"
    for name, n_steps in ((first, 200), (f"{len(ours[0]) / 1000:g} s", None)):
        cut = [[spikes[:n_steps] for spikes in runs] for runs in (ours, theirs)]
        rows.append(_row(f"{connected}{len(trials)} trials, {name}", "NEST", *cut))
    point = _pointnet(network, *trials[0])
    beside = "PointNet, from SONATA; NEST in place of ours"
    rows.append(_row(f"{connected}1 trial, {len(point) / 1000:g} s", beside, theirs[:1], [point]))
    return rows, _population_rows(network, ours, theirs)


def _row(network, beside, ours, theirs):
    shares = [share_within_a_step(a, b) for a, b in zip(ours, theirs, strict=True)]
    a, b = (sum(int(spikes.sum()) for spikes in runs) for runs in (ours, theirs))
    return {
        "network": network,
        "beside": beside,
        "spikes": f"{a:,}",
        "theirs": f"{b:,}",
        "difference": f"{b / a - 1:+.2%}",
        "the same within a step": f"{np.mean(shares):.2%}",
        "median trial": f"{np.median(shares):.2%}",
    }


def _pointnet(network, x, background):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written = v1.write_sonata(network, Path(folder) / "network")
        return run_pointnet(written, x, background)


def _population_rows(network, ours, theirs):
    populations = network.populations
    rates = []
    for runs in (ours, theirs):
        counts = np.bincount(
            populations.index, sum(z.sum(axis=0) for z in runs), minlength=len(populations.members)
        )
        n_steps = sum(map(len, runs))
        rates.append(units.counts_to_hz(counts, n_steps, np.maximum(populations.counts, 1)))
    return [
        {
            "population": populations.names[k],
            "neurons": int(populations.counts[k]),
            "ours (Hz)": f"{rates[0][k]:.3f}",
            "NEST (Hz)": f"{rates[1][k]:.3f}",
            "difference": f"{rates[1][k] / rates[0][k] - 1:+.1%}",
        }
        for k in np.flatnonzero(populations.counts >= FAIR_SIZE)
    ]
