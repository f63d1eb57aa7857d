"""The HDF5 content of an index: the facts of the neurons, and links to the step files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath

import h5py

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.storage.hdf5 import file_bytes, open_for_reading
from keras_v1_activity.storage.neurons_codec import write_neurons

# As `H5LT_FILE_IMAGE_OPEN_RW` of HDF5: the image may be written to.
_WRITABLE = 1


def new_content(links: Mapping[int, PurePath], neurons: Neurons | None) -> bytes:
    """A new index.

    Args:
        links: step -> path of its file, relative to the index.
        neurons: what is known of the neurons.

    Example:
        >>> content = new_content({100: PurePath("step_000100/data.h5")}, activity.neurons)
        >>> linked_steps(content), len(digest_of(content))
        ({100}, 64)
    """

    def fill(file: h5py.File) -> None:
        if neurons is not None:
            write_neurons(file.create_group("neurons"), neurons)
        _add(file.create_group("steps"), links.items())

    return file_bytes(fill)


def with_links(content: bytes, links: Mapping[int, PurePath]) -> bytes:
    """An index with further links; those that it has stay. Takes as long for many as for few.

    Example:
        >>> content = with_links(new_content({}, None), {7: PurePath("step_000007/data.h5")})
        >>> linked_steps(content)
        {7}
    """
    with writable(content) as file:
        _add(file["steps"], links.items())
        file.flush()
        return file.id.get_file_image()


def linked_steps(content: bytes) -> set[int]:
    """The steps that an index links.

    Raises:
        KeyError, ValueError, OSError: it is no index.

    Example:
        >>> linked_steps(new_content({}, None))
        set()
    """
    # The links lead to other files, as they should: they are listed, not followed.
    with open_for_reading(io.BytesIO(content), only=()) as file:
        return {int(name) for name in file["steps"]}


def digest_of(content: bytes) -> str | None:
    """The digest of the neurons in an index; None if it holds none.

    Example:
        >>> print(digest_of(new_content({}, None)))
        None
    """
    with open_for_reading(io.BytesIO(content), only=["neurons"]) as file:
        return str(file["neurons"].attrs["digest"]) if "neurons" in file else None


@contextmanager
def writable(content: bytes) -> Iterator[h5py.File]:
    """A file in memory that can be changed; its bytes are then ``file.id.get_file_image()``.

    Args:
        content: bytes of an HDF5 file; they stay as they are.

    Example:
        >>> with writable(new_content({}, None)) as file:
        ...     list(file)
        ['steps']
    """
    with h5py.File(h5py.h5f.open_file_image(content, _WRITABLE)) as file:
        yield file


def _add(group: h5py.Group, links: Iterable[tuple[int, PurePath]]) -> None:
    for step, path in links:
        name = f"{step:06d}"
        if group.get(name, getlink=True) is None:
            group[name] = h5py.ExternalLink(path.as_posix(), "/")
