"""What a checkpoint holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keras_v1_activity.cli.quiet import import_tensorflow
from keras_v1_activity.v1.checkpoints.describe import describe_checkpoint, find_checkpoint


def lines(path: Path) -> Iterator[str]:
    """Lines of text on a checkpoint, or on the last one of a training run.

    Raises:
        FileNotFoundError: there is no checkpoint.
        ValueError: it is damaged.

    Example:
        >>> from keras_v1_activity import v1
        >>> path = v1.export_network(network, "trained.h5")
        >>> print(next(lines(path)))
        checkpoint trained.h5, form network
    """
    last = path / "last.weights.h5"  # of a training run
    try:
        form, path = find_checkpoint(last if last.is_file() else path)
    except FileNotFoundError:
        if path.is_dir():
            raise FileNotFoundError(
                f"the folder {path} holds neither a network (network_dat.pkl), nor a run "
                "(activity.h5, step_000100), nor a TensorFlow checkpoint (ckpt-7.index)."
            ) from None
        raise
    if form == "tensorflow":
        import_tensorflow()
    found = describe_checkpoint(path)
    yield f"checkpoint {found.path}, form {found.form}"
    for name, value in found.attributes.items():
        yield f"  {name} {value if isinstance(value, str) else f'{value:,}'}"
    width = max((len(name) for name, _, _ in found.variables), default=0)
    for name, shape, kind in found.variables:
        sizes = " x ".join(f"{size:,}" for size in shape) or "single value"
        yield f"  {name:<{width}}  {sizes} {kind}"
    if found.n_optimizer:
        yield f"  and {found.n_optimizer} variables of the optimizer"
