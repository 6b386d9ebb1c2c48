"""Virginia's localities and regions as SVG paths.

Guarantees: neighbours share their boundary exactly (one arc, drawn once for each), so a region is
the union of its localities without gaps. Source of the arcs: webapp/reference/SOURCES.md.
Projection: Lambert conformal conic with standard parallels 37 and 39 degrees N, drawn
``WIDTH`` units wide. Formulas: Snyder, Map Projections (USGS Professional Paper 1395), sphere.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SOURCE: Final = (
    Path(__file__).resolve().parents[1] / "reference" / "va_localities_500k_simplified.topojson"
)
WIDTH: Final = 1000.0
_MARGIN: Final = 8.0
_SOUTH, _NORTH, _CENTRE_LON, _CENTRE_LAT = 37.0, 39.0, -79.5, 37.8

Point = tuple[float, float]
Ring = tuple[int, ...]
"""Arcs one after another; ``~i`` is arc i backwards."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An area on the map. ``area`` in square map units; ``centre`` is that of its largest part."""

    shape_id: str
    path: str
    centre: Point
    area: float
    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Topology:
    """Projected arcs and the polygons of each locality. ``height`` belongs to ``WIDTH``."""

    arcs: tuple[tuple[Point, ...], ...]
    polygons: Mapping[str, tuple[tuple[Ring, ...], ...]]
    """FIPS code to its polygons: the outer ring, then holes. Rings may turn either way."""
    height: float

    def shape(self, shape_id: str, localities: Iterable[str]) -> Shape:
        """One locality, or several merged into one. Raises KeyError for an unknown FIPS code."""
        polygons = [polygon for fips in localities for polygon in self.polygons[fips]]
        rings = [ring for polygon in polygons for ring in polygon]
        points = [self._points(ring) for ring in _outline(rings, self.arcs)]
        largest = max(points, key=lambda ring: abs(_area(ring)))
        xs = [x for ring in points for x, _ in ring]
        ys = [y for ring in points for _, y in ring]
        return Shape(
            shape_id,
            "".join(_path(ring) for ring in points),
            _centroid(largest),
            sum(self._size(polygon) for polygon in polygons),
            (min(xs), min(ys), max(xs), max(ys)),
        )

    def _size(self, polygon: tuple[Ring, ...]) -> float:
        outer, *holes = (abs(_area(self._points(ring))) for ring in polygon)
        return outer - sum(holes)

    def _points(self, ring: Ring) -> list[Point]:
        points: list[Point] = []
        for index in ring:
            arc = self.arcs[index] if index >= 0 else self.arcs[~index][::-1]
            points += arc[1:] if points else arc
        return points


@cache
def topology() -> Topology:
    """The shipped topology, projected."""
    source = json.loads(_SOURCE.read_text(encoding="utf-8"))
    (scale_x, scale_y), (left, top) = source["transform"]["scale"], source["transform"]["translate"]
    projected = [
        [_project(left + x * scale_x, top + y * scale_y) for x, y in _undelta(arc)]
        for arc in source["arcs"]
    ]
    xs = [x for arc in projected for x, _ in arc]
    ys = [y for arc in projected for _, y in arc]
    factor = (WIDTH - 2 * _MARGIN) / (max(xs) - min(xs))
    arcs = tuple(
        tuple(
            (
                round((x - min(xs)) * factor + _MARGIN, 1),
                round((max(ys) - y) * factor + _MARGIN, 1),
            )
            for x, y in arc
        )
        for arc in projected
    )
    (layer,) = source["objects"].values()
    polygons = {str(entry["id"]): _polygons(entry) for entry in layer["geometries"]}
    return Topology(arcs, polygons, (max(ys) - min(ys)) * factor + 2 * _MARGIN)


@cache
def locality_shapes() -> Mapping[str, Shape]:
    """FIPS to shape for all localities, the largest first so that a city lies on its county."""
    made = [topology().shape(fips, [fips]) for fips in topology().polygons]
    return {shape.shape_id: shape for shape in sorted(made, key=lambda shape: -shape.area)}


def _polygons(geometry: dict[str, Any]) -> tuple[tuple[Ring, ...], ...]:
    found = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return tuple(tuple(tuple(ring) for ring in polygon) for polygon in found)


def _undelta(arc: list[list[int]]) -> list[tuple[int, int]]:
    """Quantised arcs hold each point's difference from the one before."""
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


def _project(longitude: float, latitude: float) -> Point:
    south, north = math.radians(_SOUTH), math.radians(_NORTH)
    n = math.log(math.cos(south) / math.cos(north)) / math.log(_tangent(north) / _tangent(south))
    scale = math.cos(south) * _tangent(south) ** n / n
    origin = scale / _tangent(math.radians(_CENTRE_LAT)) ** n
    radius = scale / _tangent(math.radians(latitude)) ** n
    angle = n * math.radians(longitude - _CENTRE_LON)
    return radius * math.sin(angle), origin - radius * math.cos(angle)


def _tangent(latitude: float) -> float:
    return math.tan(math.pi / 4 + latitude / 2)


def _outline(rings: list[Ring], arcs: tuple[tuple[Point, ...], ...]) -> list[Ring]:
    """The rings' union: arcs that two of them share lie inside and fall away."""
    uses = Counter(index if index >= 0 else ~index for ring in rings for index in ring)
    if all(count == 1 for count in uses.values()):
        return rings
    outer = [
        index for ring in rings for index in ring if uses[index if index >= 0 else ~index] == 1
    ]
    starting: dict[Point, list[int]] = {}
    for index in outer:
        starting.setdefault(_ends(index, arcs)[0], []).append(index)
    joined: list[Ring] = []
    while starting:
        first = next(iter(starting))
        ring = [_take(starting, first)]
        while (end := _ends(ring[-1], arcs)[1]) != first and end in starting:
            ring.append(_take(starting, end))
        joined.append(tuple(ring))
    return joined


def _take(starting: dict[Point, list[int]], point: Point) -> int:
    found = starting[point].pop()
    if not starting[point]:
        del starting[point]
    return found


def _ends(index: int, arcs: tuple[tuple[Point, ...], ...]) -> tuple[Point, Point]:
    arc = arcs[index] if index >= 0 else arcs[~index]
    return (arc[0], arc[-1]) if index >= 0 else (arc[-1], arc[0])


def _path(ring: list[Point]) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in ring[:-1]) + "Z"


def _area(ring: list[Point]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) / 2


def _centroid(ring: list[Point]) -> Point:
    area = _area(ring)
    if not area:
        return ring[0]
    x = y = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        cross = x0 * y1 - x1 * y0
        x += (x0 + x1) * cross
        y += (y0 + y1) * cross
    return round(x / (6 * area), 1), round(y / (6 * area), 1)
