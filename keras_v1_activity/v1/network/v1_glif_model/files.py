"""Which files V1_GLIF_model has left of a network, and whether a path names them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from keras_v1_activity.v1.network.sonata.basis import FACTORS_FILE, NAMES_FILE
from keras_v1_activity.v1.network.sonata.config import PICKLES

CELLS_FILE: Final = "network_dat.pkl"
INPUT_FILE: Final = "lgn_input_dat.pkl"
BACKGROUND_FILE: Final = "bkg_input_dat.pkl"
# In its folder, or beside that of the network, as in the repository.
_TAU_BASIS: Final = ("tf_data/tau_basis.npy", "synaptic_data/tau_basis.npy")


@dataclass(frozen=True, kw_only=True)
class PickledFiles:
    """The files of one network.

    Attributes:
        path: what the user named.
        folder: the network's folder, with ``network/v1_nodes.h5`` in it.
        pickles: the folder of the pickles.
        named: whether the user named the pickles, and not the folder of the network.

    Example:
        >>> files = PickledFiles(
        ...     path=Path("G"), folder=Path("G"), pickles=Path("G/tf_data"), named=False
        ... )
        >>> files.cells.as_posix()
        'G/tf_data/network_dat.pkl'
    """

    path: Path
    folder: Path
    pickles: Path
    named: bool

    @property
    def cells(self) -> Path:
        """Pickle of the cells and the edges among them."""
        return self.pickles / CELLS_FILE

    @property
    def inputs(self) -> Path:
        """Pickle of the edges from the LGN."""
        return self.pickles / INPUT_FILE

    @property
    def background(self) -> Path:
        """Pickle of the edges from the background sources."""
        return self.pickles / BACKGROUND_FILE

    @property
    def names(self) -> Path | None:
        """Pickle of the numbers of the synapse models; None if there is no table of factors."""
        there = all((self.pickles / name).is_file() for name in (NAMES_FILE, FACTORS_FILE))
        return self.pickles / NAMES_FILE if there else None

    def of_nodes(self, population: str) -> tuple[Path, Path | None]:
        """HDF5 file and table of types of a population of nodes.

        Args:
            population: "v1", "lgn" or "bkg".
        """
        nodes, types = (
            self.folder / f"network/{population}_{end}" for end in ("nodes.h5", "node_types.csv")
        )
        return nodes, types if types.is_file() else None

    @property
    def tau_basis(self) -> Any:
        """File of the time constants of the basis; None if there is none."""
        places = [self.folder / name for name in _TAU_BASIS]
        places.append(self.folder.absolute().parent / _TAU_BASIS[1])
        return next((str(path) for path in places if path.is_file()), None)


def find_pickles(path: str | os.PathLike[str]) -> PickledFiles | None:
    """The files that V1_GLIF_model has left of a network; None if this is none.

    Args:
        path: the network's folder, its folder ``tf_data``, or ``network_dat.pkl``.

    Example:
        >>> find_pickles("GLIF_network") is None
        True
    """
    path = Path(path)
    if path.is_file():
        return _in(path.parent, path, named=True) if path.name == CELLS_FILE else None
    if (path / PICKLES / CELLS_FILE).is_file():
        return _in(path / PICKLES, path, named=False)
    return _in(path, path, named=path.name == PICKLES)


def _in(pickles: Path, path: Path, *, named: bool) -> PickledFiles | None:
    # The published folder has a network_dat.pkl as well, but its inputs in one file.
    there = (pickles / CELLS_FILE).is_file()
    if not there or (pickles.name != PICKLES and not (pickles / INPUT_FILE).is_file()):
        return None
    folder = pickles.absolute().parent if pickles.name == PICKLES else pickles
    return PickledFiles(path=path, folder=folder, pickles=pickles, named=named)
