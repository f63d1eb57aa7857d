"""The V1 network: folder, synthetic folder, model, stimuli. Names are resolved when first used."""

from importlib import import_module

_HOME_OF = {
    "load_network": "network.folder",
    "write_synthetic_network": "synthetic.writer",
    "V1Network": "network.v1_network",
    "Synapses": "network.v1_network",
    "Glif3Parameters": "network.v1_network",
    "create_model": "model",
    "RSNN": "layers.rsnn",
    "digits": "stimuli.digits",
    "Trial": "stimuli.timing",
    "save_checkpoint": "checkpoints.forms",
    "load_checkpoint": "checkpoints.forms",
    "convert_checkpoint": "checkpoints.forms",
    "describe_checkpoint": "checkpoints.forms",
    "export_network": "checkpoints.exported",
    "read_exported": "checkpoints.exported",
}

__all__ = [*_HOME_OF]


def __getattr__(name):
    """Import the module that holds `name` when it is first asked for."""
    if name in _HOME_OF:
        return getattr(import_module(f"keras_v1_activity.v1.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'keras_v1_activity.v1' has no attribute {name!r}")


def __dir__():
    """The public names, also those not loaded yet."""
    return sorted(__all__)
