"""The split into views: rows, masks, keys."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ingest.contracts.tables import TABLES
from resolution.contracts import MATCHED
from runs.duck import connect
from runs.keys import from_view, to_view, token
from runs.schema import read_table
from sharing.policy import load_policy
from tests.factories import key, rows_of
from tests.sharing.worlds import SHIPPED, VIEW_KEY, Projection, case, shipped

if TYPE_CHECKING:
    from pathlib import Path

CHILD = key("person", "nibrs", "V", "1")
SUSPECT = key("person", "nibrs", "O", "1")
CLIENT = key("person", "social-services", "C1")
MISSING = key("person", "clearinghouse", "M1")
STUDENT = key("person", "school-attendance", "51760", "1")
TOLD_ALL, TOLD_AGENCIES = (key("person", "service-directory", n) for n in ("1", "2"))
SCREENED = key("person", "hospital", "screened")
INCIDENT = key("incident", "VA001", "1")


@pytest.fixture(scope="module")
def projected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Projection]:
    return {
        view: Projection(tmp_path_factory.mktemp(view), case(), view) for view in shipped().views
    }


def shown(projection: Projection, table: str) -> dict[str | None, dict[str, Any]]:
    """A table's shown rows by the record key behind the view's key."""
    rows = rows_of(projection.shown / f"{table}.parquet")
    own = next(iter(rows[0])) if rows else ""
    behind = from_view([row[own] for row in rows], VIEW_KEY)
    return dict(zip(behind, rows, strict=True))


def matched(
    projection: Projection, table: str = "person_record"
) -> dict[str | None, dict[str, Any]]:
    rows = rows_of(projection.match / f"{table}.parquet")
    return dict(zip(from_view([r["record_key"] for r in rows], VIEW_KEY), rows, strict=True))


def view_key_of(record_key: str) -> str | None:
    return to_view([record_key], VIEW_KEY)[0]


def test_every_table_is_written_as_declared(projected: dict[str, Projection]) -> None:
    with connect() as con:
        for projection in projected.values():
            for table in TABLES:
                assert table.path(projection.shown).exists()
                relation = read_table(con, table, projection.shown)
                assert relation.columns == list(table.column_names)
                assert projection.counts[table.name] == len(relation)


def test_resolution_is_given_every_table_that_it_reads(projected: dict[str, Projection]) -> None:
    for projection in projected.values():
        assert {path.stem for path in projection.match.iterdir()} == {one.name for one in MATCHED}


def test_a_charge_is_compared_by_its_incident_where_the_view_has_it(
    projected: dict[str, Projection],
) -> None:
    defendants = {
        view: matched(projected[view], "court_charge")
        for view in ("investigation", "analysis", "services")
    }

    (charge,) = defendants["investigation"].values()
    assert charge["incident_key"] == view_key_of(INCIDENT)
    assert len(defendants["analysis"]) == 1
    assert not defendants["services"]


def test_investigation_sees_all_feeds_in_clear(projected: dict[str, Projection]) -> None:
    records = shown(projected["investigation"], "person_record")

    assert len(records) == 16
    assert records[CHILD]["given_name"] == "Ana"
    assert records[CHILD]["address_line"] == "12 OAK ST"
    assert records[CHILD]["incident_key"] == view_key_of(INCIDENT)


@pytest.mark.parametrize("view", ["investigation", "services"])
def test_only_students_with_an_unexcused_spell_are_named(
    projected: dict[str, Projection], view: str
) -> None:
    students = {
        row["surname"] for row in shown(projected[view], "person_record").values()
        if row["role"] == "student"
    }  # fmt: skip
    assert students == {"Reyes"}
    assert [row["kind"] for row in shown(projected[view], "absence").values()] == ["unexcused"]
    (roll,) = shown(projected[view], "enrolment").values()
    assert (roll["school"], roll["locality_id"]) == ("Oak High", "51760")


def test_analysis_sees_spells_without_a_school(projected: dict[str, Projection]) -> None:
    analysis = projected["analysis"]
    assert len(shown(analysis, "absence")) == 3
    for roll in shown(analysis, "enrolment").values():
        assert (roll["school"], roll["locality_id"], roll["enrolled_on"]) == (None, None, None)
    assert "Elm High" not in str([rows_of(path) for path in analysis.shown.iterdir()])


def test_a_confidential_address_hides_the_school(tmp_path: Path) -> None:
    rows = case()
    for record in rows["person_record"]:
        record["household_protected"] = True
    for view in ("investigation", "services"):
        (roll,) = shown(Projection(tmp_path / view, rows, view), "enrolment").values()
        assert (roll["school"], roll["locality_id"]) == (None, None)


def test_keys_are_the_views_and_where_a_row_came_from_is_not_told(
    projected: dict[str, Projection],
) -> None:
    raw = {CHILD, SUSPECT, CLIENT, MISSING, INCIDENT}
    for projection in projected.values():
        for path in projection.shown.iterdir():
            for row in rows_of(path):
                assert not raw & {str(value) for value in row.values()}
                assert row["delivery"] is None
                assert row["source_line"] is None


def test_services_sees_the_child_and_not_the_suspect(projected: dict[str, Projection]) -> None:
    services = projected["services"]

    of_custody = {key("person", "courts", part) for part in ("mother", "father", "ward")}
    assert set(shown(services, "person_record")) == {
        *(CHILD, CLIENT, MISSING, STUDENT, SCREENED, TOLD_ALL, TOLD_AGENCIES),
        *of_custody,
    }
    assert set(shown(services, "involvement")) == {CHILD}
    assert set(shown(services, "incident")) == {INCIDENT}
    assert [row["offense_code"] for row in shown(services, "offense").values()] == ["64A"]
    assert [row["value"] for row in shown(services, "contact_point").values()] == ["+18045550100"]
    for absent in ("relationship", "arrest", "location", "drug_seizure", "court_charge"):
        assert services.counts[absent] == 0
    (event,) = shown(services, "event").values()
    assert event["kind"] == "sport"


def test_services_sees_orders_about_a_child_whole_and_no_other(
    projected: dict[str, Projection],
) -> None:
    (order,) = shown(projected["services"], "court_order").values()

    assert (order["kind"], order["custody_to"]) == ("custody", "petitioner")
    parties = [order[f"{part}_key"] for part in ("petitioner", "respondent", "child")]
    assert parties == [
        view_key_of(key("person", "courts", part)) for part in ("mother", "father", "ward")
    ]
    father = shown(projected["services"], "person_record")[key("person", "courts", "father")]
    assert (father["surname"], father["address_line"], father["locality_id"]) == ("Poe", None, None)
    assert projected["investigation"].counts["court_order"] == 2
    assert projected["public"].counts["court_order"] == 0


def test_an_order_shows_no_place_of_a_party_that_hides(projected: dict[str, Projection]) -> None:
    mother, father = (key("person", "courts", part) for part in ("mother", "father"))
    for half in (matched, lambda one: shown(one, "person_record")):
        rows = half(projected["investigation"])
        assert rows[mother]["locality_id"] is None
        assert rows[father]["locality_id"] == "51087"


def test_health_is_told_of_children_and_to_each_what_the_law_lets(
    projected: dict[str, Projection],
) -> None:
    unscreened = key("person", "hospital", "unscreened")
    grown = key("person", "hospital", "grown")

    police = {row["record_key"]: row for row in shown(projected["investigation"],
                                                      "medical_visit").values()}  # fmt: skip
    assert set(police) == {view_key_of(SCREENED), view_key_of(unscreened)}
    for visit in police.values():
        assert visit["visited_on"] is not None
        assert [visit[c] for c in ("complaint", "screening_result", "discharge")] == [None] * 3
    for half in (matched, lambda one: shown(one, "person_record")):
        patient = half(projected["investigation"])[SCREENED]
        assert (patient["surname"], patient["zip"], patient["strong_id"]) == ("Reyes", None, None)
        assert not {unscreened, grown} & half(projected["services"]).keys()
        assert grown not in half(projected["investigation"])
    (reported,) = shown(projected["services"], "medical_visit").values()
    assert (reported["screening_result"], reported["complaint"]) == ("likely", "assault")
    limited = shown(projected["analysis"], "person_record")[SCREENED]
    assert [limited[c] for c in ("surname", "zip", "strong_id", "source_id")] == [None] * 4
    assert matched(projected["analysis"])[SCREENED]["strong_id"] == "MRN-A:1"
    assert {row["facility"] for row in shown(projected["analysis"], "medical_visit").values()} == {
        None
    }
    assert projected["public"].counts["medical_visit"] == 0


def test_a_client_of_a_service_is_told_to_whom_the_release_names(
    projected: dict[str, Projection],
) -> None:
    for half in (matched, lambda one: shown(one, "person_record")):
        police, services = half(projected["investigation"]), half(projected["services"])
        assert TOLD_ALL in police
        assert TOLD_AGENCIES not in police
        assert {TOLD_ALL, TOLD_AGENCIES} <= services.keys()
    (known,) = shown(projected["investigation"], "referral").values()
    assert known["record_key"] == view_key_of(TOLD_ALL)
    assert known["service_key"] in {
        row["service_key"] for row in shown(projected["investigation"], "service").values()
    }
    assert (known["outcome"], known["outcome_on"]) == (None, None)
    tried = shown(projected["services"], "referral").values()
    assert {row["record_key"] for row in tried} == set(map(view_key_of, (TOLD_ALL, TOLD_AGENCIES)))
    assert {row["outcome"] for row in tried} == {"engaged"}
    limited = shown(projected["analysis"], "person_record")[TOLD_ALL]
    assert [limited[c] for c in ("surname", "zip", "source_id")] == [None] * 3
    assert len(shown(projected["analysis"], "referral")) == 3
    assert projected["public"].counts["referral"] == 0


@pytest.mark.parametrize("view", ["investigation", "services"])
def test_no_view_says_where_a_confidential_service_is(
    projected: dict[str, Projection], view: str
) -> None:
    services = shown(projected[view], "service")
    centre, refuge = (services[key("service", n)] for n in ("1", "2"))
    place = ("name", "address_line", "city", "zip", "locality_id")
    assert None not in [centre[column] for column in place]
    assert {refuge[column] for column in place} == {None}
    assert (refuge["kind"], refuge["phone"]) == ("shelter", "+18045550188")


def test_services_has_no_field_of_the_criminal_information_network(
    projected: dict[str, Projection],
) -> None:
    (episode,) = shown(projected["services"], "missing_episode").values()
    (full,) = shown(projected["investigation"], "missing_episode").values()

    assert episode["ncic_category"] is None
    assert episode["reporting_agency_id"] is None
    assert full["ncic_category"] == "EME"
    assert episode["notes"] == "red coat"


def test_a_police_address_may_be_compared_by_services_and_is_not_shown(
    projected: dict[str, Projection],
) -> None:
    services = projected["services"]

    assert matched(services)[CHILD]["address_line"] == "12 OAK ST"
    assert shown(services, "person_record")[CHILD]["address_line"] is None


@pytest.mark.parametrize("view", ["investigation", "services", "analysis", "public"])
def test_a_protected_address_is_in_no_half_of_any_view(
    projected: dict[str, Projection], view: str
) -> None:
    projection = projected[view]

    for half in (matched(projection), shown(projection, "person_record")):
        if CLIENT in half:
            row = half[CLIENT]
            assert [row[c] for c in ("address_line", "city", "zip", "locality_id")] == [None] * 4
    for row in shown(projection, "contact_point").values():
        assert row["kind"] != "address"
    for row in shown(projection, "placement").values():
        assert row["facility"] is None
        assert row["locality_id"] is None


def test_analysis_matches_on_identity_and_shows_none(projected: dict[str, Projection]) -> None:
    analysis = projected["analysis"]
    child = shown(analysis, "person_record")[CHILD]

    assert matched(analysis)[CHILD]["surname"] == "Reyes"
    assert matched(analysis)[CHILD]["birth_date"] == date(2010, 6, 15)
    assert [child[c] for c in ("surname", "birth_date", "birth_year", "city")] == [None] * 4
    assert (child["age_low_years"], child["age_high_years"]) == (12, 14)
    assert (child["sex"], child["race"], child["locality_id"]) == ("F", "W", "51760")
    (place,) = shown(analysis, "location").values()
    assert (place["name"], place["address_line"], place["latitude"]) == (None, None, None)
    assert (place["location_code"], place["locality_id"]) == ("14", "51760")
    (episode,) = shown(analysis, "missing_episode").values()
    assert (episode["case_number"], episode["notes"]) == (None, None)
    assert episode["age_at_entry_years"] == 12


def test_a_token_is_equal_for_equal_values_and_tells_nothing(
    projected: dict[str, Projection],
) -> None:
    analysis = projected["analysis"]
    records = shown(analysis, "person_record")
    made = token(VIEW_KEY, "phone", "+18045550100")

    assert records[CHILD]["phones"] == records[CLIENT]["phones"] == [made]
    values = [row["value"] for row in shown(analysis, "contact_point").values()]
    assert made in values
    assert len(set(values)) == 2


def test_an_age_is_told_as_the_bands_it_may_lie_in(projected: dict[str, Projection]) -> None:
    suspect = shown(projected["analysis"], "person_record")[SUSPECT]

    assert (suspect["age_low_years"], suspect["age_high_years"]) == (25, 120)


def test_an_age_band_comes_from_a_birth_date_where_no_age_is_recorded(
    projected: dict[str, Projection],
) -> None:
    # Born 2010-06-15, seen 2025-03-04: 14, not the 15 that the years alone would give.
    missing = shown(projected["analysis"], "person_record")[MISSING]

    assert (missing["age_low_years"], missing["age_high_years"]) == (12, 14)


def test_public_holds_no_person_that_could_be_followed(projected: dict[str, Projection]) -> None:
    public = projected["public"]

    for row in matched(public).values():
        kept = {name for name, value in row.items() if value is not None}
        assert kept <= {
            "record_key", "incident_key", "feed", "agency_id", "retain_until", "legal_basis",
        }  # fmt: skip
    assert CLIENT not in shown(public, "person_record")


def test_a_reference_to_a_row_outside_the_view_is_null(projected: dict[str, Projection]) -> None:
    (inside,) = shown(projected["investigation"], "drug_seizure").values()
    (outside,) = shown(projected["analysis"], "drug_seizure").values()

    # The tip is in the investigation view only.
    assert inside["incident_key"] == view_key_of(key("incident", "hotline", "T1"))
    assert outside["incident_key"] is None


def test_each_row_says_how_long_and_why_it_may_be_kept(projected: dict[str, Projection]) -> None:
    investigation = projected["investigation"]
    records = shown(investigation, "person_record")
    (offense, _) = sorted(
        shown(investigation, "offense").values(), key=lambda row: row["offense_code"] != "64A"
    )

    assert records[CHILD]["retain_until"] == date(2050, 3, 4)
    assert "52-30" in records[CHILD]["legal_basis"]
    assert "63.2-105" in records[CLIENT]["legal_basis"]
    # An offense has no day of its own: its incident's counts.
    assert offense["retain_until"] == date(2050, 3, 4)
    (agency,) = shown_agencies(investigation)
    assert agency["retain_until"] == date(2049, 1, 1)


def shown_agencies(projection: Projection) -> list[dict[str, Any]]:
    return rows_of(projection.shown / "agency.parquet")


def test_a_row_past_its_retention_is_in_no_view(tmp_path: Path) -> None:
    rows = case()
    for row in rows["person_record"] + rows["incident"]:
        row["observed_on" if "record_key" in row else "occurred_on"] = date(2001, 11, 22)

    counts = Projection(tmp_path, rows, "investigation").counts

    # Only the missing child remains: the clearinghouse keeps for 99 years.
    assert counts["person_record"] == 1
    assert counts["incident"] == counts["offense"] == counts["arrest"] == 0


def test_of_rows_about_one_thing_the_fullest_is_kept(tmp_path: Path) -> None:
    rows = case()
    rows["agency"].append(
        {"agency_id_of": "VA001", "name": "Police", "kind": "police", "locality_id": "51760",
         "feed": "forensic-lab", "agency_id": "DFS"}
    )  # fmt: skip
    rows["incident"].append(
        {"incident_key": INCIDENT, "occurred_on": date(2025, 3, 4), "feed": "forensic-lab"}
    )

    projection = Projection(tmp_path, rows, "investigation")

    (agency,) = shown_agencies(projection)
    assert agency["locality_id"] == "51760"
    incidents = shown(projection, "incident")
    assert projection.counts["incident"] == len(incidents) == 3
    assert incidents[INCIDENT]["feed"] == "nibrs"


def test_no_records_make_empty_tables(tmp_path: Path) -> None:
    assert set(Projection(tmp_path, {}, "investigation").counts.values()) == {0}


def test_a_row_without_a_day_does_not_outlive_its_agreement_for_want_of_an_incident(
    tmp_path: Path,
) -> None:
    """Undated rows are kept as long as their incident; of one outside the view nothing is lent."""
    rows = case()
    for row in rows["person_record"]:
        if row["feed"] == "hotline":
            row |= {"observed_on": None, "incident_key": key("incident", "hotline", "elsewhere")}
    later = load_policy(SHIPPED, date(2033, 1, 1))

    projection = Projection(tmp_path, rows, "investigation", later)

    assert "hotline" not in {row["feed"] for row in shown(projection, "person_record").values()}
    assert projection.kept_until is not None
    assert projection.kept_until >= later.on
