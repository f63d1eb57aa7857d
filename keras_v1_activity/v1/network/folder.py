"""Reading a GLIF_network folder, as published with Chen et al. 2022, into a `V1Network`."""

import csv
from pathlib import Path

import h5py
import numpy as np

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.v1.network.edges import gather_edges, in_published_order, sum_doubles
from keras_v1_activity.v1.network.file_checks import (
    ADVICE,
    check_all,
    check_parameters,
    node_type_ids,
    numbers,
    wrong_layout,
)
from keras_v1_activity.v1.network.selection import (
    DEFAULT_SEED,
    GREATEST_SEED,
    assign_input_channels,
    find_readout_groups,
    select_neurons,
)
from keras_v1_activity.v1.network.table_cache import TableCache
from keras_v1_activity.v1.network.unpickle import load_plain_data
from keras_v1_activity.v1.network.v1_network import (
    N_RECEPTORS,
    Glif3Parameters,
    Synapses,
    V1Network,
)

NETWORK_FILE = "network_dat.pkl"
INPUT_FILE = "input_dat.pkl"
NODES_FILE = "network/v1_nodes.h5"
NODE_TYPES_FILE = "network/v1_node_types.csv"
RATES_FILE = "garrett_firing_rates.pkl"
NOISE_FILE = "additive_noise.mat"

_PARAMETER_SHAPES = {
    "V_th": (), "E_L": (), "V_reset": (), "g": (), "C_m": (), "t_ref": (),
    "k": (2,), "asc_amps": (2,), "tau_syn": (N_RECEPTORS,),
}  # fmt: skip


def load_network(
    path,
    n_neurons=None,
    *,
    core_only=True,
    connected_selection=False,
    n_input=None,
    neurons_per_output=16,
    seed=DEFAULT_SEED,
    published_delay_order=False,
    cache=True,
):
    """Loads the chosen part of a GLIF_network folder.

    The same arguments choose the same neurons, channels and readout cells as the published code.

    Args:
        path: the folder.
        n_neurons: how many neurons; None for all that qualify.
        core_only: only neurons less than 400 um from the axis.
        connected_selection: the neurons nearest to the axis, instead of a random choice.
        n_input: input channels; None for one per LGN unit (17,400 as published). Fewer merges
            units at random, and sums the weights of synapses that fall together.
        neurons_per_output: cells of each readout group.
        seed: of the random choices.
        published_delay_order: attach delays as the published code does, in file order to sorted
            synapses: wrong, but what its checkpoints were trained with.
        cache: whether what takes long to find out from a large folder (of 50 MB or more) is kept in
            files, for the next time: the chosen synapses here, their tables in the model's layers.
            True keeps it beside the folder, in ``GLIF_network.cache``, where that can be written; a
            path in that folder; False nowhere.

    Returns:
        `V1Network`, in physical units, with correct delays unless asked otherwise.

    Raises:
        FileNotFoundError: a file of the folder is missing.
        ValueError: an argument is wrong, or a file is damaged, holds more than data, values that
            no cell or synapse can have, or too few neurons.

    Example:
        >>> network = load_network("GLIF_network", n_neurons=2000)   # doctest: +SKIP
    """
    n_neurons, n_input, neurons_per_output, seed = _check_arguments(
        n_neurons, n_input, neurons_per_output, seed
    )
    folder, tables = _check_folder(path), _find_cache(cache, path)
    positions = _read_positions(folder / NODES_FILE)
    node_ids = select_neurons(
        positions[0], positions[2], n_neurons,
        core_only=core_only, connected_selection=connected_selection, seed=seed,
    )  # fmt: skip
    x, y, z = (axis[node_ids] for axis in positions)
    index_of = np.full(len(positions[0]), -1, np.int32)
    index_of[node_ids] = np.arange(len(node_ids), dtype=np.int32)

    types, recurrent, parameters = _chosen_cells(folder, index_of, published_delay_order, tables)
    names = _read_population_names(folder / NODE_TYPES_FILE, parameters.n_neurons)
    populations = Populations.from_names(names[types])
    channel_of, inputs, background = _chosen_inputs(folder, index_of, n_input, seed, tables)
    return V1Network(
        parameters=parameters.take(types),
        populations=populations,
        x=x, y=y, z=z,
        node_ids=node_ids,
        node_types=types,
        recurrent=recurrent,
        inputs=inputs,
        background_weights=background,
        input_channel_of=channel_of,
        readout_groups=find_readout_groups(x, y, z, populations, neurons_per_output, seed=seed),
        target_rates=_read_target_rates(folder / RATES_FILE),
        noise_samples=_read_noise_samples(folder / NOISE_FILE),
        source=str(folder),
        settings={
            "n_neurons": n_neurons, "core_only": core_only,
            "connected_selection": connected_selection, "n_input": n_input,
            "neurons_per_output": neurons_per_output, "seed": seed,
            "published_delay_order": published_delay_order,
        },
        tables=tables,
    )  # fmt: skip


