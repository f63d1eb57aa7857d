"""A fork waits until no thread is inside HDF5."""

from __future__ import annotations

import os
from functools import cache

import h5py


@cache
def hold_hdf5_while_forking() -> None:
    """Has each fork of this process wait for the lock of h5py, and free it in parent and child.

    A child that is forked while another thread stores a look inherits that lock, and nobody there
    frees it: the child would wait for it for ever, at the latest when it ends. h5py from 3.14 on
    does this by itself; then, and where there is no fork, nothing is done. Python is told once.

    Example:
        >>> hold_hdf5_while_forking()
    """
    objects = h5py._objects
    if hasattr(objects, "_phil_before_fork") or not hasattr(os, "register_at_fork"):
        return
    lock = objects.phil
    os.register_at_fork(
        before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
    )
