"""Records and persons become a graph: what enters, what is derived, and what must not."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from graph.errors import ProjectionRefused
from graph.project import MOST_PERSONS_PAIRED, project_graph
from graph.rendering import node_table, relationship_table
from graph.schema import NODES, RELATIONSHIPS
from ingest.contracts.packs import load_pack
from resolution.contracts import MEMBERSHIP
from tests.factories import key, rows_of, write_rows
from tests.graph import worlds

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import ViewFolder


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ViewFolder:
    return worlds.project_world(tmp_path_factory.mktemp("world"))


def _rows(folder: ViewFolder, name: str) -> list[dict[str, Any]]:
    """Rows with the import's header suffixes taken off; ends are ``start`` and ``end``."""
    found = []
    for row in rows_of(folder.graph / f"{name}.parquet"):
        named = {}
        for column, value in row.items():
            if column.startswith((":START", ":END")):
                named["start" if column.startswith(":START") else "end"] = value
            else:
                named[column.partition(":")[0]] = value
        found.append(named)
    return found


def _ends(folder: ViewFolder, name: str) -> list[tuple[str, str]]:
    return [(row["start"], row["end"]) for row in _rows(folder, name)]


def test_a_person_shows_the_whole_name_that_is_said_most(world: ViewFolder) -> None:
    people = {row["person_id"]: row for row in _rows(world, "Person")}
    child = people[worlds.CHILD]
    # Said five times with this spelling; "Anna Reyes" once, "Ana" alone once.
    assert child["display_name"] == "Ana M Reyes"
    assert child["roles"] == ["client", "missing_child", "victim"]
    assert (child["records"], child["birth_date"], child["age_band"]) == (
        7,
        date(2008, 5, 1),
        "15-17",
    )
    assert people[worlds.TRAFFICKER]["birth_year"] == 1988
    assert people[worlds.NAMELESS]["display_name"] is None


def test_a_name_that_one_agency_swapped_is_shown_the_right_way_round(tmp_path: Path) -> None:
    said = [
        ("child", "Savannah", "Ropp"),
        ("child", "Ropp", "Savannah"),
        ("sister", "Yolanda", "Ropp"),
        ("mother", "Ann", "Ropp"),
        # Both orders are usual: said more often is right.
        ("other", "James", "Taylor"),
        ("other", "James", "Taylor"),
        ("other", "Taylor", "James"),
    ]
    people = [
        (who, {"record_key": key("person", str(place)), "given_name": given, "surname": surname})
        for place, (who, given, surname) in enumerate(said)
    ]
    folder = worlds.write_view(tmp_path / "view", people, {})
    project_graph(folder, load_pack("trafficking"), tmp_path / "scratch")
    shown = {row["person_id"]: row["display_name"] for row in _rows(folder, "Person")}
    assert shown["child"] == "Savannah Ropp"
    assert shown["other"] == "James Taylor"


def test_ages_come_from_the_record_or_its_birth_date_and_are_never_made_up(
    world: ViewFolder,
) -> None:
    ages = {
        row["source_id"]: (row["age_low_years"], row["age_high_years"])
        for row in _rows(world, "Record")
    }
    assert ages["victim-raid"] == (15, 15)
    assert ages["offender-raid"] == (35, 36)
    assert ages["intake"] == (None, None)
    assert ages["minor-sold"] == (16, 16)


def test_incidents_carry_codes_and_the_packs_categories(world: ViewFolder) -> None:
    raid = next(row for row in _rows(world, "Incident") if row["incident_key"] == worlds.RAID)
    pack = load_pack("trafficking")
    assert raid["offense_codes"] == ["35A", "64A"]
    assert raid["categories"] == sorted({*pack.categories_of("35A"), *pack.categories_of("64A")})


def test_parties_point_to_their_records(world: ViewFolder) -> None:
    (victim,) = [
        row for row in _rows(world, "Person-VICTIM_IN-Incident") if row["end"] == worlds.RAID
    ]
    assert victim == {
        "start": worlds.CHILD,
        "end": worlds.RAID,
        "record_keys": sorted(
            (worlds.person_key("victim-raid"), worlds.person_key("victim-locally"))
        ),
    }


def test_two_reports_of_one_incident_are_one_node_with_its_sources(world: ViewFolder) -> None:
    raid = next(row for row in _rows(world, "Incident") if row["incident_key"] == worlds.RAID)
    # The state's report is the fuller one: its word stands, and the other's number is kept.
    assert (raid["incident_number"], raid["occurred_on"]) == ("2024-1", date(2024, 3, 12))
    assert raid["incident_numbers"] == ["2024-1", "L-77"]
    assert (raid["reports"], raid["weakest_probability"]) == (2, 0.98)
    assert {row["start"] for row in _rows(world, "Report-REPORTS-Incident")
            if row["end"] == worlds.RAID} == {worlds.RAID, worlds.RAID_LOCALLY}  # fmt: skip
    local = next(row for row in _rows(world, "Report")
                 if row["report_key"] == worlds.RAID_LOCALLY)  # fmt: skip
    assert (local["incident_number"], local["occurred_on"]) == ("L-77", date(2024, 3, 11))
    for name in ("HAS_OFFENSE-Offense", "AT-Location", "IN-Locality", "REPORTED_BY-Agency"):
        ends = [end for start, end in _ends(world, f"Incident-{name}") if start == worlds.RAID]
        assert len(ends) == len(set(ends)) == (2 if "OFFENSE" in name else 1), name
    (arrest,) = _rows(world, "Arrest")
    assert arrest["arrest_key"] == min(key("arrest", "1"), key("arrest", "2"))
    (arrested,) = _rows(world, "Person-ARRESTED-Arrest")
    assert len(arrested["record_keys"]) == 2
    assert _ends(world, "Arrest-FOR-Incident") == [(arrest["arrest_key"], worlds.RAID)]


