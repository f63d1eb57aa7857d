"""The tasks a V1 network is trained on, one module for each.

`make_task(name, network)` gives a task's trials as two `tf.data.Dataset`s. Names as published:
``10class``, ``ori_diff``, ``vcd_grating``, ``evidence``, ``garrett`` (Chen, Scherr & Maass 2022,
"A data-based large-scale model for primary visual cortex enables brain-like robust and versatile
visual processing", Science Advances 8:eabq7592). Without the LGN filter model, whose outputs the
paper used, the stimuli are rendered on the LGN grid by their parameters.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from keras_v1_activity.common.needs_tensorflow import needs_tensorflow
from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.tasks.settings import TaskSettings

if TYPE_CHECKING:
    from keras_v1_activity.v1.tasks.common import TaskTrials

_MODULE_OF = {
    "10class": "ten_class",
    "ori_diff": "ori_diff",
    "vcd_grating": "vcd_grating",
    "evidence": "evidence",
    "garrett": "garrett",
}
TASKS: Final[tuple[str, ...]] = (*_MODULE_OF,)


def make_task(
    name: str,
    network: V1Network | None = None,
    *,
    batch_size: int = 8,
    seq_len: int | None = None,
    pre_delay: int | None = None,
    im_slice: int | None = None,
    post_delay: int | None = None,
    current_input: bool = False,
    n_test: int = 160,
    images: str | os.PathLike[str] | None = None,
    seed: int = 0,
    first_batch: int = 0,
) -> TaskTrials:
    """The trials of a task.

    The task ``10class`` gives the trials of `v1.digits`, whose docstring says how the two differ.

    Args:
        name: one of `TASKS`.
        network: `V1Network`, whose merging of LGN units is followed; None for all 17,400.
        batch_size: trials in a batch.
        seq_len: length of a trial, ms; what the other parts leave of it is grey. None for the
            task's own length, 600 ms.
        pre_delay, im_slice, post_delay: parts of the trial, ms; None for the task's own. See the
            task's module for what they mean in it.
        current_input: False gives spikes, Bernoulli(p); True gives a current, 1.3 p.
        n_test: held-out trials, rounded up to whole batches (10class: at most so many images).
        images: file of natural images; task garrett needs it.
        seed: of the trials.
        first_batch: training begins with this one of the endless batches; a resumed run gives the
            steps it has done.

    Returns:
        `TaskTrials`.

    Raises:
        ValueError: an unknown task, parts that do not fit, a wrong file of images.

    Example:
        >>> task = make_task("ori_diff", network, batch_size=2)
        >>> x, y, weight = next(iter(task.train))
        >>> x.shape.as_list(), y.shape.as_list()
        ([2, 600, 17400], [2, 12])
    """
    if name not in _MODULE_OF:
        raise ValueError(f"task must be one of {list(TASKS)}; got {name!r}.")
    with needs_tensorflow("make_task"):
        module: Any = import_module(f"keras_v1_activity.v1.tasks.{_MODULE_OF[name]}")
    trial = module.TRIAL.fitted(seq_len, pre_delay, im_slice, post_delay)
    settings = TaskSettings(
        batch_size=batch_size,
        current_input=current_input,
        n_test=n_test,
        seed=seed,
        first_batch=first_batch,
    )
    others = {"images": images} if name == "garrett" else {}
    return module.make(network, trial, settings, **others)
