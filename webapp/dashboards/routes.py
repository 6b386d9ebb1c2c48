"""Routes of the dashboards: home, map, trends, their tables as CSV and JSON.

Guarantees: every number comes from the rollups of the request's own view; page, CSV, JSON, map and
chart show the same of it.
"""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from flask import Response, abort, jsonify, render_template, request, url_for

from ingest.contracts.packs import By, Pack, load_pack
from rollups.contracts import NONE, PeriodLevel, PlaceLevel
from rollups.errors import RollupsMissing
from rollups.read import Rollups
from runs.errors import BrokenRun
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.dashboards import blueprint
from webapp.dashboards.charts import bars, course
from webapp.dashboards.choices import Choice, choose, periods, place_key, steps_of
from webapp.dashboards.choropleth import has_map, make_map
from webapp.dashboards.wording import Show, long, notes, reporting, short
from webapp.navigation import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rollups.read import PeriodValue, Place, PlaceValue

TASKS: Final = {
    "search": "Find a person by name, date of birth, phone or plate, across agencies.",
    "network": "See who is tied to whom, by which records, and how surely.",
    "missing": "Open a child's case and see ranked links to incidents, people and places.",
    "patterns": "Ask the graph a prepared question and get a table and a network.",
    "steward": "See which deliveries came, what was refused and why.",
    "dashboards": "Counts by county, region and year, with what is hidden and unknown.",
}
"""What each task is for, in the words of the home page, by blueprint."""

STEPS: Final = {
    PeriodLevel.YEAR: "Years",
    PeriodLevel.MONTH: "Months",
    PeriodLevel.ALL: "All years together",
}

_HEADLINES: Final = 4


@blueprint.get("/")
@requires(Permission.PUBLIC)
def home() -> str:
    """The first page: headline numbers and the map of the user's view, links to the tasks."""
    pack = _pack()
    access = current()
    tasks = [
        (entry.title, entry.endpoint, TASKS.get(entry.endpoint.partition(".")[0], ""))
        for entry, _ in visible(access)
        if access.session is not None and entry.endpoint.partition(".")[0] != "dashboards"
    ]
    with _rollups(pack) as rollups:
        choice = choose({}, pack, rollups)
        if choice is None:
            return render_template("dashboards/empty.html", tasks=tasks, pack=pack)
        values = rollups.by_place(choice.measure, choice.category, choice.level, choice.period)
        whole = rollups.places(PlaceLevel.ALL)[0]
        return render_template(
            "dashboards/home.html",
            tasks=tasks,
            headlines=_headlines(rollups, pack, choice, whole),
            split=_split(rollups, pack, choice, whole),
            **_frame(pack, rollups, choice),
            **_map_parts(pack, choice, values),
        )


@blueprint.get("/map")
@requires(Permission.PUBLIC)
def map_page() -> str:
    """Places in one period: the map, its table, and the course of the whole."""
    pack = _pack()
    with _rollups(pack) as rollups:
        choice = choose(request.args, pack, rollups)
        if choice is None:
            return render_template("dashboards/empty.html", tasks=[], pack=pack)
        values = rollups.by_place(choice.measure, choice.category, choice.level, choice.period)
        return render_template(
            "dashboards/map.html",
            **_frame(pack, rollups, choice),
            **_map_parts(pack, choice, values),
        )


@blueprint.get("/map/table.csv")
@requires(Permission.PUBLIC)
def map_csv() -> Response:
    """The map's table as CSV."""
    pack = _pack()
    with _rollups(pack) as rollups:
        choice = choose(request.args, pack, rollups)
        if choice is None:
            abort(404)
        values = rollups.by_place(choice.measure, choice.category, choice.level, choice.period)
        head = ["place_id", "place", "measure", "category", "period", "state", "count",
                "rate_per_100000_a_year", "reporting"]  # fmt: skip
        rows = [
            [entry.place.place_id, entry.place.name, *_what(pack, choice), choice.period.label,
             entry.value.state, _cell(entry.value.n), _rate(entry.value.rate),
             reporting(entry.value)]
            for entry in values
        ]  # fmt: skip
        _on_record("map", "csv", len(rows))
        return _csv("map", head, rows, notes(pack, suppressed=rollups.about.suppressed))


