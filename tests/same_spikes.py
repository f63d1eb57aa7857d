"""How many spikes of two runs of a network are the same."""

import numpy as np


def share_within_a_step(ours, theirs):
    """The share of spikes, of both runs, that have a partner in the other.

    A partner is a spike of the same neuron, at most a time step earlier or later, that is no
    other's partner. `ours` and `theirs` are (time, neuron).
    """
    left = [np.array(ours) > 0, np.array(theirs) > 0]
    n_spikes = sum(int(spikes.sum()) for spikes in left)
    for later, earlier in ((0, 0), (0, 1), (1, 0)):
        # Views: what is cleared in them is cleared in the whole.
        views = [left[0][later:], left[1][earlier:]]
        n_steps = min(map(len, views))
        views = [view[:n_steps] for view in views]
        both = views[0] & views[1]
        for view in views:
            view[both] = False
    alone = sum(int(spikes.sum()) for spikes in left)
    return 1.0 if not n_spikes else 1.0 - alone / n_spikes
