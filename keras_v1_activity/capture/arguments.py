"""Checks of what a callback is told about the layer to capture."""


def checked_name(layer_name):
    """`layer_name`, a text that is not empty.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(layer_name, str) or not layer_name:
        raise ValueError(
            f"layer_name must be the name of a layer, e.g. 'rsnn'; got {layer_name!r}."
        )
    return layer_name


def checked_function(extract):
    """`extract`, a function or None.

    Raises:
        ValueError: it is neither.
    """
    if extract is not None and not callable(extract):
        raise ValueError(
            "extract must be a function from the layer's output to (spikes, voltages); "
            f"got {extract!r}."
        )
    return extract


def checked_probe(probe_data, plan):
    """`probe_data` as (x, y or None), or None.

    Raises:
        ValueError: it is no batch, or has no sample with the plan's index.
    """
    if probe_data is None:
        return None
    from keras_v1_activity.capture.probe import batch_size_of, split_probe
    from keras_v1_activity.capture.selection import check_sample

    x, y = split_probe(probe_data)
    check_sample(plan, batch_size_of(x))
    return x, y