@blueprint.get("/api/counts/places")
@requires(Permission.PUBLIC)
def places_api() -> Response:
    """The map's table as JSON."""
    pack = _pack()
    with _rollups(pack) as rollups:
        choice = choose(request.args, pack, rollups)
        if choice is None:
            abort(404)
        values = rollups.by_place(choice.measure, choice.category, choice.level, choice.period)
        _on_record("map", "json", len(values))
        return jsonify(
            choice=choice.address(),
            period={"start": choice.period.start.isoformat(), "end": choice.period.end.isoformat()},
            suppressed=rollups.about.suppressed,
            run_id=current().open_view.folder.run_id,
            notes=notes(pack, suppressed=rollups.about.suppressed),
            places=[
                {
                    "place_id": entry.place.place_id,
                    "name": entry.place.name,
                    "state": entry.value.state,
                    "count": entry.value.n,
                    "rate": entry.value.rate,
                    "complete": entry.value.complete,
                }
                for entry in values
            ],
        )


@blueprint.get("/trends")
@requires(Permission.PUBLIC)
def trends() -> str:
    """One place over time: the count, sex and labour beside one another, who, where and how."""
    pack = _pack()
    with _rollups(pack) as rollups:
        choice = choose(request.args, pack, rollups)
        if choice is None:
            return render_template("dashboards/empty.html", tasks=[], pack=pack)
        unit = pack.measures[choice.measure].unit
        points = rollups.trend(choice.measure, choice.category, choice.place, choice.steps)
        return render_template(
            "dashboards/trends.html",
            points=points,
            chart=course({_title(pack, choice): points}, unit, choice.steps),
            chart_text=_course_text(_title(pack, choice), choice.place, points, unit),
            split=_split(rollups, pack, choice, choice.place),
            breakdowns=_breakdowns(rollups, pack, choice),
            **_frame(pack, rollups, choice),
        )


@blueprint.get("/trends/table.csv")
@requires(Permission.PUBLIC)
def trends_csv() -> Response:
    """The course over time as CSV."""
    pack = _pack()
    with _rollups(pack) as rollups:
        choice = choose(request.args, pack, rollups)
        if choice is None:
            abort(404)
        points = rollups.trend(choice.measure, choice.category, choice.place, choice.steps)
        head = ["place_id", "place", "measure", "category", "period_start", "period_end", "state",
                "count", "reporting"]  # fmt: skip
        rows = [
            [choice.place.place_id, choice.place.name, *_what(pack, choice), point.period.start,
             point.period.end, point.value.state, _cell(point.value.n), reporting(point.value)]
            for point in points
        ]  # fmt: skip
        _on_record("trend", "csv", len(rows))
        return _csv("trend", head, rows, notes(pack, suppressed=rollups.about.suppressed))


def _on_record(what: str, format_name: str, rows: int) -> None:
    """Counts that leave a view which is not public are on record; suppressed ones are not."""
    if current().session is not None:
        audited(AuditEvent.EXPORT, what=what, format=format_name, rows=rows)


def _pack() -> Pack:
    return load_pack(current().settings.pack)


@contextmanager
def _rollups(pack: Pack) -> Iterator[Rollups]:
    try:
        opened = Rollups(current().open_view.folder.rollups, pack)
    except RollupsMissing as error:
        raise BrokenRun(str(error)) from None
    with opened as rollups:
        yield rollups


def _frame(pack: Pack, rollups: Rollups, choice: Choice) -> dict[str, Any]:
    """What every page of counts needs: the choice, what can be chosen, what is said below."""
    return {
        "pack": pack,
        "choice": choice,
        "measure": pack.measures[choice.measure],
        "title": _title(pack, choice),
        "by_category": By.CATEGORY,
        "periods": periods(rollups),
        "places": [
            (level, rollups.places(level))
            for level in (PlaceLevel.ALL, PlaceLevel.REGION, PlaceLevel.LOCALITY)
        ],
        "place_key": place_key,
        "steps": [(level, STEPS[level]) for level in steps_of(choice.place, rollups)],
        "has_course": choice.steps is not PeriodLevel.ALL,
        "not_published": request.args.get("period", choice.period.key) != choice.period.key,
        "suppressed": rollups.about.suppressed,
        "notes": notes(pack, suppressed=rollups.about.suppressed),
        "short": short,
        "long": long,
        "reporting": reporting,
        "Show": Show,
    }


def _map_parts(pack: Pack, choice: Choice, values: Sequence[PlaceValue]) -> dict[str, Any]:
    unit = pack.measures[choice.measure].unit
    counted = [entry for entry in values if entry.value.n]
    highest = max(counted, key=lambda entry: entry.value.n or 0, default=None)
    hidden = sum(entry.value.state == "hidden" for entry in values)
    text = f"{_title(pack, choice)}, {choice.period.label}, by {choice.level}. "
    if highest is not None:
        text += f"Highest: {highest.place.name}, {long(highest.value, unit)}. "
    text += f"{len(counted)} places with a number shown, {hidden} hidden. The table holds the same."
    return {
        "map": make_map(values, unit, choice.show) if has_map(values) else None,
        "map_text": text,
        "values": values,
        "links": {
            entry.place.place_id: url_for("dashboards.trends", **choice.address(place=entry.place))
            for entry in values
        },
    }


