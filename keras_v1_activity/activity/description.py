"""An `Activity` in one line."""

from __future__ import annotations

from keras_v1_activity.activity.derived import SpikeNumbers
from keras_v1_activity.common.checks import counted, shortened


def describe(activity: SpikeNumbers) -> str:
    """Its sizes, its mean rate, and what was recorded; no arrays.

    Example:
        >>> describe(activity).partition(",")[0]
        'Activity(step 100'
    """
    a = activity
    parts = [
        f"step {a.step}",
        f"sample {a.sample_index}",
        counted(a.n_neurons, "neuron"),
        f"{a.duration_ms:g} ms",
        counted(a.n_spikes, "spike"),
        f"mean rate {rate_text(a)}",
    ]
    parts += [f"label {a.label}"] * (a.label is not None)
    parts += [f"predicted {a.prediction}"] * (a.prediction is not None)
    recorded = recorded_texts(a)
    parts.append(shortened(a.source, 20))
    return f"Activity({', '.join(parts)}{'; ' * bool(recorded)}{', '.join(recorded)})"


def rate_text(activity: SpikeNumbers) -> str:
    """Mean firing rate with its unit; "unknown" of a sample without any time.

    Example:
        >>> from keras_v1_activity.activity import Activity
        >>> rate_text(Activity.from_dense(np.eye(4)))
        '250.00 Hz'
    """
    return f"{activity.mean_rate:.2f} Hz" if activity.n_steps else "unknown"


def recorded_texts(activity: SpikeNumbers) -> list[str]:
    """What was recorded besides spikes, each with its size.

    Example:
        >>> from keras_v1_activity.activity import Activity
        >>> recorded_texts(Activity.from_dense(np.eye(4), inputs=np.ones((4, 2)), n_inputs=8))
        ['input of 8 channels']
    """
    a = activity
    k, n_inputs = len(a.voltage_neurons), a.n_inputs
    texts = [f"voltages of {counted(k, 'neuron')}"] * (k > 0)
    if a.inputs is not None:
        texts.append(f"input of {counted(max(n_inputs, a.inputs.shape[1]), 'channel')}")
    if a.outputs is not None:
        texts.append(f"{counted(a.outputs.shape[1], 'output')}")
    if a.batch is not None:
        texts.append(f"{counted(len(a.batch.samples), 'sample')} of the batch")
    if a.traces is not None:
        texts.append(f"traces of {counted(len(a.traces.neurons), 'neuron')}")
    return texts
