"""See a spiking network while it trains.

The public names are resolved when first used: importing the package loads
neither TensorFlow nor matplotlib and changes no global state.

Example:
    >>> from keras_v1_activity import V1ActivityCallback
    >>> history = model.fit(x, y, verbose=0, callbacks=[V1ActivityCallback("logs")])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from keras_v1_activity.version import __version__

if TYPE_CHECKING:  # what editors and type checkers see; a test holds it equal to `_HOME_OF`
    from keras_v1_activity import (
        alarms,
        figures,
        measures,
        probes,
        similarity,
        sinks,
        storage,
        v1,
        visualize_training,
    )
    from keras_v1_activity.activity.activity import Activity
    from keras_v1_activity.activity.neurons import Neurons
    from keras_v1_activity.activity.populations import Populations
    from keras_v1_activity.callback import V1ActivityCallback
    from keras_v1_activity.logger import NetworkActivityLogger
    from keras_v1_activity.state.network_state import log_network_state
    from keras_v1_activity.storage.run import load_activity
    from keras_v1_activity.visualize_training import (
        create_logging_callback,
        visualize_batch_predictions,
    )

_HOME_OF = {
    "V1ActivityCallback": "keras_v1_activity.callback",
    "NetworkActivityLogger": "keras_v1_activity.logger",
    "visualize_batch_predictions": "keras_v1_activity.visualize_training",
    "create_logging_callback": "keras_v1_activity.visualize_training",
    "log_network_state": "keras_v1_activity.state.network_state",
    "load_activity": "keras_v1_activity.storage.run",
    "Activity": "keras_v1_activity.activity.activity",
    "Neurons": "keras_v1_activity.activity.neurons",
    "Populations": "keras_v1_activity.activity.populations",
}
_ROOMS = (
    "alarms",
    "figures",
    "measures",
    "probes",
    "similarity",
    "sinks",
    "storage",
    "v1",
    "visualize_training",
)

__all__ = [
    "Activity",
    "NetworkActivityLogger",
    "Neurons",
    "Populations",
    "V1ActivityCallback",
    "__version__",
    "alarms",
    "create_logging_callback",
    "figures",
    "load_activity",
    "log_network_state",
    "measures",
    "probes",
    "similarity",
    "sinks",
    "storage",
    "v1",
    "visualize_batch_predictions",
    "visualize_training",
]


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` when it is first asked for."""
    if name in _HOME_OF:
        from keras_v1_activity.common.needs_tensorflow import needs_tensorflow

        with needs_tensorflow(name):
            return getattr(import_module(_HOME_OF[name]), name)
    if name in _ROOMS:
        return import_module(f"keras_v1_activity.{name}")
    raise AttributeError(f"module 'keras_v1_activity' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, also those not loaded yet."""
    return sorted(__all__)
