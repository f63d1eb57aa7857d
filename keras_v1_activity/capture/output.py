"""Any layer's output as (spikes, voltages).

Nothing here looks at values, so tensors with and without values all pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_SPIKE_KEYS = ("spikes", "spike", "z")
_VOLTAGE_KEYS = ("voltages", "voltage", "v", "membrane_potential")


def settle_output(
    output: Any, layer_name: str, extract: Callable[[Any], Any] | None = None
) -> tuple[Any, Any]:
    """The spikes and voltages in a layer's output.

    Understood are spikes alone, ``(spikes, voltages)``, ``(spikes, voltages, others...)``, the
    published ``[(spikes, voltages), states...]``, and a dict with the keys spikes and voltages.
    What follows the spikes counts as voltages only if its shape agrees with theirs.

    Args:
        output: what the layer returned.
        layer_name: for the error.
        extract: callable, output -> (spikes, voltages or None), for every other structure.

    Returns:
        Spikes and voltages, each (batch, time, neuron); voltages None if there are none.

    Raises:
        ValueError: the output holds no (batch, time, neuron) tensor at its place.

    Example:
        >>> spikes, voltages = settle_output([(np.zeros((1, 9, 4)),) * 2, np.zeros((1, 4))], "rsnn")
        >>> voltages.shape
        (1, 9, 4)
    """
    if extract is not None:
        spikes, voltages = _extracted(output, layer_name, extract)
    else:
        spikes, voltages = _usual(output)
    if _rank(spikes) != 3 or (voltages is not None and not _alike(spikes, voltages)):
        got = describe_structure((spikes, voltages) if extract is not None else output)
        raise ValueError(
            f"layer '{layer_name}' must give spikes, or (spikes, voltages), of shape (batch, time, "
            f"neuron); {'extract' if extract is not None else 'it'} gave {got}: set layer_name= to "
            "another layer, let this one return the whole sequence, or give extract=, a function "
            "from its output to (spikes, voltages)."
        )
    return spikes, voltages


def describe_structure(value: Any) -> str:
    """Nesting and shapes of tensors in one line.

    Example:
        >>> describe_structure([(np.zeros((2, 9, 4)), None), np.zeros((2, 4))])
        '[((2, 9, 4), None), (2, 4)]'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {describe_structure(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(describe_structure(v) for v in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if hasattr(value, "shape"):
        return "unknown shape" if _rank(value) is None else str(tuple(value.shape))
    return "None" if value is None else type(value).__name__


def _extracted(output: Any, layer_name: str, extract: Callable[[Any], Any]) -> tuple[Any, Any]:
    try:
        pair = extract(output)
    except Exception as error:
        raise ValueError(
            f"extract failed on the output of layer '{layer_name}', which is "
            f"{describe_structure(output)}: {type(error).__name__}: {error}"
        ) from error
    if hasattr(pair, "shape"):
        return pair, None
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise ValueError(
            "extract must return (spikes, voltages), or (spikes, None); from the output of layer "
            f"'{layer_name}' it returned {describe_structure(pair)}."
        )
    return pair[0], pair[1]


def _usual(output: Any) -> tuple[Any, Any]:
    if isinstance(output, dict):
        return _first_of(output, _SPIKE_KEYS), _first_of(output, _VOLTAGE_KEYS)
    if not isinstance(output, (list, tuple)):
        return output, None
    if not len(output):
        return None, None
    if isinstance(output[0], (list, tuple, dict)):
        return _usual(output[0])
    second = output[1] if len(output) > 1 else None
    # A layer that returns spikes and its last state has no voltages over time.
    return output[0], second if _alike(output[0], second) else None


def _first_of(mapping: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((mapping[key] for key in keys if key in mapping), None)


def _rank(tensor: Any) -> int | None:
    shape = getattr(tensor, "shape", None)
    if shape is None:
        return None
    rank = getattr(shape, "rank", False)
    return len(shape) if rank is False else rank


def _alike(spikes: Any, voltages: Any) -> bool:
    """Whether two tensors may have one shape, as far as it is known."""
    if _rank(spikes) is None or _rank(spikes) != _rank(voltages):
        return False
    pairs = zip(tuple(spikes.shape), tuple(voltages.shape), strict=True)
    return all(a is None or b is None or a == b for a, b in pairs)
