"""What a spiking layer did with one sample: `Activity`, and the values it is made of."""

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.batch_view import BatchView
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Population, Populations, describe_population
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.activity.tuning import Tuning

__all__ = [
    "Activity",
    "BatchView",
    "Neurons",
    "Population",
    "Populations",
    "Traces",
    "Tuning",
    "describe_population",
]
