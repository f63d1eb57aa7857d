"""The logger that one writes in an afternoon: the measure of what watching costs without thought.

Tensors become dense arrays, six figures are drawn one after the other in the training thread,
everything is kept in lists and written as one npz at the end. It is the other side of the
benchmarks here, so it draws the same six subjects at the same size as the package does, 1,000 x 600
pixels, with the calls that matplotlib's own examples use: one scatter for all spikes, one imshow.
"""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SIZE_INCHES = (10, 6)
DPI = 100
RASTER_NEURONS_OF_A_SAMPLE = 400


class PlainLogger:
    """Logs steps as a script of one's own would.

    Args:
        log_dir: folder; made if it is missing.
        populations: one population name per neuron, (n_neurons,) str.
        voltage_neurons: ids of the neurons whose potentials are drawn.
    """

    def __init__(self, log_dir, populations, voltage_neurons):
        self.log_dir = Path(log_dir)
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.populations = np.asarray(populations)
        self.voltage_neurons = voltage_neurons
        self.history = {name: [] for name in ("spikes", "voltages", "inputs", "outputs", "labels")}

    def log_step(self, step, inputs, spikes, voltages, outputs, labels):
        """Converts, draws and keeps one step; every argument is a tensor with a batch axis."""
        look = self.look(inputs, spikes, voltages, outputs, labels)
        for name, draw in DRAWINGS.items():
            draw(look, self.log_dir / f"{name}_step_{step}.png")
        for name, kept in self.history.items():
            kept.append(look[name][0])

    def look(self, inputs, spikes, voltages, outputs, labels):
        """The tensors as dense arrays, dict by name."""
        tensors = {
            "inputs": inputs,
            "spikes": spikes,
            "voltages": voltages,
            "outputs": outputs,
            "labels": labels,
        }
        look = {
            name: tensor.numpy() if hasattr(tensor, "numpy") else np.asarray(tensor)
            for name, tensor in tensors.items()
        }
        return {
            **look,
            "populations": self.populations,
            "voltage_neurons": self.voltage_neurons,
        }

    def kept_bytes(self):
        """Bytes in memory so far, which are those of the npz."""
        return sum(array.nbytes for kept in self.history.values() for array in kept)

    def forget(self):
        """Drops what was kept, for measuring one look after the other in bounded memory."""
        for kept in self.history.values():
            kept.clear()

    def save(self):
        """Writes everything that was kept.

        Returns:
            Path of the npz file.
        """
        path = self.log_dir / "activity.npz"
        np.savez(path, **{name: np.stack(kept) for name, kept in self.history.items()})
        return path


def raster(look, path):
    """Every spike of the sample, a dot each."""
    figure, axes = plt.subplots(figsize=SIZE_INCHES, dpi=DPI)
    times, neurons = np.nonzero(look["spikes"][0])
    axes.scatter(times, neurons, s=1, c="black")
    axes.set(xlabel="time (ms)", ylabel="neuron", title=_verdict(look, 0))
    _save(figure, path)


def voltages(look, path):
    """The potential of each chosen neuron on axes of its own, with dots at its spikes."""
    chosen = look["voltage_neurons"]
    figure, rows = plt.subplots(
        len(chosen), 1, figsize=SIZE_INCHES, dpi=DPI, squeeze=False, sharex=True
    )
    for axes, neuron in zip(rows[:, 0], chosen, strict=True):
        trace = look["voltages"][0][:, neuron]
        times = np.flatnonzero(look["spikes"][0][:, neuron])
        axes.plot(trace, linewidth=0.8)
        axes.plot(times, trace[times], "r.")
        axes.set_ylabel(str(neuron), rotation=0, ha="right")
    axes.set_xlabel("time (ms)")
    # Twenty labelled axes leave tight_layout no room.
    _save(figure, path, tight=False)


def input_heatmap(look, path):
    """All input channels over time."""
    figure, axes = plt.subplots(figsize=SIZE_INCHES, dpi=DPI)
    image = axes.imshow(look["inputs"][0].T, aspect="auto", cmap="viridis")
    figure.colorbar(image, ax=axes)
    axes.set(xlabel="time (ms)", ylabel="input channel")
    _save(figure, path)


def population(look, path):
    """Spikes and mean rate of each population."""
    names = np.unique(look["populations"])
    spikes = look["spikes"][0]
    per_neuron, seconds = spikes.sum(axis=0), len(spikes) / 1000
    counts = [per_neuron[look["populations"] == name].sum() for name in names]
    rates = [per_neuron[look["populations"] == name].mean() / seconds for name in names]
    figure, (left, right) = plt.subplots(1, 2, figsize=SIZE_INCHES, dpi=DPI)
    left.bar(names, counts)
    left.set(ylabel="spikes")
    right.bar(names, rates)
    right.set(ylabel="mean rate (Hz)")
    for axes in (left, right):
        axes.tick_params(axis="x", labelrotation=90)
    _save(figure, path)


def output(look, path):
    """The readout over time and the mean confidence in each class."""
    outputs = look["outputs"][0]
    figure, (above, below) = plt.subplots(2, 1, figsize=SIZE_INCHES, dpi=DPI)
    for number, values in enumerate(outputs.T):
        above.plot(values, label=f"class {number}")
    above.legend(ncol=5)
    above.set(xlabel="chunk", ylabel="readout")
    _confidence_bars(below, look, 0)
    _save(figure, path)


def predictions(look, path):
    """A raster over the confidence of each sample, at most four samples."""
    n = min(len(look["labels"]), 4)
    figure, panels = plt.subplots(2, n, figsize=SIZE_INCHES, dpi=DPI, squeeze=False)
    for i in range(n):
        times, neurons = np.nonzero(look["spikes"][i][:, :RASTER_NEURONS_OF_A_SAMPLE])
        panels[0, i].scatter(times, neurons, s=1, c="black")
        panels[0, i].set(xlabel="time (ms)", title=_verdict(look, i))
        _confidence_bars(panels[1, i], look, i)
    panels[0, 0].set_ylabel("neuron")
    _save(figure, path)


DRAWINGS = {
    "raster": raster,
    "voltages": voltages,
    "input": input_heatmap,
    "population": population,
    "output": output,
    "predictions": predictions,
}


def _confidence_bars(axes, look, sample):
    """One bar a class, the true one red."""
    confidence = look["outputs"][sample].mean(axis=0)
    true = int(look["labels"][sample])
    colours = ["red" if number == true else "gray" for number in range(len(confidence))]
    axes.bar(np.arange(len(confidence)), confidence, color=colours)
    axes.set(xlabel="class", ylabel="confidence")


def _verdict(look, sample):
    predicted = look["outputs"][sample].mean(axis=0).argmax()
    return f"true {int(look['labels'][sample])}, predicted {predicted}"


def _save(figure, path, tight=True):
    if tight:
        figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
