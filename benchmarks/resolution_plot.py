"""Time and memory of resolution by number of records, as a picture.

    python -m benchmarks.resolution_plot

Reads benchmarks/resolution_scale.csv (what `benchmarks.resolution_scale` printed: side, records,
processor_s, peak_mb) and writes docs/resolution_scale.svg: both axes by powers of ten, so that what
grows with the records has the slope of the thin line.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MEASURED = Path(__file__).parent / "resolution_scale.csv"
PICTURE = Path(__file__).parent.parent / "docs" / "resolution_scale.svg"

COLOURS = {"ours": "#1b5e8c", "before": "#9db8cc", "bare": "#b3541e"}
NAMES = {"ours": "VAST", "before": "before decision 16", "bare": "bare Splink"}
WIDTH, HEIGHT, LEFT, TOP = 300, 240, 62, 34
GAP = 100


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from ``low`` to ``high`` (powers of ten) over ``length`` pixels."""

    low: float
    high: float
    length: int

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return share * self.length


@dataclass(frozen=True, slots=True)
class Measured:
    side: str
    records: int
    values: dict[str, float]


def read() -> list[Measured]:
    with MEASURED.open(newline="") as file:
        return [
            Measured(
                row["side"],
                int(row["records"]),
                {name: float(row[name]) for name in ("processor_s", "peak_mb")},
            )
            for row in csv.DictReader(file)
        ]


def panel(rows: list[Measured], name: str, title: str, left: int, low: int, high: int) -> str:
    across, up = Axis(3.7, 7.3, WIDTH), Axis(low, high, HEIGHT)
    out = [f'<g transform="translate({left},{TOP})">', f'<text x="0" y="-14">{title}</text>']
    for power in range(4, 8):
        x = across.at(10**power)
        label = {4: "10k", 5: "100k", 6: "1M", 7: "10M"}[power]
        out.append(f'<path class="grid" d="M{x:.1f} 0V{HEIGHT}"/>')
        out.append(f'<text class="tick" x="{x:.1f}" y="{HEIGHT + 16}">{label}</text>')
    for power in range(low, high + 1):
        y = HEIGHT - up.at(10**power)
        out.append(f'<path class="grid" d="M0 {y:.1f}H{WIDTH}"/>')
        out.append(f'<text class="side" x="-6" y="{y + 4:.1f}">{10**power:,}</text>')
    first = min((row for row in rows if row.side == "ours"), key=lambda row: row.records)
    base = first.values[name]
    end = min(10**across.high, first.records * 10**high / base)
    steps = [(first.records, base), (end, base * end / first.records)]
    out.append(f'<path class="even" d="{line(steps, across, up)}"/>')
    for side in ("bare", "before", "ours"):
        points = sorted((row.records, row.values[name]) for row in rows if row.side == side)
        out.append(f'<path class="line" stroke="{COLOURS[side]}" d="{line(points, across, up)}"/>')
        out += [
            f'<circle r="3" fill="{COLOURS[side]}" cx="{across.at(x):.1f}" '
            f'cy="{HEIGHT - up.at(y):.1f}"><title>{x:,} records: {y:,.0f}</title></circle>'
            for x, y in points
        ]
    return "\n".join([*out, "</g>"])


def line(points: Sequence[tuple[float, float]], across: Axis, up: Axis) -> str:
    return "M" + "L".join(f"{across.at(x):.1f} {HEIGHT - up.at(y):.1f}" for x, y in points)


def picture(rows: list[Measured]) -> str:
    second = LEFT + WIDTH + GAP
    width, height = second + WIDTH + 20, TOP + HEIGHT + 56
    legend = "".join(
        f'<rect x="{LEFT + 130 * place}" y="{height - 24}" width="12" height="12" '
        f'fill="{COLOURS[side]}"/><text x="{LEFT + 18 + 130 * place}" y="{height - 14}">'
        f"{NAMES[side]}</text>"
        for place, side in enumerate(NAMES)
    )
    even = f'<text x="{second}" y="{height - 14}">thin: twice the records, twice as much</text>'
    return "\n".join(
        (
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                'role="img" font-family="sans-serif" font-size="12">'
            ),
            "<title>Processor time and peak memory of resolution by number of records</title>",
            (
                "<style>.grid{stroke:#ddd}.even{stroke:#999;stroke-width:.8;fill:none}"
                ".line{fill:none;stroke-width:2}.tick{text-anchor:middle}.side{text-anchor:end}"
                "</style>"
            ),
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            panel(rows, "processor_s", "Processor time, s", LEFT, 0, 4),
            panel(rows, "peak_mb", "Peak memory, MB", second, 2, 5),
            legend,
            even,
            "</svg>\n",
        )
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(read()), encoding="utf-8")
