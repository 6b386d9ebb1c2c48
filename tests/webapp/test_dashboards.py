"""Pages of counts: what each shows, that all show the same, and what they keep hidden."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ingest.contracts.packs import load_pack
from rollups.contracts import CELL, PeriodLevel, PlaceLevel
from rollups.read import Rollups, State
from tests.factories import rows_of
from tests.rollups.published import publish
from tests.rollups.records import ARLINGTON, FAIRFAX, HENRICO, World
from tests.webapp.pages import Page
from webapp import create_app
from webapp.dashboards.charts import course
from webapp.dashboards.choropleth import class_breaks
from webapp.dashboards.topology import locality_shapes, topology
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from runs.home import Home
    from tests.webapp.conftest import SignedIn


def _world(north: int = 40, south: int = 40) -> World:
    """Incidents in Fairfax, Henrico and a few in Arlington; every month of 2024 reported."""
    world = World()
    for index in range(north):
        world.incident("64A", FAIRFAX, date(2023 + index % 2, 1 + index % 12, 3), ages=(16,))
    for index in range(south):
        world.incident("64B", HENRICO, date(2023 + index % 2, 1 + index % 12, 3), ages=(30,))
    for _ in range(3):
        world.incident("64A", ARLINGTON, date(2024, 5, 3))
    for year in (2023, 2024):
        world.reports("VA0290100", FAIRFAX, year)
        world.reports("VA0070100", ARLINGTON, year)
        world.reports("VA0430000", HENRICO, year)
        world.reports("VA0020000", "51003", year)
    return world


def _app(home: Home) -> Flask:
    app = create_app(WebSettings(home=home, dist=None))
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("counts")
    return publish(folder / "home", _world().write(folder / "records"), {"public": True})


@pytest.fixture(scope="module")
def public(home: Home) -> FlaskClient:
    return _app(home).test_client()


@pytest.fixture
def client_of(tmp_path: Path) -> Callable[[World], FlaskClient]:
    """A visitor's client on a published run of these records."""

    def make(world: World) -> FlaskClient:
        records = world.write(tmp_path / "records")
        return _app(publish(tmp_path / "home", records, {"public": True})).test_client()

    return make


def page(client: FlaskClient, address: str, status: int = 200) -> Page:
    found = Page(client.get(address))
    assert found.status == status
    assert found.faults == []
    assert len(found.headings) == 1
    return found


def table(client: FlaskClient, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response.content_type == "text/csv; charset=utf-8"
    lines = [
        line
        for line in response.get_data(as_text=True).splitlines()
        if not line.lstrip('"').startswith("#")
    ]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def data_blocks(found: Page) -> dict[str, Any]:
    pattern = r'<script type="application/json" id="([^"]+)"[^>]*>(.*?)</script>'
    return {name: json.loads(text) for name, text in re.findall(pattern, found.html, re.DOTALL)}


def test_a_visitor_sees_headlines_regions_and_what_counts_follow(public: FlaskClient) -> None:
    found = page(public, "/")
    assert "83 incidents" in found.text
    assert "Northern: 43 incidents" in found.html
    assert "Counts follow reporting and training" in found.text
    assert "The same in a table" not in found.text
    assert "Fairfax County" not in found.text


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/map",
        "/map?level=locality",
        "/map?show=rate&measure=victims&category=labor_trafficking",
        "/map?measure=missing_open",
        "/map?measure=seizures_suspected&level=locality",
        "/trends",
        "/trends?place=region:Northern&steps=month",
        f"/trends?place=locality:{FAIRFAX}&measure=offenders",
        "/trends?measure=missing_entries",
        "/map?measure=%3Cscript%3E&category=x&level=y&period=z&place=w&show=v",
        "/trends?place=locality:99999&steps=century",
    ],
)
def test_every_choice_has_a_page(public: FlaskClient, address: str) -> None:
    assert "<script>" not in page(public, address).html


def test_a_small_number_is_nowhere(public: FlaskClient, home: Home) -> None:
    """Arlington's three incidents: not in the page, map, table, CSV, JSON or chart."""
    entry = next(
        row
        for row in table(public, "/map/table.csv?level=locality")
        if row["place_id"] == ARLINGTON
    )
    assert (entry["state"], entry["count"], entry["rate_per_100000_a_year"]) == ("hidden", "", "")
    found = page(public, "/map?level=locality")
    assert "Arlington County: hidden, to protect small numbers" in found.html
    assert not re.search(r"Arlington County[^<]*\b3\b", found.html)
    assert 'class="area area--hidden"' in found.html
    api = public.get("/api/counts/places?level=locality").get_json()
    (arlington,) = [place for place in api["places"] if place["place_id"] == ARLINGTON]
    assert (arlington["state"], arlington["count"], arlington["rate"]) == ("hidden", None, None)
    trend = page(public, f"/trends?place=locality:{ARLINGTON}")
    assert "Single years are published for Virginia and its regions only" in trend.text
    folder = home.run(api["run_id"]).view("public").rollups
    assert all((row["n"] is None) == row["hidden"] for row in rows_of(CELL.path(folder)))


