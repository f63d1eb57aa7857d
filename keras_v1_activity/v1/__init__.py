"""The V1 network: folder, synthetic folder, model, stimuli. Names are resolved when first used."""

from importlib import import_module

_HOME_OF = {
    "load_network": "folder",
    "write_synthetic_network": "synthetic",
    "V1Network": "network",
    "Synapses": "network",
    "Glif3Parameters": "network",
    "create_model": "model",
    "RSNN": "rsnn",
    "digits": "stimuli",
    "Trial": "stimuli",
    "save_checkpoint": "checkpoints",
    "load_checkpoint": "checkpoints",
    "convert_checkpoint": "checkpoints",
    "describe_checkpoint": "checkpoints",
    "export_network": "exported",
    "read_exported": "exported",
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
