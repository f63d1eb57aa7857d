"""How a notebook shows an `Activity`: a small table, the raster, and the rates of its populations.

A notebook calls `Activity._repr_html_` for the last value of a cell, such as ``run[100]`` of a run
from `load_activity`. It is HTML with an SVG inside. It loads nothing, and takes the colour of its
text from the notebook, so that it can be read on light and on dark pages. Texts of users are
escaped.
"""

from __future__ import annotations

from html import escape

from keras_v1_activity.activity.derived import SpikeNumbers
from keras_v1_activity.activity.description import rate_text, recorded_texts
from keras_v1_activity.activity.raster_svg import WIDTH, raster_svg, safe_colour
from keras_v1_activity.common.checks import shortened

_LONGEST_NAME = 40
_TABLE = "border:0;border-collapse:collapse;color:inherit;font:inherit"
_CELL = "padding:1px 14px 1px 0;text-align:left;white-space:nowrap;border:0;background:none"
_NUMBER = "padding:1px 14px 1px 0;text-align:right;white-space:nowrap;border:0;background:none"


def html_of(activity: SpikeNumbers) -> str:
    """The HTML of an activity; well-formed, so that it can be read as XML too.

    Example:
        >>> html_of(activity).startswith("<div")
        True
    """
    return (
        f'<div style="font:12px/1.5 system-ui,sans-serif;max-width:{WIDTH}px;color:inherit">'
        f"{_facts_table(activity)}{raster_svg(activity)}{_population_table(activity)}</div>"
    )


def _facts_table(activity: SpikeNumbers) -> str:
    """Names in one row, values below: it is as wide as the raster and two lines high."""
    facts = _facts(activity)
    names = "".join(f'<th style="{_CELL};font-weight:600">{name}</th>' for name, _ in facts)
    values = "".join(f'<td style="{_CELL}">{_text(value)}</td>' for _, value in facts)
    recorded = ", ".join(["spikes", *recorded_texts(activity)])
    return (
        f'<table style="{_TABLE};margin:0 0 4px 0">'
        f"<tr>{names}</tr><tr>{values}</tr></table>"
        f'<div style="margin:0 0 6px 0;opacity:0.75">recorded: {_text(recorded, 200)}</div>'
    )


def _facts(activity: SpikeNumbers) -> list[tuple[str, str]]:
    a = activity
    facts = [
        ("step", f"{a.step:,}"),
        ("source", a.source),
        ("sample", f"{a.sample_index:,}"),
        ("duration", f"{a.duration_ms:g} ms"),
        ("neurons", f"{a.n_neurons:,}"),
        ("spikes", f"{a.n_spikes:,}"),
        ("mean rate", rate_text(a)),
    ]
    facts += [("label", f"{a.label}")] * (a.label is not None)
    facts += [("prediction", f"{a.prediction}")] * (a.prediction is not None)
    return facts


def _population_table(activity: SpikeNumbers) -> str:
    """Colour, name, number of neurons and mean rate of each population, in several columns."""
    populations = activity.populations
    rates = activity.population_rates if activity.n_steps else {}
    rows = []
    for member, count in zip(populations.members, populations.counts.tolist(), strict=True):
        rate = f"{rates[member.name]:.2f} Hz" if rates else "unknown"
        swatch = (
            '<span style="display:inline-block;width:10px;height:10px;margin-right:6px;'
            f'background:{safe_colour(member.colour)}"></span>'
        )
        rows.append(
            f'<table style="{_TABLE};margin:0;display:inline-table;width:250px;'
            'table-layout:fixed"><tr>'
            f'<td style="{_CELL};width:98px;overflow:hidden">{swatch}{_text(member.name)}</td>'
            f'<td style="{_NUMBER};width:44px;opacity:0.75">{count:,}</td>'
            f'<td style="{_NUMBER};width:66px">{rate}</td></tr></table>'
        )
    return f'<div style="margin-top:6px">{"".join(rows)}</div>'


def _text(text: str, most: int = _LONGEST_NAME) -> str:
    """Text of others as HTML shows it."""
    return escape(shortened(text, most), quote=True)
