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


def twice(activity):
    activity = placed(activity)
    return activity, activity


ODD_NAMES = ["$x_1 long name", "\u795e\u7d93", "two\nlines"]
# Two activities each, of every kind a user may have.
PAIRS = {
    "50 neurons": lambda: trials(50, 2),
    "2,000 neurons": lambda: trials(2000, 2),
    "51,978 neurons": lambda: trials(51978, 2),
    "silent": lambda: (silent(), silent()),
    "one of two silent": lambda: (silent(), trials(2000, 2)[0]),
    "unnamed": lambda: trials(300, 2, named=False),
    "1 neuron": lambda: trials(1, 2),
    "1 time step": lambda: twice(make_activity(50, n_steps=1, n_chunks=1)),
    "111 populations": lambda: twice(
        make_activity(1500, names=[f"pop{i % 111}" for i in range(1500)])
    ),
    "odd names": lambda: twice(make_activity(90, names=ODD_NAMES * 30)),
}
