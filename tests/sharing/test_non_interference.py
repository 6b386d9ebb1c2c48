"""What a view does not hold leaves no trace in it.

Drawn records, shipped agreements: whatever is not in the view is removed from the records, all of
it or any part, and both halves must come out byte for byte the same.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest.contracts.tables import BY_NAME
from runs.keys import from_view
from tests.factories import key, rows_of
from tests.sharing.worlds import VIEW_KEY, Projection, Rows, shipped

FEEDS = ("nibrs", "hotline", "social-services", "juvenile-justice", "clearinghouse", "forensic-lab")
PEOPLE = [key("person", "x", str(n)) for n in range(24)]
INCIDENTS = [key("incident", "x", str(n)) for n in range(9)]
DAYS = st.sampled_from([date(1995, 5, 5), date(2024, 2, 29), date(2025, 7, 1)])
feeds = st.sampled_from(FEEDS)


def maybe(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


def rows_for(
    own: str, keys: list[str], **columns: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    row = st.fixed_dictionaries({own: st.sampled_from(keys), "feed": feeds, **columns})
    return st.lists(
        row, min_size=len(keys) // 2, max_size=len(keys), unique_by=lambda made: made[own]
    )


WORLDS = st.fixed_dictionaries(
    {
        "person_record": rows_for(
            "record_key", PEOPLE,
            role=st.sampled_from(["victim", "offender"]),
            incident_key=maybe(INCIDENTS),
            observed_on=DAYS,
            age_high_years=st.none() | st.sampled_from([15, 40]),
            surname=st.sampled_from(["Doe", "Roe"]),
            phones=st.sampled_from([None, ["+1804"], ["+1804", "+1805"]]),
            address_line=st.sampled_from(["1 MAIN ST", None]),
            household_protected=st.booleans(),
        ),
        "incident": rows_for(
            "incident_key", INCIDENTS, occurred_on=DAYS,
            location_key=maybe([key("location", "x")]),
        ),
        "location": rows_for("location_key", [key("location", "x")]),
        "involvement": rows_for(
            "involvement_key", [*PEOPLE, key("society", "x")],
            incident_key=st.sampled_from(INCIDENTS),
            record_key=maybe(PEOPLE),
            role=st.sampled_from(["victim", "offender"]),
        ),
        "offense": rows_for(
            "offense_key", [key("offense", str(n)) for n in range(10)],
            incident_key=st.sampled_from(INCIDENTS), offense_code=st.just("64A"),
        ),
        "relationship": rows_for(
            "relationship_key", [key("relationship", str(n)) for n in range(8)],
            incident_key=st.sampled_from(INCIDENTS),
            victim_involvement_key=st.sampled_from(PEOPLE),
            offender_involvement_key=maybe(PEOPLE),
        ),
        "drug_seizure": rows_for(
            "drug_seizure_key", [key("seizure", "1")], incident_key=maybe(INCIDENTS)
        ),
        "placement": rows_for(
            "placement_key", [key("placement", str(n)) for n in range(8)],
            record_key=st.sampled_from(PEOPLE), facility=st.just("Hillside"),
            kind=st.sampled_from(["foster", "shelter"]), locality_id=st.just("51760"),
        ),
        "contact_point": rows_for(
            "contact_mention_key", [key("mention", str(n)) for n in range(12)],
            contact_point_key=st.sampled_from([key("contact_point", str(n)) for n in range(2)]),
            kind=st.sampled_from(["phone", "address"]), value=st.sampled_from(["+1804", "+1805"]),
            record_key=maybe(PEOPLE), incident_key=maybe(INCIDENTS),
        ),
    }
)  # fmt: skip


def project(rows: Rows, view: str) -> tuple[dict[str, bytes], dict[str, set[str | None]]]:
    """Both halves' bytes, and by table the record keys of the rows that are shown."""
    with tempfile.TemporaryDirectory() as folder:
        projection = Projection(Path(folder), rows, view, shipped())
        seen = {
            table: set(from_view([row[BY_NAME[table].key[0]] for row in rows_of(made)], VIEW_KEY))
            for table in rows
            if (made := projection.shown / f"{table}.parquet").exists()
        }
        return projection.bytes_of(), seen


@pytest.mark.parametrize("view", ["investigation", "services", "analysis"])
@settings(
    # Few and large worlds: a projection takes two seconds whatever its size, and a smaller
    # counterexample is not worth minutes.
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rows=WORLDS, kept=st.integers(0, 2**16))
def test_hidden_rows_leave_no_trace(view: str, rows: Rows, kept: int) -> None:
    bytes_with, seen = project(rows, view)
    hidden = [
        (table, position)
        for table, of_table in rows.items()
        for position, row in enumerate(of_table)
        if row[BY_NAME[table].key[0]] not in seen[table]
    ]
    gone = {where for n, where in enumerate(hidden) if not kept >> (n % 16) & 1} or set(hidden)
    without = {
        table: [row for position, row in enumerate(of_table) if (table, position) not in gone]
        for table, of_table in rows.items()
    }

    bytes_without, _ = project(without, view)

    changed = [name for name in bytes_with if bytes_with[name] != bytes_without[name]]
    assert not changed, f"removing hidden rows changed {changed}"
