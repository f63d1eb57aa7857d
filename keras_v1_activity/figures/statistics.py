"""How a look fires: rates against recorded ones, irregularity, correlation, synchrony, spectrum."""

from __future__ import annotations

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import statistics_curves, statistics_rows
from keras_v1_activity.figures.kit import layout, parts, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.population_names import name_populations
from keras_v1_activity.figures.kit.scale import panel

_BOTTOM, _HEIGHT = 0.1, 0.735
_RATES = (0.13, _BOTTOM, 0.235, _HEIGHT)
_IRREGULARITY = (0.445, _BOTTOM, 0.1, _HEIGHT)
_CORRELATION = (0.575, _BOTTOM, 0.1, _HEIGHT)
_FANO = (0.765, 0.54, 0.215, 0.295)
_SPECTRUM = (0.765, _BOTTOM, 0.215, 0.28)


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the statistics of `activity` into `figure`.

    Numbers that the look carries in ``details["statistics"]`` are taken from there; others are
    computed.

    Returns:
        dict: ``axes`` (rates), ``rates`` and ``recorded`` (n_populations, 5; percentiles 5, 25, 50,
        75 and 95 over neurons and units, Hz), ``similarity`` (dict), ``cv`` and ``lv``
        (n_populations, 5), ``correlations`` (n_populations, 3; in bins of 2, 10 and 100 ms),
        ``fano`` and ``spectrum`` (Line2D, None where unknown), ``recorded_fano`` (Line2D),
        ``notes`` (Text by panel that has nothing to show), ``title``, ``verdict``.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> draw_figure("statistics", activity).handles["rates"].shape
        (20, 5)
    """
    handles = parts.headline(figure, activity, "Statistics", left=_RATES[0], right=0.98)
    axes = panel(figure, _RATES)
    irregular = panel(figure, _IRREGULARITY, sharey=axes)
    correlated = panel(figure, _CORRELATION, sharey=axes)
    fano, spectrum = panel(figure, _FANO), panel(figure, _SPECTRUM)
    axes.set_ylim(len(activity.populations.members) - 0.4, -0.6)
    notes: Handles = {}
    drawn = {
        **statistics_rows.draw_rates(axes, activity),
        **statistics_rows.draw_irregularity(irregular, activity, notes),
        **statistics_rows.draw_correlations(correlated, activity, notes),
        **statistics_curves.draw_fano(fano, activity, notes),
        **statistics_curves.draw_spectrum(spectrum, activity, notes),
    }
    name_populations(axes, activity.populations)
    parts.caption(figure, _caption(activity, drawn), left=_RATES[0])
    if activity.silent:
        notes["rates"] = parts.say(axes, f"no spikes in {layout.duration_ms(activity):g} ms")
    panels = {"irregularity": irregular, "correlation": correlated, "fano": fano,
              "spectrum": spectrum}  # fmt: skip
    return {**handles, **drawn, "notes": notes, "axes": axes, "panels": panels}


def _caption(activity: Activity, drawn: Handles) -> str:
    words = (
        f"{wording.count(activity.n_neurons, 'neuron')}, {layout.duration_ms(activity):g} ms;  "
        "bars quartiles, lines 5 to 95 %, ticks medians"
    )
    if not drawn["n_judged"]:
        return words
    judged = wording.count(drawn["n_judged"], "neuron")
    return f"{words};  CV and LV of {judged} with 10 spikes or more"