def _check_arguments(n_neurons, n_input, neurons_per_output, seed):
    """The four as plain ints; None stays None."""
    if n_neurons is not None:
        n_neurons = whole_number(n_neurons, "n_neurons", 1, "2000 (or None for all)")
    if n_input is not None:
        n_input = whole_number(n_input, "n_input", 1, "17400 (or None for all)")
    neurons_per_output = whole_number(neurons_per_output, "neurons_per_output", 1, 16)
    seed = whole_number(seed, "seed", 0, DEFAULT_SEED)
    if seed > GREATEST_SEED:
        raise ValueError(f"seed must be at most {GREATEST_SEED}; got {seed}.")
    return n_neurons, n_input, neurons_per_output, seed


def _check_folder(path):
    try:
        folder = Path(path)
    except TypeError:
        raise ValueError(f"path must be the GLIF_network folder; got {path!r}.") from None
    for name in (NETWORK_FILE, INPUT_FILE, NODES_FILE, NODE_TYPES_FILE):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"{folder / name} is missing: give the GLIF_network folder itself, with all its "
                "files, or make one with v1.write_synthetic_network."
            )
    return folder


def _find_cache(cache, path):
    """The `TableCache` that the argument `cache` of `load_network` asks for."""
    if cache is True:
        return TableCache.beside(path)
    try:
        return TableCache(None if cache is False else cache)
    except TypeError:
        raise ValueError(f"cache must be True, False or a folder; got {cache!r}.") from None


def _read_positions(path):
    """(x, y, z) of every neuron, um, in the order of node ids."""
    try:
        with h5py.File(path, "r") as file:
            node_id, *axes = (
                _read_column(file, path, name)
                for name in ("node_id", *(f"0/{axis}" for axis in "xyz"))
            )
    except KeyError:
        raise ValueError(
            f"{path} has no neuron positions (/nodes/v1/node_id and /nodes/v1/0/x, y, z): use the "
            "v1_nodes.h5 that belongs to this network."
        ) from None
    except OSError as error:
        raise ValueError(
            f"{path} is damaged or no HDF5 file ({error}): copy or download it again."
        ) from None
    if not np.array_equal(node_id, np.arange(len(node_id))) or any(
        axis.shape != node_id.shape for axis in axes
    ):
        raise ValueError(
            f"{path} must number its neurons 0, 1, 2, ... and give each one x, y, z: use the "
            "v1_nodes.h5 that belongs to this network."
        )
    for name, axis in zip("xyz", axes, strict=True):
        check_all(np.isfinite(axis), axis, f"{path}: {name}", "a finite number of um", "neuron")
    return axes


def _read_column(file, path, name):
    """One array of numbers in the group of the neurons."""
    column = file[f"nodes/v1/{name}"]
    if not isinstance(column, h5py.Dataset) or column.ndim != 1 or column.dtype.kind not in "iuf":
        raise ValueError(
            f"{path}: /nodes/v1/{name} must be a list of numbers, one for each neuron: use the "
            "v1_nodes.h5 that belongs to this network."
        )
    return column[:]


def _read_population_names(path, n_types):
    """Population name of each node type, str array (n_types,)."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=" "))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path} is damaged or no table in text ({error}): copy or download it again."
        ) from None
    names = [row.get("pop_name") for row in rows]
    if len(names) != n_types or not all(names):
        raise ValueError(
            f"{path} must have a column pop_name and one row for each of the {n_types} node types "
            f"in {NETWORK_FILE}; it has {len(rows)} rows: use the files of one network."
        )
    return np.array(names)


def _chosen_cells(folder, index_of, published_delay_order, tables):
    """Types of the chosen neurons, `Synapses` among them, `Glif3Parameters` of all types."""
    found = tables.fetch(
        "network",
        [folder / NETWORK_FILE, index_of, published_delay_order],
        lambda: _read_network_file(folder, index_of, published_delay_order),
    )
    types = found["types"]
    recurrent = Synapses(
        **{name: found[name] for name in ("source", "target", "receptor", "weight", "delay")},
        n_sources=len(types),
        n_targets=len(types),
    )
    return types, recurrent, Glif3Parameters(**{name: found[name] for name in _PARAMETER_SHAPES})


def _read_network_file(folder, index_of, published_delay_order):
    """Type of each chosen neuron, columns of the synapses among them, all types' parameters."""
    path = folder / NETWORK_FILE
    data = load_plain_data(path)
    try:
        nodes, edges = data["nodes"], data["edges"]
        n_nodes = len(index_of)
        type_ids = node_type_ids(nodes, n_nodes, path, folder / NODES_FILE)
        parameters = _type_parameters(nodes, path)
        type_of = np.empty(n_nodes, np.int64)
        type_of[np.concatenate(type_ids)] = np.repeat(np.arange(len(nodes)), [*map(len, type_ids)])
        columns = gather_edges(edges, index_of, path)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise wrong_layout(path, error) from error
    chosen = np.flatnonzero(index_of >= 0)
    columns = in_published_order(columns, len(chosen), published_delay_order)
    return {"types": type_of[chosen], **columns, **vars(parameters)}


