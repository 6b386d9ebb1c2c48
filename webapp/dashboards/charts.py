"""Vega-Lite charts of counts, made with Altair; each has its table beside it on the page.

Guarantees: a chart holds only values that its table shows; hidden and unknown points are marks of
their own at the foot of the chart, the same wherever they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from rollups.contracts import PeriodLevel
from rollups.read import State
from webapp.dashboards.wording import long

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rollups.read import GroupValue, PeriodValue, Value

Spec = dict[str, Any]

_COLOURS: Final = ("#162e51", "#c05600", "#2e6276", "#8e4f9c")
_GREY: Final = "#71767a"
_HEIGHT: Final = 240
_LEAST_TOP: Final = 5
"""The axis of counts reaches at least this far, so that small ones do not look large."""

_STATES: Final = {State.HIDDEN: "hidden", State.UNKNOWN: "unknown"}
_SHAPES: Final = {"hidden": "diamond", "unknown": "cross"}


def course(series: Mapping[str, Sequence[PeriodValue]], unit: str, steps: PeriodLevel) -> Spec:
    """Counts over time, one line for each named series.

    A line breaks where a count is hidden or unknown; such points are marks at zero.
    """
    rows = [
        {
            "series": name,
            "start": point.period.start.isoformat(),
            "n": point.value.n,
            "state": _STATES.get(point.value.state, "counted"),
            "text": f"{point.period.label}: {long(point.value, unit)}",
        }
        for name, points in series.items()
        for point in points
    ]
    names = list(series)
    axis = alt.Axis(
        title=None,
        format="%Y" if steps is PeriodLevel.YEAR else "%b %Y",
        tickCount={"interval": "year", "step": 1} if steps is PeriodLevel.YEAR else 6,
        grid=False,
        labelOverlap=True,
    )
    colour = alt.Color(
        "series:N",
        title=None,
        sort=names,
        scale=alt.Scale(domain=names, range=list(_COLOURS[: len(names)])),
        legend=None if len(names) == 1 else alt.Legend(orient="top", symbolType="stroke"),
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("start:T", axis=axis, scale=alt.Scale(type="utc", nice=False, padding=14)),
        tooltip=[alt.Tooltip("series:N", title="Count"), alt.Tooltip("text:N", title="Value")],
    )
    highest = max((point.value.n or 0 for points in series.values() for point in points), default=0)
    count = alt.Y(
        "n:Q",
        title=unit,
        axis=alt.Axis(tickMinStep=1, format=",d"),
        scale=alt.Scale(domain=[0, max(highest, _LEAST_TOP)], nice=True),
    )
    lines = base.mark_line(strokeWidth=2.5, invalid="break-paths-filter-domains").encode(
        y=count, color=colour
    )
    points = (
        base.transform_filter("datum.state == 'counted'")
        .mark_point(filled=True, size=45, opacity=1)
        .encode(y=count, color=colour)
    )
    layers = [lines, points]
    states = [state for state in _STATES.values() if any(row["state"] == state for row in rows)]
    if states:
        layers.append(
            base.transform_filter("datum.state != 'counted'")
            .mark_point(size=60, color=_GREY, strokeWidth=1.5)
            .encode(
                y=alt.datum(0),
                shape=alt.Shape(
                    "state:N",
                    title=None,
                    scale=alt.Scale(domain=states, range=[_SHAPES[state] for state in states]),
                    legend=alt.Legend(orient="bottom", symbolStrokeColor=_GREY),
                ),
            )
        )
    return _finished(alt.layer(*layers).properties(width="container", height=_HEIGHT))


def bars(groups: Sequence[GroupValue], unit: str) -> Spec:
    """One bar for each group; a hidden or unknown one has its word instead of a bar."""
    rows = [
        {
            "title": group.title,
            "n": group.value.n or 0,
            "text": _bar_text(group.value),
            "long": long(group.value, unit),
        }
        for group in groups
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "title:N", title=None, sort=[group.title for group in groups],
            axis=alt.Axis(labelLimit=220, ticks=False, domain=False, labelPadding=8),
        ),
        x=alt.X("n:Q", title=unit, axis=alt.Axis(tickMinStep=1, format=",d", grid=True)),
        tooltip=[alt.Tooltip("title:N", title="Group"), alt.Tooltip("long:N", title="Value")],
    )  # fmt: skip
    drawn = base.mark_bar(color=_COLOURS[0], height={"band": 0.7})
    labels = base.mark_text(align="left", dx=5, color="#3d4551").encode(text="text:N")
    return _finished(
        alt.layer(drawn, labels).properties(
            width="container",
            height=alt.Step(26),
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        )
    )


def _bar_text(value: Value) -> str:
    return _STATES.get(value.state) or f"{value.n:,}"


def _finished(chart: alt.LayerChart | alt.FacetChart) -> Spec:
    made: Spec = (
        chart.configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor="#3d4551",
            titleColor="#3d4551",
            gridColor="#dfe1e2",
            domainColor="#a9aeb1",
            tickColor="#a9aeb1",
        )
        .configure_legend(labelFontSize=12, labelColor="#3d4551")
        .configure(font="Public Sans Web, Helvetica Neue, Arial, sans-serif")
        .to_dict()
    )
    return made
