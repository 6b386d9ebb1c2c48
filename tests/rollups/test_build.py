"""Counts from records: what counts, where, when, and what a suppressed folder holds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.contracts.packs import Pack, load_pack
from rollups.build import build_rollups
from rollups.cells import make_cells
from rollups.contracts import CELL, NONE, PeriodLevel, PlaceLevel
from rollups.counting import count
from rollups.errors import RollupsMissing, UnknownCell
from rollups.read import Rollups, State, Value
from rollups.relations import read_tables
from rollups.suppression import attack, suppress
from runs.duck import connect
from tests.factories import rows_of
from tests.rollups.records import ARLINGTON, FAIRFAX, HENRICO, RICHMOND_CITY, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("trafficking")


def open_built(world: World, tmp_path: Path, pack: Pack, *, suppressed: bool = False) -> Rollups:
    records = world.write(tmp_path / "records")
    out = tmp_path / "rollups"
    build_rollups(records, out, pack, suppressed=suppressed, scratch=tmp_path / "scratch")
    return Rollups(out, pack)


def whole(rollups: Rollups, measure: str, category: str = "trafficking") -> int | None:
    (place,) = rollups.places(PlaceLevel.ALL)
    return rollups.value(measure, category, place, rollups.period("all")).n


def test_tips_are_not_incidents(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.incident("64A")
    world.incident("64A", kind="tip")
    with open_built(world, tmp_path, pack) as rollups:
        assert whole(rollups, "incidents") == 1


def test_only_the_authoritative_feed_counts(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.incident("64A")
    world.incident("64A", feed="hotline")
    with open_built(world, tmp_path, pack) as rollups:
        assert whole(rollups, "incidents") == 1
        assert whole(rollups, "victims") == 1


def test_an_incident_of_both_kinds_counts_once_as_trafficking(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.incident(("64A", "64B"), ages=(16, 30))
    with open_built(world, tmp_path, pack) as rollups:
        assert whole(rollups, "incidents") == 1
        assert whole(rollups, "incidents", "sex_trafficking") == 1
        assert whole(rollups, "incidents", "labor_trafficking") == 1
        assert whole(rollups, "victims") == 2


def test_an_unknown_offender_is_not_an_offender(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.incident("64A", known_offenders=0)
    with open_built(world, tmp_path, pack) as rollups:
        assert whole(rollups, "offenders") is None
        assert whole(rollups, "incidents") == 1


def test_arrests_in_an_incident_are_not_arrests_for_it(tmp_path: Path, pack: Pack) -> None:
    world = World()
    incident = world.incident("64A", arrested_for=("64A", "35A"))
    world.add("arrest", arrest_key="0" * 32, feed="nibrs", incident_key=incident,
              arrested_on=date(2024, 3, 5), offense_code="64A", multiple_indicator="M")  # fmt: skip
    with open_built(world, tmp_path, pack) as rollups:
        assert whole(rollups, "arrests_in_incidents") == 2
        assert whole(rollups, "arrests_for_offense") == 1


def test_a_late_arrest_counts_in_the_month_of_its_incident(tmp_path: Path, pack: Pack) -> None:
    world = World()
    incident = world.incident("64A", on=date(2024, 12, 30))
    world.add("arrest", arrest_key="0" * 32, feed="nibrs", incident_key=incident,
              arrested_on=date(2025, 11, 6), offense_code="64A")  # fmt: skip
    with open_built(world, tmp_path, pack) as rollups:
        assert [period.label for period in rollups.periods(PeriodLevel.MONTH)] == ["December 2024"]
        assert whole(rollups, "arrests_for_offense") == 1


def test_places_and_periods_add_up(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.incident(locality=FAIRFAX, on=date(2022, 12, 31))
    world.incident(locality=ARLINGTON, on=date(2023, 1, 1))
    world.incident(locality=RICHMOND_CITY, on=date(2025, 6, 1))
    world.incident(locality=None, on=date(2025, 6, 1))
    with open_built(world, tmp_path, pack) as rollups:
        everything = rollups.period("all")
        regions = rollups.by_place("incidents", "trafficking", PlaceLevel.REGION, everything)
        assert {entry.place.name: entry.value.n for entry in regions if entry.value.n} == {
            "Northern": 2, "Central": 1, "Locality unknown": 1,
        }  # fmt: skip
        assert [period.label for period in rollups.periods(PeriodLevel.POOLED)] == [
            "2022", "2023 to 2025",
        ]  # fmt: skip
        (virginia,) = rollups.places(PlaceLevel.ALL)
        yearly = rollups.trend("incidents", "trafficking", virginia, PeriodLevel.YEAR)
        assert [point.value.n for point in yearly] == [1, 1, None, 2]


def test_zero_is_a_zero_only_where_every_month_was_reported(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.incident(locality=FAIRFAX)
    world.reports("VA0290100", FAIRFAX)
    world.reports("VA0070100", ARLINGTON)
    world.reports("VA1220000", RICHMOND_CITY, missing=(7,))
    with open_built(world, tmp_path, pack) as rollups:
        (year,) = rollups.periods(PeriodLevel.YEAR)
        found = {
            entry.place.place_id: entry.value
            for entry in rollups.by_place("incidents", "trafficking", PlaceLevel.LOCALITY, year)
        }
    assert found[FAIRFAX] == Value(State.COUNTED, 1, complete=True)
    assert found[ARLINGTON] == Value(State.ZERO, 0, complete=True)
    assert found[RICHMOND_CITY] == Value(State.UNKNOWN, None, complete=False)
    assert found[HENRICO] == Value(State.UNKNOWN, None, complete=False)


def test_rates_need_twenty_events(tmp_path: Path, pack: Pack) -> None:
    world = World()
    for _ in range(20):
        world.incident("64A", locality=FAIRFAX, on=date(2024, 1, 5))
    for _ in range(19):
        world.incident("64A", locality=ARLINGTON, on=date(2024, 12, 5))
    with open_built(world, tmp_path, pack) as rollups:
        (year,) = rollups.periods(PeriodLevel.YEAR)
        fairfax = rollups.place(PlaceLevel.LOCALITY, FAIRFAX)
        arlington = rollups.place(PlaceLevel.LOCALITY, ARLINGTON)
        assert fairfax.population is not None
        rate = rollups.value("incidents", "trafficking", fairfax, year).rate
        assert rate == pytest.approx(20 * 100_000 / fairfax.population)
        assert rollups.value("incidents", "trafficking", arlington, year).rate is None


def test_breakdowns_show_the_unknown_as_a_group_of_its_own(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.incident("64A", ages=(17, 18, None), relationship="SC", location_code="14")
    world.incident("64B", ages=(40,), location_code=None)
    with open_built(world, tmp_path, pack) as rollups:
        (virginia,) = rollups.places(PlaceLevel.ALL)

        def groups(name: str, measure: str) -> dict[str, int | None]:
            found = rollups.breakdown(name, measure, "trafficking", virginia, rollups.period("all"))
            return {group.key: group.value.n for group in found if group.value.n}

        assert groups("age_band", "victims") == {"15-17": 1, "18-20": 1, "25+": 1, "unknown": 1}
        assert groups("relationship", "victims") == {"family": 3, "unknown": 1}
        assert groups("location", "incidents") == {"hotel": 1, "unknown": 1}
        assert groups("sex", "victims") == {"female": 4}


def test_missing_episodes_are_counted_in_open_and_out(tmp_path: Path, pack: Pack) -> None:
    world = World()
    world.episode(date(2024, 1, 10), date(2024, 1, 12))
    world.episode(date(2024, 1, 20), date(2024, 3, 2))
    world.episode(date(2024, 2, 20))
    world.episode(date(2024, 2, 21), date(2024, 2, 22), exit_reason="record_invalid")
    with open_built(world, tmp_path, pack) as rollups:
        (virginia,) = rollups.places(PlaceLevel.ALL)

        def months(measure: str) -> list[int | None]:
            points = rollups.trend(measure, NONE, virginia, PeriodLevel.MONTH)
            return [point.value.n for point in points]

        assert months("missing_entries") == [2, 1, 0]
        assert months("missing_exits") == [1, 0, 1]
        assert months("missing_open") == [1, 2, 1]
        assert whole(rollups, "missing_open", NONE) == 1


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, pack: Pack) -> Path:
    """Records and suppressed rollups of three years of small numbers in eight localities."""
    world = World()
    places = [FAIRFAX, ARLINGTON, RICHMOND_CITY, HENRICO, "51810", "51710", "51770", "51161"]
    for index in range(120):
        world.incident(
            ("64A", "64A", "64B", ("64A", "64B"), "40A")[index % 5],
            locality=places[(index * index) % 7 if index % 3 else 0],
            on=date(2022 + index % 3, 1 + (index * 7) % 12, 3),
            ages=((15,), (17, 22), (None,))[index % 3],
            relationship=("AQ", "CH", None)[index % 3],
            location_code=("14", "20", "58", None)[index % 4],
            arrested_for=((), ("64A",), ("35A",))[index % 3],
            drugs=((), ("E",), ("B",))[index % 3],
        )
    for index in range(40):
        entered = date(2022 + index % 3, 1 + (index * 5) % 12, 9)
        found = date(entered.year, entered.month, 20) if index % 4 else None
        world.episode(entered, found, places[index % 5])
    folder = tmp_path_factory.mktemp("busy")
    records = world.write(folder / "records")
    build_rollups(records, folder / "rollups", pack, suppressed=True, scratch=folder / "scratch")
    return folder


def test_no_hidden_number_is_in_a_suppressed_folder(busy: Path, pack: Pack) -> None:
    with Rollups(busy / "rollups", pack) as rollups:
        assert rollups.about.suppressed
    rows = rows_of(CELL.path(busy / "rollups"))
    assert any(row["hidden"] for row in rows)
    for row in rows:
        assert (row["n"] is None) == row["hidden"]
        if row["n"] is not None:
            assert row["n"] >= pack.threshold(pack.measures[row["measure"]].feed)
    levels = {(row["place_level"], row["period_level"]) for row in rows}
    assert {period for place, period in levels if place == "locality"} == {"all"}
    assert {period for _, period in levels} == {"all", "pooled", "year"}
    assert not any(row["breakdown"] != NONE and row["place_level"] == "locality" for row in rows)


def test_no_relation_between_published_cells_gives_a_small_number_away(
    busy: Path, tmp_path: Path, pack: Pack
) -> None:
    """The whole folder as an attacker sees it: places, periods, groups, categories, stocks."""
    with connect(tmp_path / "scratch") as con:
        count(con, busy / "records", pack)
        make_cells(con, busy / "records", pack, suppressed=True)
        tables = read_tables(con, pack)
    assert tables.equal.shape[0] > 0
    assert tables.at_least.shape[0] > 0
    np.testing.assert_array_equal(tables.equal @ tables.values, 0)
    assert (tables.at_least @ tables.values >= 0).all()
    hidden = suppress(tables, pack.hidden_candidates)
    everything = np.ones(hidden.size, dtype=bool)
    assert hidden[tables.primary].all()
    assert not hidden.all()
    alone = tables.primary
    # A sample of the small cells: those that hiding alone would leave open are in it.
    for cell in np.flatnonzero(alone)[::17]:
        low, high = attack(tables, hidden, int(cell))
        least, most = attack(tables, everything, int(cell))
        assert high - low >= min(pack.hidden_candidates - 1.0, most - least) - 1e-6


def test_a_suppressed_folder_refuses_cells_that_it_does_not_publish(busy: Path, pack: Pack) -> None:
    with Rollups(busy / "rollups", pack) as rollups:
        fairfax = rollups.place(PlaceLevel.LOCALITY, FAIRFAX)
        with pytest.raises(UnknownCell, match="not published"):
            rollups.trend("incidents", "trafficking", fairfax, PeriodLevel.YEAR)
        (virginia,) = rollups.places(PlaceLevel.ALL)
        with pytest.raises(UnknownCell, match="not published"):
            rollups.trend("incidents", "trafficking", virginia, PeriodLevel.MONTH)
        with pytest.raises(UnknownCell, match="not published"):
            rollups.breakdown("sex", "victims", "trafficking", fairfax, rollups.period("all"))


def test_no_records_make_empty_rollups(tmp_path: Path, pack: Pack) -> None:
    with open_built(World(), tmp_path, pack, suppressed=True) as rollups:
        assert rollups.about.first_month is None
        assert rollups.periods(PeriodLevel.YEAR) == ()
        with pytest.raises(UnknownCell):
            rollups.period("all")


def test_the_same_records_make_the_same_bytes(busy: Path, tmp_path: Path, pack: Pack) -> None:
    build_rollups(busy / "records", tmp_path, pack, suppressed=True, scratch=tmp_path / "scratch")
    assert CELL.path(tmp_path).read_bytes() == CELL.path(busy / "rollups").read_bytes()


def test_an_incomplete_folder_says_what_to_do(tmp_path: Path, pack: Pack) -> None:
    with pytest.raises(RollupsMissing, match="vast run"):
        Rollups(tmp_path, pack)