def _type_parameters(nodes, path):
    """`Glif3Parameters` of the node types, checked."""
    parameters = Glif3Parameters(
        **{
            name: np.array(
                [
                    _parameter(node["params"][name], shape, f"{path}: node type {number}: {name}")
                    for number, node in enumerate(nodes)
                ]
            )
            for name, shape in _PARAMETER_SHAPES.items()
        }
    )
    check_parameters(parameters, path)
    return parameters


def _parameter(value, shape, where):
    values, expected = numbers(value, where), int(np.prod(shape))
    if len(values) != expected:
        some = "one number" if expected == 1 else f"{expected} numbers"
        raise ValueError(f"{where} must hold {some}; got {len(values)}: {ADVICE}")
    return values.reshape(shape)


def _chosen_inputs(folder, index_of, n_input, seed, tables):
    """Channel of each LGN unit, the input `Synapses`, and the background weights, (n, 4) pA."""
    found = tables.fetch(
        "input",
        [folder / INPUT_FILE, index_of, n_input, seed],
        lambda: _read_input_file(folder, index_of, n_input, seed),
    )
    channel_of, background = found["channel_of"], found["background"]
    inputs = Synapses(
        **{name: found[name] for name in ("source", "target", "receptor", "weight")},
        delay=np.zeros(len(found["source"]), np.float32),
        n_sources=len(channel_of) if n_input is None else n_input,
        n_targets=len(background),
    )
    return channel_of, inputs, background


def _read_input_file(folder, index_of, n_input, seed):
    """Channel of each LGN unit, columns of the input synapses, (n, 4) background weights in pA."""
    path = folder / INPUT_FILE
    data = load_plain_data(path)
    try:
        (lgn, lgn_edges), *background = _input_populations(data, path)
        channel_of = assign_input_channels(len(lgn["ids"]), n_input, seed=seed)
        n_channels = len(channel_of) if n_input is None else n_input
        columns = gather_edges(lgn_edges, index_of, path, channel_of)
        n_targets = int((index_of >= 0).sum())
        if n_channels < len(channel_of):
            columns = sum_doubles(columns, n_channels)
        weights = np.zeros(n_targets * N_RECEPTORS)
        for population, edges in background:
            units = np.zeros(len(population["ids"]), np.int32)
            _, target, receptor, weight, _ = gather_edges(edges, index_of, path, units)
            row = target.astype(np.int64) * N_RECEPTORS + receptor
            weights += np.bincount(row, weight, minlength=len(weights))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise wrong_layout(path, error) from error
    background_weights = weights.astype(np.float32).reshape(n_targets, N_RECEPTORS)
    columns = in_published_order(columns, n_channels)
    del columns["delay"]  # input synapses have none
    return {"channel_of": channel_of, "background": background_weights, **columns}


def _input_populations(data, path):
    """`data` if it is a list of pairs (population, edge groups)."""
    containers = (list, tuple, np.ndarray)
    if not isinstance(data, containers) or not len(data):
        raise wrong_layout(path, f"expected a list of input populations, got {type(data).__name__}")
    for number, entry in enumerate(data):
        if not isinstance(entry, containers) or len(entry) != 2:
            raise wrong_layout(path, f"entry {number} is no pair of population and edges")
    return data


def _read_target_rates(path):
    """Recorded firing rates in Hz, ascending; empty where there is no such file.

    The published training compares the file's numbers with spikes per 1 ms step, so they are rates
    per ms. No cell fires more than once in a millisecond: numbers above 1 can only be Hz.
    """
    if not path.is_file():
        return np.zeros(0, np.float32)
    data = load_plain_data(path)
    try:
        rates = np.sort(np.asarray(data, np.float64).reshape(-1))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} must hold an array of firing rates ({error}): use the file as published, or "
            "remove it."
        ) from error
    if not rates.size or not np.isfinite(rates).all() or rates[0] < 0:
        raise ValueError(
            f"{path} must hold firing rates of 0 or more: use the file as published, or remove it."
        )
    return (rates if rates[-1] > 1.0 else rates * MS_PER_S).astype(np.float32)


def _read_noise_samples(path):
    """Samples of the decoded background noise, or None where there is no such file."""
    if not path.is_file():
        return None
    try:
        from scipy.io import loadmat
    except ImportError:
        raise ImportError(
            f"{path} is a MATLAB file, which needs scipy to read: pip install scipy, or remove the "
            "file to use the Bernoulli background."
        ) from None
    try:
        return np.asarray(loadmat(path)["additive_noise"], np.float32).reshape(-1)
    except Exception as error:  # scipy raises many kinds for a damaged file
        raise ValueError(
            f"{path} holds no readable variable additive_noise ({type(error).__name__}: {error}): "
            "use the file as published, or remove it."
        ) from error
