"""Files that a network folder may have: recorded firing rates, recorded background noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.reading import one_line
from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.v1.network.matlab_files import read_matlab_numbers
from keras_v1_activity.v1.network.unpickle import load_plain_data


def read_target_rates(path: Path) -> NDArray[np.float32]:
    """Recorded firing rates in Hz, ascending; empty if there is no such file.

    The published training compares the file's numbers with spikes per 1 ms step, so they are rates
    per ms. No cell fires more than once in a millisecond: numbers above 1 can only be Hz.

    Args:
        path: a pickle that holds an array of rates.

    Raises:
        ValueError: the file is damaged, or holds something else.

    Example:
        >>> from pathlib import Path
        >>> read_target_rates(Path("missing.pkl"))
        array([], dtype=float32)
    """
    if not path.exists():
        return np.zeros(0, np.float32)
    data = load_plain_data(path)
    try:
        rates = np.sort(np.asarray(data, np.float64).reshape(-1))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} must hold an array of firing rates ({one_line(error)}): use the file as "
            "published, or remove it."
        ) from None
    if not rates.size or not np.isfinite(rates).all() or rates[0] < 0:
        raise ValueError(
            f"{path} must hold firing rates of 0 or more: use the file as published, or remove it."
        )
    return (rates if rates[-1] > 1.0 else rates * MS_PER_S).astype(np.float32)


def read_noise_samples(path: Path) -> NDArray[np.float32] | None:
    """Samples of the decoded background noise; None if there is no such file.

    Args:
        path: a MATLAB file with the variable additive_noise.

    Raises:
        ImportError: scipy, which reads such files, is not installed.
        ValueError: the file is damaged, has no such variable, or one with NaN or without samples.

    Example:
        >>> from pathlib import Path
        >>> read_noise_samples(Path("missing.mat")) is None
        True
    """
    if not path.exists():
        return None
    try:
        with np.errstate(over="ignore"):
            samples = read_matlab_numbers(path, "additive_noise").astype(np.float32)
    except ImportError:
        raise ImportError(
            f"{path} is a MATLAB file, which needs scipy to read: pip install scipy, or remove the "
            "file to use the Bernoulli background."
        ) from None
    except Exception as error:  # scipy raises many kinds for a damaged file
        raise ValueError(
            f"{path} holds no readable variable additive_noise ({type(error).__name__}: "
            f"{one_line(error)}): use the file as published, or remove it."
        ) from None
    bad = int((~np.isfinite(samples)).sum())
    if bad or not samples.size:
        found = f"{bad:,} of {samples.size:,} are NaN or infinite" if bad else "it holds none"
        raise ValueError(
            f"{path} must hold finite samples of noise in additive_noise; {found}: use the file as "
            "published, or remove it."
        )
    return samples
