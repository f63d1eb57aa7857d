"""Images of handwritten digits, and which are held out. Needs no internet and no TensorFlow."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np

SOURCES = ("digits", "mnist")
CLASSES = tuple("0123456789")
TEST_FRACTION = 0.2


def split(n_images, test_fraction=TEST_FRACTION, seed=0):
    """Indices of the images to learn and of those held out, both in random order."""
    order = np.random.default_rng(seed).permutation(n_images)
    n_test = max(1, int(round(test_fraction * n_images)))
    return order[n_test:], order[:n_test]


def load_images(source="digits"):
    """Images (n, height, width) float32 and their labels (n,) int32.

    Args:
        source: "digits", the 1,797 images that scikit-learn ships (Alpaydin & Kaynak 1998); or
            "mnist", where Keras has it in its cache already.

    Raises:
        ValueError: an unknown source.
        FileNotFoundError: MNIST is not in the Keras cache.
    """
    if source == "digits":
        return _bundled_digits()
    if source == "mnist":
        return _cached_mnist()
    raise ValueError(f"source must be one of {list(SOURCES)}; got {source!r}.")


def _bundled_digits():
    found = find_spec("sklearn")
    if found is None:
        raise ImportError(
            "the bundled digits come with scikit-learn: pip install 'keras_v1_activity[examples]'"
        )
    # Importing scikit-learn takes a second, reading its file none.
    path = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if path.is_file():
        table = np.loadtxt(path, delimiter=",", dtype=np.float32)
        images, labels = table[:, :-1].reshape(-1, 8, 8), table[:, -1]
    else:
        from sklearn.datasets import load_digits

        bundle = load_digits()
        images, labels = bundle.images, bundle.target
    return images.astype(np.float32), labels.astype(np.int32)


def _cached_mnist():
    home = os.environ.get("KERAS_HOME", os.path.join(os.path.expanduser("~"), ".keras"))
    path = os.path.join(home, "datasets", "mnist.npz")
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"source='mnist' reads {path}, which is not there: run "
            "keras.datasets.mnist.load_data() once with internet, or use source='digits'."
        )
    with np.load(path) as stored:
        images = np.concatenate([stored["x_train"], stored["x_test"]])
        labels = np.concatenate([stored["y_train"], stored["y_test"]])
    return images, labels.astype(np.int32)
