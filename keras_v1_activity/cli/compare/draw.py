"""What ``compare`` draws, prints and writes of its two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_v1_activity.figures import comparison

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity
    from keras_v1_activity.cli.compare.sides import Side


def draw_sides(
    sides: Sequence[Side],
    window: Sequence[float] | None,
    out: Path,
    animation: bool,
    say: Callable[[str], object],
) -> dict[str, Any]:
    """Draws all figures that apply and prints the numbers.

    Args:
        sides: two `Side`.
        window: (first, end) ms, or None.
        out: folder to write to.
        animation: whether to animate.
        say: called with a line of text for each file written, and for each that is left out.

    Returns:
        The numbers, dict for metrics.json.

    Raises:
        ValueError: the sides have different neurons, or the window does not fit.

    Example:
        >>> from keras_v1_activity.cli.compare.sides import Side
        >>> sides = [Side(x, "logs", (activity,), np.array([3]), np.array([3]), None) for x in "ab"]
        >>> numbers = draw_sides(sides, None, Path("out"), animation=False, say=lambda line: None)
        >>> numbers["rate_mae_hz"]
        0.0
    """
    labels = (sides[0].label, sides[1].label)
    figure = comparison.difference(sides[0].trials, sides[1].trials, labels, window)
    metrics = dict(figure.handles["metrics"])
    for line in metric_lines(metrics):
        say(line)
    out.mkdir(parents=True, exist_ok=True)
    say(str(comparison.save(figure, out / "difference.png")))
    for letter, side in zip("ab", sides, strict=True):
        metrics[f"side_{letter}"] = _draw_side(side, letter, window, out, animation, say)
    return metrics


def _draw_side(
    side: Side,
    letter: str,
    window: Sequence[float] | None,
    out: Path,
    animation: bool,
    say: Callable[[str], object],
) -> dict[str, Any]:
    """The figures of one side; returns its part of metrics.json."""
    found: dict[str, Any] = {"run": side.folder, "steps": [trial.step for trial in side.trials]}
    first = side.trials[0]
    if first.neurons.positions is None:
        say(
            f"{side.label}: no cortical plane and no animation, because the positions of the "
            "neurons were not recorded."
        )
    else:
        figure = comparison.spatial_activity(first, window)
        say(str(comparison.save(figure, out / f"spatial_{letter}.png")))
        if animation:
            say(str(comparison.animate(first, out / f"animation_{letter}")))
    if len(side.trials) == 1:
        return found
    figure = comparison.trials_summary(side.trials, window, side.label)
    say(str(comparison.save(figure, out / f"trials_{letter}.png")))
    by_class = _by_class(side.trials)
    if len(by_class) > 1:
        figure = comparison.response_similarity(by_class, window, side.label)
        say(str(comparison.save(figure, out / f"similarity_{letter}.png")))
        found["similarity"] = {
            "names": list(by_class), "correlation": figure.handles["correlation"],
            "mae_hz": figure.handles["error"],
        }  # fmt: skip
    if ((side.true >= 0) & (side.predicted >= 0)).any():
        figure = comparison.confusion(side.true, side.predicted, side.confidence, label=side.label)
        say(str(comparison.save(figure, out / f"confusion_{letter}.png")))
        found["confusion"] = {
            name: figure.handles[name]
            for name in ("counts", "n_samples", "n_right", "accuracy", "without_prediction")
        }
    return found


def _by_class(trials: Sequence[Activity]) -> dict[str, list[Activity]]:
    """Dict of class -> trials, of those whose label is known."""
    labels = sorted({trial.label for trial in trials if trial.label is not None})
    return {str(label): [t for t in trials if t.label == label] for label in labels}


def draw_weights(
    networks: Sequence[str], out: Path, say: Callable[[str], object]
) -> dict[str, Any]:
    """Draws the weights of networks over each other; returns the numbers of each class.

    Args:
        networks: GLIF_network folders or exported files.
        out: folder to write to.
        say: called with a line of text for the file written.

    Raises:
        FileNotFoundError, ValueError: a network is missing, or a file is no network.

    Example:
        >>> sorted(draw_weights(["GLIF_network"], Path("out"), print))
        out/weights.png
        ['Exc to Exc', 'Exc to Inh', 'Inh to Exc', 'Inh to Inh', 'LGN to Exc', 'LGN to Inh']
    """
    from keras_v1_activity.v1.nest.source import load_source
    from keras_v1_activity.v1.network.connection_classes import weights_by_connection

    named: dict[str, Any] = {}
    for path in networks:
        label = Path(path).stem
        label = str(path) if label in named else label
        named[label] = weights_by_connection(load_source(path).network)
    figure = comparison.weight_distributions(named, unit="pA")
    out.mkdir(parents=True, exist_ok=True)
    say(str(comparison.save(figure, out / "weights.png")))
    return figure.handles["numbers"]


def metric_lines(metrics: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of `similarity.compare` as lines of text.

    Example:
        >>> from keras_v1_activity import similarity
        >>> for line in list(metric_lines(similarity.compare(activity, activity)))[:3]:
        ...     print(line)
                                           first        second
        trials                                 1             1
        neurons                              120           120
    """
    first, second = metrics["responses"]
    width = max(12, *(len(label) for label in metrics["labels"]))

    def row(name: str, *values: str) -> str:
        return f"{name:<26}" + "".join(f"  {value:>{width}}" for value in values)

    yield row("", *metrics["labels"])
    for name, key, form in (
        ("trials", "n_trials", "{:,}"),
        ("neurons", "n_neurons", "{:,}"),
        ("spikes of a trial", "n_spikes", "{:,.0f}"),
        ("mean rate (Hz)", "mean_rate_hz", "{:.3f}"),
        ("active neurons", "active_fraction", "{:.1%}"),
        ("sparseness (Treves-Rolls)", "sparseness", "{:.4f}"),
    ):
        yield row(name, *(_text(response[key], form) for response in (first, second)))
    window = metrics["window_ms"]
    where = "all the time" if window is None else f"{window[0]:g} to {window[1]:g} ms"
    yield f"second against first, {where}:"
    for name, key, form in (
        ("correlation of rates", "rate_correlation", "{:.4f}"),
        ("cosine of rates", "rate_cosine", "{:.4f}"),
        ("mean absolute error (Hz)", "rate_mae_hz", "{:.3f}"),
        ("difference of mean rates", "relative_rate_difference", "{:+.1%}"),
    ):
        yield row(name, _text(metrics[key], form))
    populations = metrics["population_rates"]
    if len(populations) > 1:
        yield row("population rate (Hz)", *metrics["labels"], "difference")
        for name, rates in populations.items():
            yield row(
                f"  {name}", f"{rates['first_hz']:.2f}", f"{rates['second_hz']:.2f}",
                _text(rates["relative_difference"], "{:+.1%}"),
            )  # fmt: skip


def _text(value: Any, form: str) -> str:
    return "-" if value is None else form.format(value)
