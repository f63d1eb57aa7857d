"""Libraries that are needed only by who asks for them: imported when used, or one sentence."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from keras_v1_activity.common.reading import one_line


def optional_package(name: str, what: str, extra: str = "export") -> ModuleType:
    """A library that the package does not install by itself.

    Args:
        name: what is imported, e.g. "pandas"; it is installed by the same name.
        what: needs it, as the user called it.
        extra: of the package, which installs it.

    Raises:
        ModuleNotFoundError: it is not installed here; one sentence says what to install.
        ImportError: it is installed, but cannot be imported.

    Example:
        >>> optional_package("json", "run.to_pandas()").__name__
        'json'
        >>> try:
        ...     optional_package("pandaz", "run.to_pandas()")
        ... except ModuleNotFoundError as error:
        ...     print(error)
        run.to_pandas() needs pandaz, which is not installed here: pip install pandaz, or the \
extra keras_v1_activity[export].
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise _broken(name, what, error) from error
        package = name.partition(".")[0]
        raise ModuleNotFoundError(
            f"{what} needs {package}, which is not installed here: pip install {package}, or the "
            f"extra keras_v1_activity[{extra}].",
            name=package,
        ) from None
    except ImportError as error:
        raise _broken(name, what, error) from error


def _broken(name: str, what: str, error: ImportError) -> ImportError:
    return ImportError(
        f"{what} needs {name}, which is installed here but cannot be imported "
        f"({one_line(error)}): install it again, with a version that fits the others."
    )
