"""Splink's waterfall as a Vega-Lite chart, made with Altair from a link's bars.

Guarantees: one specification serves every link; the bars start where the one before ended and the
last stands at the link's match weight; a bar's label is the tenth that the table beside it says.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import altair as alt

if TYPE_CHECKING:
    from webapp.persons.evidence import Link

DATA: Final = "bars"
"""Name of the data set that the page's script fills for each link."""

FONT: Final = "Public Sans Web, sans-serif"

_KINDS: Final = ("prior", "for", "against", "withheld", "total")
_WORDS: Final = (
    "Before comparing", "Speaks for", "Speaks against", "Withheld in this view", "Match weight",
)  # fmt: skip
_COLOURS: Final = ("#71767a", "#2e8540", "#b50909", "#a9aeb1", "#005ea2")


def rows(link: Link) -> list[dict[str, Any]]:
    """The link's bars as the chart draws them, the sum as the last."""
    made: list[dict[str, Any]] = []
    level = 0.0
    for place, bar in enumerate(link.bars):
        made.append(
            {
                "place": place,
                "comparison": bar.comparison,
                "finding": bar.level,
                "from": round(level, 3),
                "to": round(level + bar.weight, 3),
                "end": round(max(level, level + bar.weight), 3),
                "weight": round(bar.weight, 2),
                "written": f"{bar.weight:+.1f}",
                "kind": _WORDS[_KINDS.index(bar.kind)],
            }
        )
        level += bar.weight
    made.append(
        {
            "place": len(link.bars),
            "comparison": "Match weight",
            "finding": "sum of the above",
            "from": 0,
            "to": round(link.weight, 3),
            "end": round(max(link.weight, 0), 3),
            "weight": round(link.weight, 2),
            "written": f"{link.weight:+.1f}",
            "kind": _WORDS[-1],
        }
    )
    return made


@cache
def specification() -> dict[str, Any]:
    """The Vega-Lite chart; its data set ``bars`` is empty."""
    y = alt.Y("comparison:N", sort=alt.EncodingSortField("place"), title=None)
    base = alt.Chart(alt.NamedData(DATA)).encode(y=y)
    colours = alt.Scale(domain=list(_WORDS), range=list(_COLOURS))
    bars = base.mark_bar(height=16, cornerRadius=2).encode(
        x=alt.X("from:Q", title="Match weight (powers of two): right speaks for one person"),
        x2="to:Q",
        color=alt.Color("kind:N", scale=colours, title=None, legend=alt.Legend(orient="bottom")),
        tooltip=[
            alt.Tooltip("comparison:N", title="Compared"),
            alt.Tooltip("finding:N", title="Found"),
            alt.Tooltip("weight:Q", title="Weight", format="+.2f"),
        ],
    )
    weights = base.mark_text(align="left", dx=5, fontSize=11).encode(
        x=alt.X("end:Q"), text=alt.Text("written:N")
    )
    zero = alt.Chart(alt.NamedData(DATA)).mark_rule(color="#1b1b1b").encode(x=alt.datum(0))
    chart = (
        alt.layer(zero, bars, weights)
        .properties(width=520, height=alt.Step(24))
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(labelLimit=240, labelFontSize=12, titleFontSize=12, grid=False)
        .configure_axisX(grid=True, gridColor="#e6e6e6")
        .configure_legend(labelFontSize=12)
    )
    made: dict[str, Any] = chart.to_dict()
    return made
