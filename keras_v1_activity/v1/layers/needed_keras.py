"""Which Keras the V1 network needs."""

from __future__ import annotations

LEAST_KERAS: tuple[int, int] = (3, 7)


def check_keras(version: str | None = None) -> None:
    """Refuses a Keras that the V1 network does not run on.

    Its layers are written with what Keras 3 has (`keras.ops`, `keras.random`); the usual loss of
    its tasks is a mean over weighted samples, which came with Keras 3.7.

    Args:
        version: of Keras; None for the one that is installed.

    Raises:
        ImportError: it is too old.

    Example:
        >>> try:
        ...     check_keras("2.15.0")
        ... except ImportError as error:
        ...     print(str(error)[:60])
        the V1 network needs Keras 3.7 or newer, and this is Keras 2
    """
    if version is None:
        import keras

        version = keras.__version__
    found = tuple(int(part) for part in version.split(".")[:2])
    if found < LEAST_KERAS:
        least = ".".join(map(str, LEAST_KERAS))
        raise ImportError(
            f"the V1 network needs Keras {least} or newer, and this is Keras {version}: "
            f"pip install --upgrade 'tensorflow>=2.18' 'keras>={least}'; V1ActivityCallback and "
            "NetworkActivityLogger run on this one too."
        )
