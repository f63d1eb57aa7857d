"""Task ``garrett``: change detection between natural images.

Is the second image another than the first? It is in half of the trials. The task of mice in
Garrett et al. 2020 (eLife 9:e50340), with the timing of Chen, Scherr & Maass 2022. The images are
the user's: none come with the package. A fifth of them, at least two, is held out for the test
trials; of fewer than four, all serve both.

Timing, ms: 50 grey, 100 first image, 150 + 50 grey, 100 second image, 150 grey; scored in the 50 ms
after the second. `pre_delay`, `im_slice` and `post_delay` are those of each image.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.network.unpickle import load_plain_data
from keras_v1_activity.v1.stimuli.lgn import grey, lgn_probability
from keras_v1_activity.v1.stimuli.timing import PairTrial
from keras_v1_activity.v1.tasks.common import coin, generated_trials

TRIAL = PairTrial
CLASSES = ("same", "changed")
_FORMATS = (".npy", ".npz", ".pkl")
_HELD_OUT = 0.2
# Luminance of red, green and blue (ITU-R BT.601).
_LUMINANCE = np.array([0.299, 0.587, 0.114])
_HINT = (
    "give a .npy, .npz or .pkl file of an array (image, height, width) or (image, height, width, "
    "3), or of a list or dict of images"
)


def load_images(path):
    """Grey images from a file; nothing in it is run.

    Args:
        path: .npy with one array; .npz with the images under any names; .pkl of an array, a list
            or a dict of arrays. Arrays are (height, width), (height, width, 1 or 3), or stacks of
            these; a stack of images of height and width 3 or less is not understood.

    Returns:
        List of (height, width) float32 arrays, which may differ in size.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none of these, or holds fewer than two different images.
    """
    path = Path(path)
    if path.suffix not in _FORMATS:
        raise ValueError(f"images must be a file of images; got {str(path)!r}: {_HINT}.")
    if not path.is_file():
        raise FileNotFoundError(f"images: there is no file {str(path)!r}: {_HINT}.")
    images = [grey_image for array in _arrays(_read(path), path) for grey_image in _split(array)]
    if not images:
        raise ValueError(f"images: {str(path)!r} holds no images: {_HINT}.")
    if not all(np.isfinite(image).all() for image in images):
        raise ValueError(f"images: {str(path)!r} holds NaN or infinite pixels: repair the images.")
    if len({image.tobytes() for image in images}) < 2:
        raise ValueError(
            f"images: a change needs at least two different images; {str(path)!r} holds "
            f"{len(images)}."
        )
    return images


def _read(path):
    if path.suffix == ".pkl":
        return load_plain_data(path)
    try:
        loaded = np.load(path, allow_pickle=False)
        if path.suffix == ".npy":
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except Exception as error:  # a damaged file can fail in many ways
        raise ValueError(
            f"images: {str(path)!r} cannot be read ({type(error).__name__}: {error}): {_HINT}."
        ) from error


def _arrays(data, path):
    """Flat list of the arrays in nested lists and dicts."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, (list, tuple)):
        return [array for entry in data for array in _arrays(entry, path)]
    array = np.asarray(data)
    if array.dtype.kind not in "biuf" or not 2 <= array.ndim <= 4 or not array.size:
        raise ValueError(
            f"images: {str(path)!r} holds a {type(data).__name__} of shape {array.shape} and type "
            f"{array.dtype} where an image is expected: {_HINT}."
        )
    return [array]


def _split(array):
    """The (height, width) float32 images of one array."""
    array = array.astype(np.float32)
    if array.ndim > 2 and array.shape[-1] == 3:
        array = (array @ _LUMINANCE).astype(np.float32)
    elif array.ndim == 4 or (array.ndim == 3 and array.shape[-1] == 1):
        array = array.mean(-1)
    return list(array) if array.ndim == 3 else [array]


def make(network, *, trial, images, seed, **settings):
    """The trials.

    Args:
        network: see `make_task`.
        trial: `PairTrial`.
        images: path of a file of images, see `load_images`.
        seed: of the trials and of which images are held out.
        **settings: see `make_task`.

    Returns:
        `TaskTrials` with the classes same and changed.

    Raises:
        ValueError: no file, or a wrong one.
    """
    if images is None:
        raise ValueError(f"task 'garrett' needs your natural images: {_HINT} as images=.")
    probability = tf.concat([lgn_probability(image[None]) for image in load_images(images)], 0)
    learned, held_out_images = _split_images(len(probability), seed)

    def draw_trials(n, seeds, held_out):
        pool = tf.gather(probability, held_out_images if held_out else learned)
        labels = coin(n, seeds())
        first = tf.random.stateless_uniform((n,), seeds(), 0, len(pool), tf.int32)
        # Another than the first: at least one further around the ring of images.
        ahead = tf.random.stateless_uniform((n,), seeds(), 1, len(pool), tf.int32)
        second = (first + labels * ahead) % len(pool)
        shown = {
            "grey": grey(n),
            "first": tf.gather(pool, first),
            "second": tf.gather(pool, second),
        }
        return labels, [(shown[name], duration) for name, duration in trial.parts]

    return generated_trials(
        "garrett", draw_trials, network, classes=CLASSES, trial=trial, seed=seed, **settings
    )


def _split_images(n, seed):
    """Indices of the images to learn and of those held out."""
    order = np.random.default_rng(seed).permutation(n)
    if n < 4:
        return order, order
    n_held_out = max(2, round(_HELD_OUT * n))
    return order[n_held_out:], order[:n_held_out]
