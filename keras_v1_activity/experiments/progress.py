"""What a training run saves at the end of each epoch, and finds again when it is resumed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import keras

from keras_v1_activity.common.files import replacing
from keras_v1_activity.v1.checkpoints.forms import load_checkpoint

FOLDER = "checkpoints"
LAST, BEST = "last.weights.h5", "best.weights.h5"
# In the weights file itself, so that weights and progress are never of different epochs.
_ATTRIBUTE = "v1_training"
_NOISE = "v1_noise"


@dataclass(frozen=True)
class Progress:
    """How far a run had come when a checkpoint was written.

    Attributes:
        epochs: epochs done.
        step: training steps (batches) done.
        best: greatest score so far, None before the first.
        best_epoch: number (from 1) of the epoch that reached it.
    """

    epochs: int = 0
    step: int = 0
    best: float | None = None
    best_epoch: int | None = None


def save(model, path, progress):
    """Writes weights, optimizer, noise and `Progress` to one Keras file, whole or not at all."""
    with replacing(path) as temporary:
        model.save_weights(temporary)
        with h5py.File(temporary, "a") as file:
            file.attrs[_ATTRIBUTE] = json.dumps(asdict(progress))
            noise = {name: seed.state.numpy().tolist() for name, seed in _noise_of(model).items()}
            file.attrs[_NOISE] = json.dumps(noise)


def find(path):
    """The checkpoint that a user means: a run's folder means the last epoch's.

    Args:
        path: results folder of a run, its folder of checkpoints, or what `load_checkpoint` takes.
    """
    path = Path(path)
    for candidate in (path / FOLDER / LAST, path / LAST):
        if candidate.is_file():
            return candidate
    return path


def restore(model, path):
    """Sets weights and, where the file is of a training run, optimizer and noise as they were.

    Args:
        model: compiled keras.Model from `create_model`.
        path: a run's folder, or a checkpoint of any form.

    Returns:
        `Progress`; of 0 epochs and steps where the file does not say.

    Raises:
        FileNotFoundError, ValueError: as of `load_checkpoint`.
    """
    path = find(path)
    load_checkpoint(model, path)
    stored = _stored_in(path)
    if stored is None:
        return Progress()
    progress, noise = stored
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    # Where other weights are trained now, Keras leaves the optimizer as it is, count included.
    model.optimizer.iterations.assign(progress.step)
    for name, seed in _noise_of(model).items():
        if name in noise:
            seed.state.assign(noise[name])
    return progress


def _noise_of(model):
    """Keras saves no state of random generators: dict of layer name -> its generator."""
    found = {}
    for layer in model.layers:
        for value in vars(layer).values():
            if isinstance(value, keras.random.SeedGenerator):
                found[layer.name] = value
    return found


def _stored_in(path):
    """(`Progress`, state of the noise) in a checkpoint; None where it is not of a run."""
    if not path.name.endswith(".weights.h5"):
        return None
    with h5py.File(path, "r") as file:
        if _ATTRIBUTE not in file.attrs:
            return None
        return Progress(**json.loads(file.attrs[_ATTRIBUTE])), json.loads(file.attrs[_NOISE])
