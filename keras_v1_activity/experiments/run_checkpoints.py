"""What a training run saves at the end of each epoch, and finds again when it is resumed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import h5py
import keras

from keras_v1_activity.common.atomic_files import parsed_json, replacing
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.hdf5_reading import attribute, open_hdf5
from keras_v1_activity.v1.checkpoints.forms import load_checkpoint
from keras_v1_activity.v1.checkpoints.saved_variables import damaged

FOLDER: str = "checkpoints"
LAST: str = "last.weights.h5"
BEST: str = "best.weights.h5"
# In the weights file itself, so that weights and progress are never of different epochs.
_ATTRIBUTE = "v1_training"
_NOISE = "v1_noise"


@dataclass(frozen=True)
class TrainingProgress:
    """How far a run had come when a checkpoint was written.

    Attributes:
        epochs: epochs done.
        step: training steps (batches) done.
        best: greatest score so far, None before the first.
        best_epoch: number (from 1) of the epoch that reached it, None before the first.

    Example:
        >>> TrainingProgress(epochs=2, step=200)
        TrainingProgress(epochs=2, step=200, best=None, best_epoch=None)
    """

    epochs: int = 0
    step: int = 0
    best: float | None = None
    best_epoch: int | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "step", "best_epoch"):
            value = getattr(self, name)
            if value is not None and not (type(value) is int and 0 <= value < 2**53):
                raise ValueError(f"{name} must be a whole number of 0 or more; got {shown(value)}.")


def save(model: Any, path: str | os.PathLike[str], progress: TrainingProgress) -> None:
    """Writes weights, optimizer, noise and progress to one Keras file, whole or not at all.

    Args:
        model: compiled keras.Model.
        path: file to write, ending in .weights.h5.
        progress: how far training has come.

    Example:
        >>> save(model, "last.weights.h5", TrainingProgress(epochs=2, step=200))
        >>> Path("last.weights.h5").is_file()
        True
    """
    with replacing(path) as temporary:
        model.save_weights(temporary)
        # Without a lock: a process that is being started at this moment may still hold Keras's.
        with h5py.File(temporary, "a", locking=False) as file:
            file.attrs[_ATTRIBUTE] = json.dumps(asdict(progress))
            noise = {name: seed.state.numpy().tolist() for name, seed in _noise_of(model).items()}
            file.attrs[_NOISE] = json.dumps(noise)


def checkpoint_in(path: str | os.PathLike[str]) -> Path:
    """The checkpoint that a user means: a run's folder means the last epoch's.

    Args:
        path: results folder of a run, its folder of checkpoints, or what `load_checkpoint` takes.

    Returns:
        The file of the last epoch; `path` itself if it is no folder of a run.

    Example:
        >>> checkpoint_in("weights.weights.h5").name
        'weights.weights.h5'
    """
    path = Path(path)
    for candidate in (path / FOLDER / LAST, path / LAST):
        if candidate.is_file():
            return candidate
    return path


def restore(model: Any, path: str | os.PathLike[str]) -> TrainingProgress:
    """Sets weights and, if the file is of a training run, optimizer and noise as they were.

    Args:
        model: compiled keras.Model from `create_model`.
        path: a run's folder, or a checkpoint of any form.

    Returns:
        `TrainingProgress`; of 0 epochs and steps if the file does not say.

    Raises:
        FileNotFoundError, ValueError: as of `load_checkpoint`.

    Example:
        >>> from keras_v1_activity import v1
        >>> model = v1.create_model(network, seq_len=50, n_output=2, readout="linear")
        >>> model.compile("adam", "mse")
        >>> model.optimizer.build(model.trainable_variables)
        >>> save(model, "last.weights.h5", TrainingProgress(epochs=2, step=200))
        >>> restore(model, "last.weights.h5").step
        200
    """
    found = checkpoint_in(path)
    load_checkpoint(model, found)
    stored = progress_in(found)
    if stored is None:
        return TrainingProgress()
    progress, noise = stored
    model.optimizer.build(model.trainable_variables)
    try:
        model.load_weights(found)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise damaged(found, error) from None
    # If other weights are trained now, Keras leaves the optimizer as it is, its count included.
    model.optimizer.iterations.assign(progress.step)
    for name, seed in _noise_of(model).items():
        if name in noise:
            seed.state.assign(noise[name])
    return progress


def _noise_of(model: Any) -> dict[str, Any]:
    """Keras saves no state of random generators: dict of layer name -> its generator."""
    found = {}
    for layer in model.layers:
        for value in vars(layer).values():
            if isinstance(value, keras.random.SeedGenerator):
                found[layer.name] = value
    return found


def progress_in(path: Path) -> tuple[TrainingProgress, dict[str, list[int]]] | None:
    """How far training had come in a checkpoint, and the state of its noise.

    Args:
        path: the checkpoint.

    Returns:
        (progress, state by the name of the layer); None if the checkpoint is not of a run.

    Raises:
        ValueError: the file is damaged.

    Example:
        >>> model.save_weights("plain.weights.h5")
        >>> print(progress_in(Path("plain.weights.h5")))
        None
    """
    if not path.name.endswith(".weights.h5"):
        return None
    try:
        with open_hdf5(path, only=[]) as file:
            if _ATTRIBUTE not in file.attrs:
                return None
            texts = [str(attribute(file, name)) for name in (_ATTRIBUTE, _NOISE)]
        progress, noise = (parsed_json(text.encode()) for text in texts)
        return TrainingProgress(**progress), _states(noise)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from None


def _states(noise: Any) -> dict[str, list[int]]:
    """State of each random generator, two whole numbers."""
    if not isinstance(noise, dict):
        raise TypeError(f"{_NOISE} must be a dict")
    for state in noise.values():
        good = isinstance(state, list) and len(state) == 2
        if not good or not all(type(n) is int and 0 <= n < 2**32 for n in state):
            raise TypeError(f"{_NOISE} must hold two whole numbers for each generator")
    return noise