@pytest.mark.parametrize(
    "query", ["level=region", "level=locality", "measure=victims&level=region"]
)
def test_page_csv_json_map_and_rollups_show_the_same(
    public: FlaskClient, home: Home, query: str
) -> None:
    api = public.get(f"/api/counts/places?{query}").get_json()
    rows = table(public, f"/map/table.csv?{query}")
    html = page(public, f"/map?{query}").html
    assert len(rows) == len(api["places"]) > 3
    with Rollups(home.run(api["run_id"]).view("public").rollups, load_pack("trafficking")) as read:
        choice = api["choice"]
        values = {
            entry.place.place_id: entry.value
            for entry in read.by_place(
                choice["measure"],
                choice["category"],
                PlaceLevel(choice["level"]),
                read.period(choice["period"]),
            )
        }
    for row, place in zip(rows, api["places"], strict=True):
        value = values[place["place_id"]]
        assert row["state"] == place["state"] == value.state
        assert row["count"] == ("" if value.n is None else str(value.n))
        assert place["count"] == value.n
        title = re.search(rf"<title>{re.escape(place['name'])}: ([^<]*)</title>", html)
        assert title is not None
        said = {State.HIDDEN: "hidden", State.UNKNOWN: "unknown"}.get(value.state, str(value.n))
        assert title[1].startswith(said)


def test_zero_is_white_and_unknown_is_grey(public: FlaskClient) -> None:
    html = page(public, "/map?level=locality").html
    looks = {fips: look for look, fips in re.findall(
        r'class="area area--([a-z0-9-]+)" data-place="(\d+)"', html)}  # fmt: skip
    assert looks["51003"] == "zero"
    assert looks["51001"] == "unknown"
    assert looks[HENRICO].startswith("class-")
    assert len(looks) == 133


def test_every_area_of_the_map_can_be_reached_by_keyboard_and_has_a_title(
    public: FlaskClient,
) -> None:
    html = page(public, "/map?level=locality").html
    areas = re.findall(r'<a href="(/trends\?[^"]+)" class="area[^>]*><title>([^<]+)</title>', html)
    assert len(areas) == 133
    assert 'href="#places-table"' in html


def test_charts_hold_only_what_their_tables_show(public: FlaskClient) -> None:
    found = page(public, "/trends?measure=incidents&category=labor_trafficking")
    rows = table(public, "/trends/table.csv?measure=incidents&category=labor_trafficking")
    spec = data_blocks(found)["trend-spec"]
    values = next(iter(spec["datasets"].values())) if "datasets" in spec else spec["data"]["values"]
    assert [value["n"] for value in values] == [
        None if row["count"] == "" else int(row["count"]) for row in rows
    ]
    assert {value["state"] for value in values} <= {"counted", "hidden", "unknown"}
    for row in rows:
        assert row["count"] == "" or int(row["count"]) >= 10


def test_breakdowns_have_unknown_as_a_bar_and_a_table(public: FlaskClient) -> None:
    found = page(public, "/trends")
    specs = data_blocks(found)
    groups = [row["title"] for row in _values_of(specs["age_band-victims-spec"])]
    assert groups[:3] == ["0-11", "12-14", "15-17"]
    assert groups[-1] == "Unknown"
    assert "Where it happened" in found.text


def _values_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        next(iter(spec["datasets"].values())) if "datasets" in spec else spec["data"]["values"]
    )
    return found


def test_outside_virginia_there_is_a_table_and_no_map(
    client_of: Callable[[World], FlaskClient],
) -> None:
    world = World()
    for _ in range(12):
        world.incident("64A", "MN:HENNEPIN", date(2018, 4, 1))
    world.reports("MN0271100", "MN:HENNEPIN", 2018)
    client = client_of(world)
    found = page(client, "/map?level=locality")
    assert "These places lie outside the map" in found.text
    assert "HENNEPIN, MN" in found.text
    assert 'class="county-map"' not in found.html
    assert page(client, "/").text.count("12 incidents") == 2


def test_nothing_counted_says_so(client_of: Callable[[World], FlaskClient]) -> None:
    client = client_of(World())
    for address in ("/", "/map", "/trends"):
        assert "Nothing to count" in page(client, address).text
    assert client.get("/map/table.csv").status_code == 404
    assert client.get("/api/counts/places").status_code == 404


def test_missing_rollups_are_a_503_that_says_what_to_do(tmp_path: Path) -> None:
    home = publish(tmp_path / "home", _world(2, 0).write(tmp_path / "records"), {"public": True})
    (folder,) = home.runs.iterdir()
    CELL.path(home.run(folder.name).view("public").rollups).unlink()
    found = page(_app(home).test_client(), "/map", status=503)
    assert "vast rollback" in found.text


@pytest.mark.neo4j
def test_an_investigator_sees_every_count_and_links_to_the_tasks(signed_in: SignedIn) -> None:
    visit = signed_in("investigator")
    found = visit.get("/")
    assert {"/search", "/network", "/missing", "/patterns"} <= set(found.links)
    assert "hidden, to protect" not in visit.get("/map?level=locality").html


def test_classes_are_few_and_rise() -> None:
    assert class_breaks([]) == []
    assert class_breaks([4, 4, 4]) == [4]
    assert class_breaks(list(range(1, 101))) == [1, 21, 41, 61, 81]


def test_regions_are_the_union_of_their_localities() -> None:
    """Fairfax city lies in a hole of Fairfax County: merged, the hole is gone."""
    shapes = locality_shapes()
    both = topology().shape("both", ["51059", "51600"])
    assert both.path.count("M") < shapes["51059"].path.count("M")
    assert _size(both.path) == pytest.approx(both.area, rel=1e-3)
    assert _size(topology().shape("all", shapes).path) == pytest.approx(
        sum(shape.area for shape in shapes.values()), rel=1e-3
    )


def _size(path: str) -> float:
    """The area of a path's rings, none of which lies in another."""
    total = 0.0
    for ring in re.findall(r"M([^Z]+)Z", path):
        points = [tuple(map(float, pair.split(","))) for pair in ring.split("L")]
        total += abs(
            sum(
                x0 * y1 - x1 * y0
                for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True)
            )
        )
    return total / 2


def test_an_empty_course_is_still_a_chart() -> None:
    assert course({"Nothing": ()}, "incidents", PeriodLevel.YEAR)["layer"]
