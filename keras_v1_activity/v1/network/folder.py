"""`load_network`: from the folder that a user names to a `V1Network`."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.notices import tell
from keras_v1_activity.v1.network.assemble import build_network
from keras_v1_activity.v1.network.published_folder import INPUT_FILE as PUBLISHED_INPUT
from keras_v1_activity.v1.network.published_folder import NETWORK_FILE, PublishedFolder
from keras_v1_activity.v1.network.raw_tables import FolderReader
from keras_v1_activity.v1.network.selection import DEFAULT_SEED, Selection
from keras_v1_activity.v1.network.sonata.config import find_files
from keras_v1_activity.v1.network.sonata.settings import SonataSettings
from keras_v1_activity.v1.network.sonata.sonata_folder import SonataFolder
from keras_v1_activity.v1.network.table_cache import TableCache
from keras_v1_activity.v1.network.v1_glif_model.files import INPUT_FILE as PICKLED_INPUT
from keras_v1_activity.v1.network.v1_glif_model.files import find_pickles
from keras_v1_activity.v1.network.v1_glif_model.folder import PickledFolder
from keras_v1_activity.v1.network.v1_network import V1Network


def load_network(
    path: str | os.PathLike[str],
    n_neurons: int | None = None,
    *,
    core_only: bool = True,
    connected_selection: bool = False,
    n_input: int | None = None,
    neurons_per_output: int = 16,
    seed: int = DEFAULT_SEED,
    published_delay_order: bool = False,
    as_published: bool = False,
    cache: bool | str | os.PathLike[str] = True,
    depth: str = "auto",
    lgn_population: str | None = None,
    background: str = "auto",
    background_rate: float | None = None,
) -> V1Network:
    """Loads the chosen part of a network folder.

    It is a GLIF_network folder, as published with Chen et al. 2022, or a SONATA network, as the
    Allen Institute and bmtk ship them; docs/sonata.md says what is read of one. What V1_GLIF_model
    keeps of such a network is read too: its ``tf_data``, or ``network_dat.pkl`` in it. The same
    arguments choose the same neurons, channels and readout cells as the published code.

    Args:
        path: the folder; of a SONATA network also its configuration, such as ``config.json``.
        n_neurons: how many neurons; None for all that qualify.
        core_only: only neurons less than 400 um from the axis.
        connected_selection: the neurons nearest to the axis, instead of a random choice.
        n_input: input channels; None for one per LGN unit (17,400 as published). Fewer merges
            units at random, and sums the weights of synapses that fall together.
        neurons_per_output: cells of each readout group.
        seed: of the random choices.
        published_delay_order: attach delays as the published code does, in file order to sorted
            synapses: wrong, but what its checkpoints were trained with.
        as_published: undo every known departure from the published code: `published_delay_order`,
            the order of doubled synapses, and one background synapse on each receptor.
            `create_model` has the same switch; docs/published-network.md says what the two do.
        cache: whether what takes long to find out from a large folder (of 50 MB or more) is kept in
            files, for the next time: the chosen synapses here, their tables in the model's layers.
            True keeps it beside the folder, in ``GLIF_network.cache``, if that can be written; a
            path in that folder; False nowhere.
        depth: SONATA only: "y" or "-y", which of them is the depth below the pia; "auto" takes the
            one that is nowhere below 0.
        lgn_population: SONATA only: the population of nodes that is the input, if its name does not
            tell; other sources are background.
        background: SONATA only: "summed", all background sources as one; "independent", each on its
            own; "auto", independent if there are several.
        background_rate: SONATA only: how often an independent background source fires, Hz; None: as
            the configuration says, else 250 Hz.

    Returns:
        `V1Network`, in physical units, with correct delays unless asked otherwise.

    Raises:
        FileNotFoundError: a file of the folder is missing.
        ValueError: an argument is wrong, or a file is damaged, holds more than data, values that
            no cell or synapse can have, or too few neurons.

    Example:
        >>> load_network("GLIF_network", n_neurons=50, n_input=100).inputs.n_sources
        100
    """
    selection = Selection(
        n_neurons=n_neurons,
        core_only=core_only,
        connected_selection=connected_selection,
        n_input=n_input,
        neurons_per_output=neurons_per_output,
        seed=seed,
        published_delay_order=published_delay_order,
        as_published=as_published,
    )
    settings = SonataSettings(
        depth=depth,
        lgn_population=lgn_population,
        background=background,
        background_rate=background_rate,
    )
    reader = _open_folder(path, settings)
    network = build_network(reader, selection, _find_cache(cache, path))
    if not isinstance(reader, PublishedFolder):
        return replace(network, settings=network.settings | asdict(settings))
    return network


def _open_folder(path: str | os.PathLike[str], settings: SonataSettings) -> FolderReader:
    """The reader of a folder's format."""
    try:
        folder = Path(path)
    except TypeError:
        raise ValueError(f"path must be the GLIF_network folder; got {shown(path)}.") from None
    pickles = find_pickles(folder)
    if pickles is not None and pickles.named:
        return PickledFolder(pickles, settings)
    in_one = (folder / PUBLISHED_INPUT).is_file() and not (folder / PICKLED_INPUT).is_file()
    published = (folder / NETWORK_FILE).is_file() and (pickles is None or in_one)
    files = None if published else find_files(folder)
    if files is not None:
        if pickles is not None:
            tell(
                f"{folder} is read from its SONATA files; to read what V1_GLIF_model has made of "
                f"them, name {pickles.cells}."
            )
        return SonataFolder(files, settings)
    if pickles is not None and not published:
        return PickledFolder(pickles, settings)
    return PublishedFolder(folder.parent if folder.name == NETWORK_FILE else folder)


def is_network(path: str | os.PathLike[str]) -> bool:
    """Whether `load_network` would take a path for a network: a folder, or a configuration.

    Args:
        path: of anything.

    Example:
        >>> is_network("GLIF_network"), is_network("weights.h5")
        (True, False)
    """
    published = (Path(path) / NETWORK_FILE).is_file()
    return published or find_pickles(path) is not None or find_files(path) is not None


def _find_cache(cache: bool | str | os.PathLike[str], path: str | os.PathLike[str]) -> TableCache:
    """The `TableCache` that the argument `cache` of `load_network` asks for."""
    if cache is True:
        return TableCache.beside(path)
    try:
        return TableCache(None if cache is False else cache)
    except TypeError:
        raise ValueError(f"cache must be True, False or a folder; got {shown(cache)}.") from None
