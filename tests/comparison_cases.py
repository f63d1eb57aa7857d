"""Activities to compare, and their rates counted by hand."""

import dataclasses

import numpy as np
from activities import make_activity, placed, trials

from keras_v1_activity.activity.activity import Activity


def without_places(activity):
    return dataclasses.replace(
        activity, neurons=dataclasses.replace(activity.neurons, positions=None)
    )


def hz(activity, first=0, end=600):
    return activity.spikes()[first:end].sum(axis=0) * 1000 / (end - first)


def silent(n_neurons=2000):
    base = trials(n_neurons, 1)[0]
    return Activity.from_dense(np.zeros((600, n_neurons)), neurons=base.neurons)


def pairs():
    """Two activities each, of every kind a user may have."""
    yield "50 neurons", trials(50, 2)
    yield "2,000 neurons", trials(2000, 2)
    yield "51,978 neurons", trials(51978, 2)
    yield "silent", (silent(), silent())
    yield "one of two silent", (silent(), trials(2000, 2)[0])
    yield "unnamed", trials(300, 2, named=False)
    yield "1 neuron", trials(1, 2)
    one_step = placed(make_activity(50, n_steps=1, n_chunks=1))
    yield "1 time step", (one_step, one_step)
    kinds = placed(make_activity(1500, names=[f"pop{i % 111}" for i in range(1500)]))
    yield "111 populations", (kinds, kinds)
    names = placed(make_activity(90, names=["$x_1 long name", "\u795e\u7d93", "two\nlines"] * 30))
    yield "odd names", (names, names)
