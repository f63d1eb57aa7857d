"""Whether training is healthy: gradients, applied updates, weights, surrogate derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.text import Text

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.health_matrix import draw_matrix, moved_by_pair
from keras_v1_activity.figures.health_rows import (
    HEALTHY_RATIO,
    draw_marks,
    draw_parts,
    mark_range,
    name_rows,
    rows_of,
)
from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import panel

_LEFT, _BOTTOM, _HEIGHT = 0.1, 0.105, 0.755
_NORMS, _RATIOS, _OCCUPANCY = (_LEFT, 0.23), (0.355, 0.14), (0.52, 0.085)
# Without the occupancy there is more room for the others.
_WIDE_NORMS, _WIDE_RATIOS = (_LEFT, 0.28), (0.405, 0.2)
_MATRIX, _BAR = (0.715, 0.29, 0.195, 0.57), (0.92, 0.29, 0.013, 0.57)
_WORDS_LEFT, _WORDS_TOP, _LINE = 0.64, 0.19, 0.043


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the health of a step into `figure`: ``activity.details["health"]``.

    Returns:
        dict: ``title``, ``verdict``, ``note`` (Text of the caption); with health also ``axes``,
        ``rows`` (names, from above), ``norms`` (PathCollection of "gradient" and of "update"),
        ``ratios`` (PathCollection), ``healthy`` (the band), ``occupancy`` (BarContainer or None),
        ``image`` (AxesImage or None, % of the mean size, source x target) and ``words`` (Texts).

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> health = {"gradient_norm": {"all": 0.5}, "update_norm": {"all": 0.1}}
        >>> drawn = draw_figure("health", activity.with_details(health=health)).handles
        >>> drawn["rows"], drawn["words"]["finite"].get_text()
        (['all'], 'Not finite: not known')
    """
    handles = parts.headline(figure, activity, "Health", left=_LEFT)
    health = activity.details.get("health")
    if not health:
        axes = panel(figure, (_LEFT, _BOTTOM, 0.87, _HEIGHT))
        words = "not recorded: V1ActivityCallback(health=True) records gradients and weights"
        return {**handles, "axes": axes, "note": parts.empty_panel(axes, words)}
    handles["note"] = parts.caption(figure, _caption(health), left=_LEFT)
    handles |= _draw_rows(activity, figure, health)
    handles["image"] = _draw_weights(activity, figure, health.get("weights", {}))
    handles["words"] = _write_words(figure, health)
    return handles


def _caption(health: Mapping[str, Any]) -> str:
    known = {
        word: health.get(name, {}).get("all")
        for word, name in (("gradient", "gradient_norm"), ("update", "update_norm"))
    }
    words = [f"{word} {value:.3g}" for word, value in known.items() if value is not None]
    ratio = health.get("update_ratio", {}).get("all")
    if ratio is not None:
        words.append(f"update / weights {ratio:.2g}")
    marks = "● gradient   ◇ update really applied"
    numbers = [
        value
        for name in ("gradient_norm", "update_norm", "update_ratio")
        for value in health.get(name, {}).values()
    ]
    marks += "   ◂ 0" * any(value == 0 for value in numbers)
    marks += "   ✖ not finite" * any(value is None for value in numbers)
    return "     ".join([*([", ".join(words)] if words else []), marks])


def _draw_rows(activity: Activity, figure: AnyFigure, health: Mapping[str, Any]) -> Handles:
    rows = rows_of(health, activity.populations)
    occupancy = health.get("surrogate_occupancy")
    norms, ratios = (_NORMS, _RATIOS) if occupancy else (_WIDE_NORMS, _WIDE_RATIOS)
    axes = panel(figure, (norms[0], _BOTTOM, norms[1], _HEIGHT))
    series = {
        "gradient": (health.get("gradient_norm", {}), "o", True),
        "update": (health.get("update_norm", {}), "d", False),
    }
    axes.set_xlabel("norm")
    lines = draw_marks(axes, rows, series)
    name_rows(axes, rows)
    ratio_axes = panel(figure, (ratios[0], _BOTTOM, ratios[1], _HEIGHT), sharey=axes)
    ratio_axes.set_xlabel("update / weights")
    numbers = health.get("update_ratio", {})
    ratio_line = draw_marks(ratio_axes, rows, {"ratio": (numbers, "o", True)}, around=HEALTHY_RATIO)
    band = mark_range(ratio_axes, *HEALTHY_RATIO)
    bars = None
    if occupancy:
        part_axes = panel(figure, (_OCCUPANCY[0], _BOTTOM, _OCCUPANCY[1], _HEIGHT), sharey=axes)
        part_axes.set_xlabel("occupancy (%)")
        bars = draw_parts(part_axes, rows, occupancy)
    return {
        "axes": axes,
        "rows": [row.key for row in rows],
        "norms": lines,
        "ratios": ratio_line["ratio"],
        "healthy": band,
        "occupancy": bars,
    }


def _draw_weights(activity: Activity, figure: AnyFigure, weights: Mapping[str, Any]) -> Any:
    axes = panel(figure, _MATRIX)
    figure.text(
        _WORDS_LEFT, 0.888, "weights moved since the start", fontsize=11, va="center", ha="left"
    )
    if not weights:
        parts.empty_panel(axes, "what the weights\nconnect is unknown")
        return None
    moved, sources, targets = moved_by_pair(weights, activity.populations)
    image = draw_matrix(axes, moved, sources, targets, activity.populations)
    parts.colour_bar(figure, image, _BAR, "% of the mean size")
    return image


def _write_words(figure: AnyFigure, health: Mapping[str, Any]) -> dict[str, Text]:
    """What should be nothing, in words."""
    texts, top = {}, _WORDS_TOP
    for name, (words, bad) in (("dale", _dale(health)), ("finite", _finite(health))):
        texts[name] = figure.text(
            _WORDS_LEFT, top, words, fontsize=10, va="top", ha="left", linespacing=1.5,
            color=style.WRONG if bad else style.INK, fontweight="bold" if bad else "normal",
        )  # fmt: skip
        top -= _LINE * (1 + words.count("\n"))
    return texts


def _dale(health: Mapping[str, Any]) -> tuple[str, bool]:
    counts = health.get("dale_violations")
    if counts is None:
        return "Dale's law: signs not known", False
    if not counts.get("all"):
        return "Dale's law: no weight of the wrong sign", False
    worst = max((name for name in counts if name != "all"), key=lambda name: counts[name])
    number = wording.short_number(counts["all"])
    most = f"most from {wording.printable(worst, 16)}"
    return f"Dale's law: {number} of the wrong sign,\n{most}", True


def _finite(health: Mapping[str, Any]) -> tuple[str, bool]:
    counts = health.get("not_finite")
    if counts is None:
        return "Not finite: not known", False
    if not any(counts.values()):
        return "Not finite: no gradient, no weight", False
    known = [name for name in ("gradients", "weights") if name in counts]
    listed = ", ".join(f"{wording.short_number(counts[name])} {name}" for name in known)
    return f"Not finite: {listed}", True
