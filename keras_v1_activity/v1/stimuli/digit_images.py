"""Images of handwritten digits, and which are held out. Needs no internet and no TensorFlow."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SOURCES: Final[tuple[str, ...]] = ("digits", "mnist")
CLASSES: Final[tuple[str, ...]] = tuple("0123456789")
TEST_FRACTION: float = 0.2


@dataclass(frozen=True, eq=False)
class DigitImages:
    """Images of digits, split into those to learn and those held out.

    Attributes:
        images: (n, height, width), intensities on any scale.
        labels: (n,) int32.
        learned: indices of the images to learn, in random order.
        held_out: indices of the others, in random order.

    Example:
        >>> digits = DigitImages.load(seed=0)
        >>> len(digits.learned), len(digits.held_out), digits.images.shape
        (1438, 359, (1797, 8, 8))
    """

    images: NDArray[Any]
    labels: NDArray[np.int32]
    learned: NDArray[np.int64]
    held_out: NDArray[np.int64]

    @classmethod
    def load(
        cls, source: str = "digits", test_fraction: float = TEST_FRACTION, seed: int = 0
    ) -> "DigitImages":
        """Reads the images and splits them.

        Args:
            source: see `load_images`.
            test_fraction: share of the images held out.
            seed: of the split.

        Raises:
            ValueError, FileNotFoundError, ImportError: see `load_images`.
        """
        images, labels = load_images(source)
        order = np.random.default_rng(seed).permutation(len(images))
        n_test = max(1, int(round(test_fraction * len(images))))
        return cls(images, labels, order[n_test:], order[:n_test])


def load_images(source: str = "digits") -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Images (n, height, width) and their labels (n,) int32.

    Args:
        source: "digits", the 1,797 images that scikit-learn ships (Alpaydin & Kaynak 1998), as
            float32; or "mnist", if Keras has it in its cache already, as uint8.

    Raises:
        ValueError: an unknown source.
        FileNotFoundError: MNIST is not in the Keras cache.
        ImportError: scikit-learn is not installed.

    Example:
        >>> images, labels = load_images()
        >>> images.shape, labels[:3].tolist()
        ((1797, 8, 8), [0, 1, 2])
    """
    if source == "digits":
        return _bundled_digits()
    if source == "mnist":
        return _cached_mnist()
    raise ValueError(f"source must be one of {list(SOURCES)}; got {source!r}.")


def _bundled_digits() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise ImportError(
            "the bundled digits come with scikit-learn: pip install 'keras_v1_activity[examples]'"
        )
    # Importing scikit-learn takes a second, reading its file takes almost no time.
    path = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if path.is_file():
        table = np.loadtxt(path, delimiter=",", dtype=np.float32)
        images, labels = table[:, :-1].reshape(-1, 8, 8), table[:, -1]
    else:
        from sklearn.datasets import load_digits

        bundle: Any = load_digits()
        images, labels = bundle.images, bundle.target
    return images.astype(np.float32), labels.astype(np.int32)


def _cached_mnist() -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
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
