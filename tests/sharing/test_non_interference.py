"""What a view does not hold leaves no trace in it.

Drawn records, shipped agreements: whatever is not in the view is removed from the records, all of
it or any part, and both halves must come out byte for byte the same.
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest.contracts.tables import BY_NAME
from runs.keys import from_view
from sharing.policy import Policy, load_policy
from tests.factories import key, rows_of
from tests.sharing.worlds import ON, SHIPPED, VIEW_KEY, Projection, Rows, shipped

if TYPE_CHECKING:
    from collections.abc import Callable

STRICT = """
format: 1
provider: a test
dataset: nibrs
purposes: [quality_review]
valid_from: 2020-01-01
valid_to: 2030-01-01
legal_basis: none
retain_years: 25
views:
  strict:
    why: every way in which one row can depend on another
    tables:
      person_record:
        rows: [{column: role, op: in, values: [victim]}]
        fields: {role: clear, phones: token, address_line: clear, observed_on: clear}
      involvement: {fields: {role: clear}}
      incident: {only_with: [involvement], fields: {occurred_on: clear}}
      offense: {only_with: [victim_offense], fields: {offense_code: clear}}
      victim_offense: {}
      relationship: {}
      location: {only_with: [incident]}
      drug_seizure: {}
      placement: {fields: {facility: clear, locality_id: clear}}
      enrolment: {only_with: [absence], fields: {school: clear, locality_id: clear}}
      absence: {fields: {kind: clear}}
      medical_visit: {fields: {visited_on: clear}}
      service: {only_with: [referral], fields: {kind: clear, phone: token}}
      referral: {only_with: [person_record], fields: {outcome: clear}}
      court_charge: {only_with: [person_record], fields: {statute: clear}}
      court_order: {only_with: [person_record], fields: {kind: clear}}
      contact_point: {fields: {kind: clear, value: clear}}
"""
STRICT_VIEWS = """
format: 1
views:
  - {name: strict, kind: graph, title: t, audience: a, purposes: [quality_review]}
"""
FEEDS = (
    *("nibrs", "nibrs", "nibrs", "nibrs", "hotline", "social-services", "juvenile-justice"),
    *("courts", "courts", "school-attendance", "hospital", "service-directory"),
)
DAYS = (date(1995, 5, 5), date(2024, 2, 29), date(2025, 7, 1))


def drawn_world(random: Random) -> Rows:
    """About a hundred rows that point to one another, and some to rows that do not exist."""
    people, incidents, offenses, places, parties = (
        [key(kind, str(n)) for n in range(size)]
        for kind, size in (
            ("person", 16), ("incident", 7), ("offense", 9), ("location", 3), ("society", 2),
        )
    )  # fmt: skip

    def rows(own: str, keys: list[str], make: Callable[[str], dict[str, Any]]) -> list[Any]:
        kept = [one for one in keys if random.random() < 0.85]
        return [{own: one, "feed": random.choice(FEEDS), **make(one)} for one in kept]

    def numbered(kind: str, size: int) -> list[str]:
        return [key(kind, str(n)) for n in range(size)]

    def maybe(values: list[Any]) -> Any:
        return random.choice([*values, None])

    return {
        "person_record": rows("record_key", people, lambda _: {
            "role": random.choice(["victim", "victim", "offender", "petitioner", "student"]),
            "incident_key": maybe(incidents),
            "observed_on": random.choice(DAYS),
            "age_high_years": maybe([15, 15, 40]),
            "surname": random.choice(["Doe", "Roe"]),
            "phones": maybe([["+1804"], ["+1804", "+1805"]]),
            "address_line": maybe(["1 MAIN ST"]),
            "household_protected": random.random() < 0.3,
        }),
        "incident": rows("incident_key", incidents, lambda _: {
            "occurred_on": random.choice(DAYS), "location_key": maybe(places),
        }),
        "location": rows("location_key", places, lambda _: {"location_code": "14"}),
        "involvement": rows("involvement_key", people + parties, lambda own: {
            "incident_key": random.choice(incidents),
            "record_key": own if own in people else None,
            "role": random.choice(["victim", "victim", "offender"]),
        }),
        "offense": rows("offense_key", offenses, lambda _: {
            "incident_key": random.choice(incidents), "offense_code": "64A",
        }),
        "victim_offense": rows("victim_offense_key", numbered("victim_offense", 12), lambda _: {
            "involvement_key": random.choice(people),
            "offense_key": random.choice(offenses),
            "incident_key": random.choice(incidents),
        }),
        "relationship": rows("relationship_key", numbered("relationship", 8), lambda _: {
            "incident_key": random.choice(incidents),
            "victim_involvement_key": random.choice(people),
            "offender_involvement_key": maybe(people),
        }),
        "drug_seizure": rows("drug_seizure_key", numbered("seizure", 8), lambda _: {
            "incident_key": maybe(incidents), "drug_code": "H",
        }),
        "placement": rows("placement_key", numbered("placement", 8), lambda _: {
            "record_key": random.choice(people), "facility": "Hillside", "locality_id": "51760",
            "kind": random.choice(["foster", "shelter"]),
        }),
        "enrolment": rows("enrolment_key", numbered("enrolment", 8), lambda _: {
            "record_key": random.choice(people), "school": "Oak High", "locality_id": "51760",
        }),
        "absence": rows("absence_key", numbered("absence", 8), lambda _: {
            "record_key": random.choice(people),
            "enrolment_key": random.choice(numbered("enrolment", 8)),
            "kind": random.choice(["excused", "unexcused"]),
        }),
        "court_charge": rows("court_charge_key", numbered("charge", 8), lambda _: {
            "record_key": random.choice(people), "incident_key": maybe(incidents),
            "statute": "18.2-57", "filed_on": random.choice(DAYS),
        }),
        "court_order": rows("court_order_key", numbered("order", 10), lambda _: {
            "petitioner_key": maybe(people), "respondent_key": random.choice(people),
            "child_key": maybe(people), "kind": "custody", "issued_on": random.choice(DAYS),
            "about_child": random.random() < 0.7,
        }),
        "medical_visit": rows("medical_visit_key", numbered("visit", 10), lambda _: {
            "record_key": random.choice(people), "visited_on": random.choice(DAYS),
            "screening_result": random.choice(["none", "likely", None]), "complaint": "assault",
        }),
        "service": rows("service_key", numbered("service", 4), lambda _: {
            "kind": "shelter", "phone": random.choice(["+1", "+2"]), "name": "Dogwood House",
        }),
        "referral": rows("referral_key", numbered("referral", 10), lambda _: {
            "record_key": maybe(people), "service_key": random.choice(numbered("service", 4)),
            "referred_on": random.choice(DAYS), "release": random.choice(["none", "police"]),
            "outcome": random.choice(["engaged", None]),
        }),
        "contact_point": rows("contact_mention_key", numbered("mention", 12), lambda _: {
            "contact_point_key": random.choice(numbered("contact_point", 3)),
            "kind": random.choice(["phone", "address"]), "value": random.choice(["+1", "+2"]),
            "record_key": maybe(people), "incident_key": maybe(incidents),
        }),
    }  # fmt: skip


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Policy]:
    folder = tmp_path_factory.mktemp("strict")
    (folder / "views.yaml").write_text(STRICT_VIEWS)
    (folder / "nibrs.yaml").write_text(STRICT)
    return {"strict": load_policy(folder, ON)} | dict.fromkeys(shipped().views, shipped())


def project(
    rows: Rows, view: str, policy: Policy
) -> tuple[dict[str, bytes], dict[str, set[str | None]]]:
    """Both halves' bytes, and by table the record keys of the rows that are shown."""
    with tempfile.TemporaryDirectory() as folder:
        projection = Projection(Path(folder), rows, view, policy)
        seen = {
            table: set(from_view([row[BY_NAME[table].key[0]] for row in rows_of(made)], VIEW_KEY))
            for table in rows
            if (made := projection.shown / f"{table}.parquet").exists()
        }
        return projection.bytes_of(), seen