def test_uses_of_a_contact_point_are_counted_and_dated(world: ViewFolder) -> None:
    uses = {(row["start"], row["end"]): row for row in _rows(world, "Person-USED-ContactPoint")}
    use = uses[worlds.CHILD, worlds.PHONE]
    assert (use["mentions"], use["first_on"], use["last_on"]) == (
        2,
        date(2024, 2, 1),
        date(2024, 3, 1),
    )
    assert use["record_keys"] == [worlds.person_key("missing-3")]


def test_what_no_visible_row_ties_is_not_there(world: ViewFolder) -> None:
    points = {row["contact_point_key"] for row in _rows(world, "ContactPoint")}
    assert points == {worlds.PHONE, worlds.HOME_ADDRESS}
    assert len(_rows(world, "DrugSeizure")) == 2
    assert len(_rows(world, "Incident-SEIZED-DrugSeizure")) == 1


def test_offender_and_arrestee_of_one_incident_are_not_made_accomplices(world: ViewFolder) -> None:
    # NAMELESS is arrested in the sale whose offenders are the other two.
    assert _ends(world, "Person-CO_OFFENDED-Person") == [(worlds.TRAFFICKER, worlds.PARTNER)]
    (pair,) = _rows(world, "Person-CO_OFFENDED-Person")
    assert pair["derived"] is True
    assert pair["incident_keys"] == sorted((worlds.RAID, worlds.SALE))


def test_shared_contact_points_tie_persons_once_from_smaller_to_larger(world: ViewFolder) -> None:
    assert _ends(world, "Person-SHARES_CONTACT-Person") == [
        (worlds.CHILD, worlds.TRAFFICKER),
        (worlds.CHILD, worlds.SIBLING),
    ]


def test_two_stays_in_one_place_are_two_relationships(world: ViewFolder) -> None:
    assert _ends(world, "Person-PLACED_IN-Locality") == [(worlds.SIBLING, worlds.HENRICO)] * 2


def test_nothing_dangles(world: ViewFolder) -> None:
    keys = {
        node.label: {
            row[node_table(node).key[0]] for row in rows_of(world.graph / f"{node.label}.parquet")
        }
        for node in NODES
    }
    for item in RELATIONSHIPS:
        for start, end in _ends(world, item.file_name):
            assert start in keys[item.start], item.file_name
            assert end in keys[item.end], item.file_name


def test_every_relationship_of_the_world_is_filled(world: ViewFolder) -> None:
    # The library's tests run on this world: an empty type would leave queries untested.
    empty = [item.file_name for item in RELATIONSHIPS if not _rows(world, item.file_name)]
    assert empty == []


def test_equal_rows_give_equal_bytes_whatever_their_order(
    world: ViewFolder, tmp_path: Path
) -> None:
    turned = worlds.write_view(
        tmp_path / "view",
        worlds.PEOPLE[::-1],
        {name: rows[::-1] for name, rows in worlds.FACTS.items()},
    )
    project_graph(turned, load_pack("trafficking"), tmp_path / "scratch")
    assert _digests(turned) == _digests(world)


def _digests(folder: ViewFolder) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.graph.iterdir())
    }


def test_a_switchboard_ties_nobody(tmp_path: Path) -> None:
    for most, pairs in ((MOST_PERSONS_PAIRED, 190), (MOST_PERSONS_PAIRED + 1, 0)):
        people = [
            (f"P{number:015}", {"record_key": key("person", str(number)), "role": "client"})
            for number in range(most)
        ]
        mentions = [
            {
                "contact_mention_key": key("mention", str(number)),
                "contact_point_key": worlds.SWITCHBOARD,
                "kind": "phone",
                "value": "+18045550999",
                "record_key": record["record_key"],
            }
            for number, (_, record) in enumerate(people)
        ]
        folder = worlds.write_view(tmp_path / str(most), people, {"contact_point": mentions})
        counts = project_graph(folder, load_pack("trafficking"), tmp_path / "scratch")
        assert counts["Person-SHARES_CONTACT-Person"] == pairs
        assert counts["Person-USED-ContactPoint"] == most


def test_an_empty_view_has_every_file(tmp_path: Path) -> None:
    folder = worlds.write_view(tmp_path / "view", [], {})
    counts = project_graph(folder, load_pack("trafficking"), tmp_path / "scratch")
    assert set(counts.values()) == {0}
    for item in RELATIONSHIPS:
        assert relationship_table(item).path(folder.graph).exists()


def test_a_record_without_a_person_is_refused(tmp_path: Path) -> None:
    folder = worlds.write_view(tmp_path / "view")
    write_rows(folder.persons, MEMBERSHIP, [])
    with pytest.raises(ProjectionRefused, match="refer to no person"):
        project_graph(folder, load_pack("trafficking"), tmp_path / "scratch")