def _title(pack: Pack, choice: Choice) -> str:
    measure = pack.measures[choice.measure].title
    if choice.category == NONE:
        return measure
    return f"{pack.categories[choice.category].title}: {measure.lower()}"


def _what(pack: Pack, choice: Choice) -> tuple[str, str]:
    category = "" if choice.category == NONE else pack.categories[choice.category].title
    return pack.measures[choice.measure].title, category


def _headlines(rollups: Rollups, pack: Pack, choice: Choice, whole: Place) -> list[dict[str, Any]]:
    """The first numbers of the home page: the focus, its parts, and the first uncategorised."""
    wanted = [(choice.measure, category) for category in (pack.focus, *pack.split)]
    wanted += [(name, NONE) for name, m in pack.measures.items() if m.by is By.NONE]
    made = []
    for measure, category in wanted[:_HEADLINES]:
        declared = pack.measures[measure]
        value = rollups.value(measure, category, whole, choice.period)
        title = declared.title if category == NONE else pack.categories[category].title
        made.append(
            {
                "title": title,
                "unit": declared.unit,
                "value": value,
                "link": url_for(
                    "dashboards.map_page", **choice.address(measure=measure, category=category)
                ),
            }
        )
    return made


def _split(rollups: Rollups, pack: Pack, choice: Choice, place: Place) -> dict[str, Any] | None:
    """The pack's split over time; None for a measure without categories."""
    if pack.measures[choice.measure].by is not By.CATEGORY or not pack.split:
        return None
    unit = pack.measures[choice.measure].unit
    series = {
        pack.categories[category].title: rollups.trend(
            choice.measure, category, place, choice.steps
        )
        for category in pack.split
    }
    first = next(iter(series.values()))
    return {
        "chart": course(series, unit, choice.steps),
        "text": " ".join(
            _course_text(name, place, points, unit) for name, points in series.items()
        ),
        "names": list(series),
        "rows": [
            (point.period, [points[index].value for points in series.values()])
            for index, point in enumerate(first)
        ],
    }


def _breakdowns(rollups: Rollups, pack: Pack, choice: Choice) -> list[dict[str, Any]]:
    """Breakdowns that fit the chosen category, at the chosen place, over all periods or pooled."""
    period = choice.period
    if not rollups.published(choice.place.level, period.level, broken_down=True):
        period = rollups.periods(PeriodLevel.ALL)[0]
    if not rollups.published(choice.place.level, period.level, broken_down=True):
        return []
    made = []
    for name, declared in pack.breakdowns.items():
        for measure, counted in pack.measures.items():
            if counted.counts not in declared.of:
                continue
            if counted.by is By.CATEGORY and choice.category != NONE:
                category = choice.category
                if category not in (pack.focus, *pack.split):
                    category = pack.focus
                of = pack.categories[category].title
            elif measure == choice.measure:
                category, of = NONE, counted.title
            else:
                continue
            groups = rollups.breakdown(name, measure, category, choice.place, period)
            made.append(
                {
                    "key": f"{name}-{measure}",
                    "title": declared.title,
                    "explanation": declared.explanation,
                    "of": of,
                    "period": period,
                    "groups": groups,
                    "unit": counted.unit,
                    "chart": bars(groups, counted.unit),
                    "text": f"{declared.title}, {of}, {choice.place.name}, {period.label}: "
                    + "; ".join(f"{g.title} {short(g.value)}" for g in groups),
                }
            )
    return made


def _course_text(title: str, place: Place, points: Sequence[PeriodValue], unit: str) -> str:
    said = "; ".join(f"{point.period.label} {short(point.value)}" for point in points[-12:])
    return f"{title} in {place.name}, {unit}: {said}."


def _cell(n: int | None) -> str:
    return "" if n is None else str(n)


def _rate(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.2f}"


def _csv(
    name: str, head: Sequence[str], rows: Sequence[Sequence[object]], said: list[str]
) -> Response:
    """A CSV answer: the table, then what must be known beside it, as comment lines."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    view = current().open_view
    for line in (*said, f"Run {view.folder.run_id}, view {view.folder.view}."):
        writer.writerow([f"# {line}"])
    return Response(
        text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="vast-{name}-{view.folder.run_id}.csv"'
        },
    )
