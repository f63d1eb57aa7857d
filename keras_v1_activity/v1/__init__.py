"""The V1 network: folder, synthetic folder, model, stimuli. Names are resolved when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # what editors and type checkers see; a test holds it equal to `_HOME_OF`
    from keras_v1_activity.v1.checkpoints.describe import describe_checkpoint
    from keras_v1_activity.v1.checkpoints.exported import read_exported
    from keras_v1_activity.v1.checkpoints.exporting import export_network
    from keras_v1_activity.v1.checkpoints.forms import (
        convert_checkpoint,
        load_checkpoint,
        save_checkpoint,
    )
    from keras_v1_activity.v1.checkpoints.sonata_weights import export_weights
    from keras_v1_activity.v1.layers.class_loss import ClassLoss
    from keras_v1_activity.v1.layers.rsnn import RSNN
    from keras_v1_activity.v1.model import create_model
    from keras_v1_activity.v1.network.folder import load_network
    from keras_v1_activity.v1.network.sonata.writing import write_sonata
    from keras_v1_activity.v1.network.v1_network import Glif3Parameters, Synapses, V1Network
    from keras_v1_activity.v1.stimuli.digits import digits
    from keras_v1_activity.v1.stimuli.trials import Trial
    from keras_v1_activity.v1.synthetic.writer import write_synthetic_network

_HOME_OF: Final = {
    "load_network": "network.folder",
    "write_synthetic_network": "synthetic.writer",
    "V1Network": "network.v1_network",
    "Synapses": "network.v1_network",
    "Glif3Parameters": "network.v1_network",
    "create_model": "model",
    "RSNN": "layers.rsnn",
    "ClassLoss": "layers.class_loss",
    "digits": "stimuli.digits",
    "Trial": "stimuli.trials",
    "save_checkpoint": "checkpoints.forms",
    "load_checkpoint": "checkpoints.forms",
    "convert_checkpoint": "checkpoints.forms",
    "describe_checkpoint": "checkpoints.describe",
    "export_network": "checkpoints.exporting",
    "read_exported": "checkpoints.exported",
    "write_sonata": "network.sonata.writing",
    "export_weights": "checkpoints.sonata_weights",
}

__all__ = [
    "RSNN",
    "ClassLoss",
    "Glif3Parameters",
    "Synapses",
    "Trial",
    "V1Network",
    "convert_checkpoint",
    "create_model",
    "describe_checkpoint",
    "digits",
    "export_network",
    "export_weights",
    "load_checkpoint",
    "load_network",
    "read_exported",
    "save_checkpoint",
    "write_sonata",
    "write_synthetic_network",
]


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` when it is first asked for."""
    if name in _HOME_OF:
        from keras_v1_activity.common.needs_tensorflow import needs_tensorflow

        with needs_tensorflow(f"v1.{name}"):
            return getattr(import_module(f"keras_v1_activity.v1.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'keras_v1_activity.v1' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, also those not loaded yet."""
    return sorted(__all__)
