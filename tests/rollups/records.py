"""Records for tests of counts: incidents with victims, offenders and arrests, months reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.factories import key, write_rows

if TYPE_CHECKING:
    from pathlib import Path

FAIRFAX = "51059"
ARLINGTON = "51013"
RICHMOND_CITY = "51760"
HENRICO = "51087"


@dataclass
class World:
    """Rows by table, to be written with ``write``."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)

    def incident(
        self,
        codes: str | tuple[str, ...] = "64A",
        locality: str | None = FAIRFAX,
        on: date | None = date(2024, 3, 5),
        *,
        kind: str = "incident",
        feed: str = "nibrs",
        ages: tuple[int | None, ...] = (16,),
        relationship: str | None = None,
        location_code: str | None = "14",
        arrested_for: tuple[str, ...] = (),
        known_offenders: int = 1,
        drugs: tuple[str, ...] = (),
    ) -> str:
        number = str(len(self.rows.get("incident", ())))
        incident = key("incident", feed, number)
        self.add(
            "incident", incident_key=incident, kind=kind, occurred_on=on, feed=feed,
            locality_id=locality,
        )  # fmt: skip
        offenses = []
        for code in (codes,) if isinstance(codes, str) else codes:
            offense = key("offense", incident, code)
            offenses.append(offense)
            self.add(
                "offense", offense_key=offense, incident_key=incident, offense_code=code,
                location_code=location_code, feed=feed,
            )  # fmt: skip
        for sequence in range(known_offenders):
            self._party(incident, "offender", sequence + 1, 30, feed, on)
        if not known_offenders:
            self.add(
                "involvement", involvement_key=key("o", incident), incident_key=incident,
                role="offender", sequence=0, party_type="U", feed=feed,
            )  # fmt: skip
        for sequence, age in enumerate(ages):
            victim = self._party(incident, "victim", sequence + 1, age, feed, on)
            for offense in offenses:
                self.add(
                    "victim_offense", victim_offense_key=key(victim, offense), feed=feed,
                    involvement_key=victim, offense_key=offense, incident_key=incident,
                )  # fmt: skip
            if relationship and known_offenders:
                self.add(
                    "relationship", relationship_key=key("r", victim), incident_key=incident,
                    victim_involvement_key=victim, relationship_code=relationship, feed=feed,
                    offender_involvement_key=key("person", incident, "offender", "1"),
                )  # fmt: skip
        for sequence, code in enumerate(arrested_for):
            self.add(
                "arrest", arrest_key=key("arrest", incident, str(sequence)), feed=feed,
                incident_key=incident, arrested_on=on, offense_code=code, multiple_indicator="N",
            )  # fmt: skip
        for sequence, drug in enumerate(drugs):
            self.add(
                "drug_seizure", drug_seizure_key=key("drug", incident, str(sequence)), feed=feed,
                incident_key=incident, drug_code=drug, confirmed=False,
            )  # fmt: skip
        return incident

    def _party(
        self, incident: str, role: str, sequence: int, age: int | None, feed: str, on: date | None
    ) -> str:
        made = key("person", incident, role, str(sequence))
        self.add(
            "person_record", record_key=made, role=role, incident_key=incident, feed=feed,
            age_low_years=age, age_high_years=age, sex="F", observed_on=on,
        )  # fmt: skip
        self.add(
            "involvement", involvement_key=made, incident_key=incident, record_key=made, role=role,
            sequence=sequence, party_type="I", feed=feed,
        )  # fmt: skip
        return made

    def episode(
        self,
        entered: date,
        found: date | None = None,
        locality: str | None = FAIRFAX,
        exit_reason: str | None = None,
    ) -> None:
        number = str(len(self.rows.get("missing_episode", ())))
        self.add(
            "missing_episode", episode_key=key("episode", number), missing_from_on=entered,
            found_on=found, last_seen_locality_id=locality, exit_reason=exit_reason,
            feed="clearinghouse",
        )  # fmt: skip

    def reports(
        self, agency: str, locality: str, year: int = 2024, *, missing: tuple[int, ...] = ()
    ) -> None:
        for month in range(1, 13):
            self.add(
                "reporting_month", reporting_month_key=key("month", agency, str(year), str(month)),
                agency=agency, locality_id=locality, month=date(year, month, 1),
                reported=month not in missing, feed="nibrs",
            )  # fmt: skip

    def write(self, folder: Path) -> Path:
        for table, rows in self.rows.items():
            write_rows(folder, table, rows)
        return folder
