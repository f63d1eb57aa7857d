"""Probes: fixed stimuli that are shown to a network while it trains, one a look.

``V1ActivityCallback(..., probe_data=probes.DriftingGratings(network))`` shows one direction a look;
when all were shown, the tuning of the neurons is known. The page `docs/probes.md` tells more.
"""

from keras_v1_activity.probes.batch import Batch
from keras_v1_activity.probes.gratings import DriftingGratings
from keras_v1_activity.probes.images import Images
from keras_v1_activity.probes.stimuli import Stimuli

__all__ = ["Batch", "DriftingGratings", "Images", "Stimuli"]
