"""See a spiking network while it trains.

The public names are resolved when first used: importing the package loads
neither TensorFlow nor matplotlib and changes no global state.

Example:
    >>> from keras_v1_activity import V1ActivityCallback
    >>> model.fit(data, callbacks=[V1ActivityCallback("logs")])   # doctest: +SKIP
"""

from importlib import import_module

from keras_v1_activity.version import __version__

_HOME_OF = {
    "V1ActivityCallback": "keras_v1_activity.callback",
    "NetworkActivityLogger": "keras_v1_activity.logger",
    "visualize_batch_predictions": "keras_v1_activity.visualize_training",
    "create_logging_callback": "keras_v1_activity.visualize_training",
    "log_network_state": "keras_v1_activity.state.network_state",
    "load_activity": "keras_v1_activity.storage",
    "Activity": "keras_v1_activity.activity.activity",
    "Neurons": "keras_v1_activity.activity.neurons",
    "Populations": "keras_v1_activity.activity.populations",
}
_ROOMS = ("v1", "figures", "measures", "similarity", "visualize_training")

__all__ = ["__version__", *_HOME_OF, *_ROOMS]


def __getattr__(name):
    """Import the module that holds `name` when it is first asked for."""
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    if name in _ROOMS:
        return import_module(f"keras_v1_activity.{name}")
    raise AttributeError(f"module 'keras_v1_activity' has no attribute {name!r}")


def __dir__():
    """The public names, also those not loaded yet."""
    return sorted(__all__)
