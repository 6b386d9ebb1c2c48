"""A plot of two distributions: real shares as rings, the world's as dots, one line a category."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from demo.calibration.comparing import Comparison

MOST_LINES: Final = 24
ROW, LEFT, WIDTH, RIGHT, TOP = 20, 150, 420, 70, 46
REAL, WORLD = "#555555", "#0b6e99"


def plot(comparison: Comparison) -> str:
    """SVG text; the most frequent categories, the rest is in the table."""
    shown = sorted(comparison.categories, key=lambda c: -max(c.real, c.world))[:MOST_LINES]
    shown.sort(key=lambda c: c.name)
    top = max(max(c.real, c.world) for c in shown) or 1.0
    height = TOP + ROW * len(shown) + 12
    title = escape(comparison.measure.capitalize())
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" '
        f'role="img" aria-label="{title}: real and synthetic shares" '
        'font-family="sans-serif" font-size="12">'
        '<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="8" y="18" font-weight="bold" fill="#222222">{title}</text>'
        f'<circle cx="{LEFT}" cy="32" r="5" fill="none" stroke="{REAL}" stroke-width="2"/>'
        f'<text x="{LEFT + 10}" y="36" fill="#222222">real</text>'
        f'<circle cx="{LEFT + 60}" cy="32" r="4" fill="{WORLD}"/>'
        f'<text x="{LEFT + 70}" y="36" fill="#222222">synthetic</text>'
    )
    lines = [head]
    for i, category in enumerate(shown):
        y = TOP + ROW * i + ROW / 2
        real, world = (LEFT + WIDTH * share / top for share in (category.real, category.world))
        lines.append(
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#222222">'
            f"{escape(category.name)}</text>"
            f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y}" y2="{y}" stroke="#dddddd"/>'
            f'<line x1="{real:.1f}" x2="{world:.1f}" y1="{y}" y2="{y}" stroke="{WORLD}" '
            'stroke-width="2"/>'
            f'<circle cx="{real:.1f}" cy="{y}" r="5" fill="none" stroke="{REAL}" '
            'stroke-width="2"/>'
            f'<circle cx="{world:.1f}" cy="{y}" r="4" fill="{WORLD}"/>'
            f'<text x="{LEFT + WIDTH + 8}" y="{y + 4}" fill="#222222">'
            f"{category.world - category.real:+.1%}</text>"
        )
    return "\n".join([*lines, "</svg>"]) + "\n"