def removing_hidden_rows_changes(seed: int, view: str, policy: Policy) -> list[str]:
    """The files that change when some, or all, of the rows outside the view are removed."""
    random = Random(seed)  # noqa: S311 - a drawn world, no secret
    rows = drawn_world(random)
    bytes_with, seen = project(rows, view, policy)
    part = random.choice([0.5, 1.0])
    without = {
        table: [
            row
            for row in of_table
            if row[BY_NAME[table].key[0]] in seen[table] or random.random() > part
        ]
        for table, of_table in rows.items()
    }
    assert without != rows, "the drawn world hides nothing from the view"
    bytes_without, _ = project(without, view, policy)
    return [name for name in bytes_with if bytes_with[name] != bytes_without[name]]


# Few and large worlds: a projection takes about two seconds whatever its size, and a smaller
# counterexample is not worth minutes.
FEW = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@settings(FEW, max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_hidden_rows_leave_no_trace_where_rows_depend_on_rows(
    policies: dict[str, Policy], seed: int
) -> None:
    assert removing_hidden_rows_changes(seed, "strict", policies["strict"]) == []


@pytest.mark.parametrize("view", ["investigation", "services", "analysis"])
@settings(FEW, max_examples=2)
@given(seed=st.integers(0, 2**32))
def test_hidden_rows_leave_no_trace_in_the_shipped_views(
    policies: dict[str, Policy], view: str, seed: int
) -> None:
    assert removing_hidden_rows_changes(seed, view, policies[view]) == []


@settings(FEW, max_examples=3)
@given(seed=st.integers(0, 2**32))
def test_a_view_is_the_same_on_any_day_until_a_row_may_be_kept_no_longer(seed: int) -> None:
    rows = drawn_world(Random(seed))  # noqa: S311 - a drawn world, no secret

    def on(day: date) -> tuple[dict[str, bytes], date | None]:
        with tempfile.TemporaryDirectory() as folder:
            policy = load_policy(SHIPPED, day)
            projection = Projection(Path(folder), rows, "investigation", policy)
            return projection.bytes_of(), projection.kept_until

    held, last = on(ON)
    assert last is not None
    assert ON <= last < date(2033, 12, 31), "the drawn world has nothing that falls due"
    assert on(last) == (held, last)
    later, next_last = on(last + timedelta(days=1))
    assert later != held
    assert next_last is not None
    assert next_last > last
