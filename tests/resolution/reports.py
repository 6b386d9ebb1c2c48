"""Reports for these tests, written through the production table writer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from resolution.contracts import MEMBERSHIP
from resolution.incidents.resolve import IncidentSummary, resolve_incidents
from runs.home import ViewFolder
from tests.factories import key, rows_of, write_rows
from tests.resolution.people import ALL_COLUMNS, VIEW_KEY

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


@dataclass
class Reports:
    """Rows of a view, by table; ``report`` adds one report with its offense and parties."""

    incidents: list[Row] = field(default_factory=list)
    offenses: list[Row] = field(default_factory=list)
    locations: dict[str, Row] = field(default_factory=dict)
    people: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)

    def report(
        self,
        name: str,
        *,
        feed: str = "state",
        ori: str = "VA01",
        code: str | None = "13A",
        persons: tuple[str, ...] = (),
        place: str | None = None,
        **values: Any,
    ) -> str:
        """The report's key. ``persons``: whom its parties are, resolved already."""
        at = {"occurred_on": date(2024, 5, 3), "occurred_hour": 22, "locality_id": "51087"}
        report = key("incident", feed, name)
        location = None if place is None else key("location", place)
        row = {"incident_key": report, "kind": "incident", "feed": feed, "agency_id": ori,
               "location_key": location}  # fmt: skip
        self.incidents.append(row | at | values)
        if place is not None and location is not None:
            self.locations[location] = {
                "location_key": location, "name": place, "locality_id": "51087", "feed": feed
            }  # fmt: skip
        if code is not None:
            self.offenses.append({"offense_key": key("offense", feed, name), "feed": feed,
                                  "incident_key": report, "offense_code": code})  # fmt: skip
        for person in persons:
            record = key("person", feed, name, person)
            self.people.append({"record_key": record, "incident_key": report, "feed": feed,
                                "role": "victim", "given_name": person})  # fmt: skip
            self.members.append({"record_key": record, "person_id": person,
                                 "match_probability": 1.0})  # fmt: skip
        return report

    def copies(self, *names: str, **values: Any) -> list[tuple[str, str]]:
        """Each of the named in the state's files and in a department's; pairs of keys."""
        return [
            (self.report(name, **values), self.report(name, feed="local", **values))
            for name in names
        ]

    def resolve(
        self,
        folder: Path,
        *,
        run_id: str = "r1",
        parent: str | None = None,
        shown: frozenset[str] = ALL_COLUMNS,
        by_year: frozenset[str] = frozenset(),
        view: ViewFolder | None = None,
        decisions: Path | None = None,
    ) -> tuple[ViewFolder, IncidentSummary]:
        """Resolve as one run of one view, else one below ``folder``."""
        view = view or ViewFolder(folder / run_id / "views" / "v", run_id, "v")
        write_rows(view.records, "incident", self.incidents)
        write_rows(view.records, "offense", self.offenses)
        write_rows(view.records, "location", list(self.locations.values()))
        write_rows(view.records, "person_record", self.people)
        write_rows(view.persons, MEMBERSHIP, self.members)
        summary = resolve_incidents(
            view.records,
            view,
            folder / "lineage",
            VIEW_KEY,
            run_id,
            shown=shown,
            by_year=by_year,
            parent_run_id=parent,
            scratch=folder / "scratch",
            progress=lambda line: None,
            decisions=decisions,
        )
        return view, summary


def incidents(view: ViewFolder) -> dict[str, str]:
    """Report key to incident id."""
    rows = rows_of(view.persons / "incident_membership.parquet")
    return {row["incident_key"]: row["incident_id"] for row in rows}


def incident_links(view: ViewFolder) -> dict[frozenset[str], Row]:
    return {
        frozenset((row["incident_key_l"], row["incident_key_r"])): row
        for row in rows_of(view.persons / "incident_link.parquet")
    }
