"""Social services' clients and placements, as a workbook."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import happens, stream
from demo.files.workbook import write_workbook
from demo.households import NEVER
from demo.seen.recording import Habits, see
from demo.seen.spelling import phone_form
from demo.settings import as_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.files.workbook import Cell
    from demo.lives.setting import Setting

HABITS: Final = Habits(
    nickname=0.02, misspelt=0.025, birth_missing=0.02, birth_year_only=0.01, birth_swapped=0.012,
    race_missing=0.08, ethnicity_missing=0.1, address_missing=0.04, address_stale=0.05,
    phone_missing=0.25, keeps_accents=0.8,
)  # fmt: skip
CREATOR: Final = "synthetic data: nobody in it exists"
CLIENT_COLUMNS: Final = (
    "Client ID", "Last Name", "First Name", "Middle Name", "DOB", "Sex", "Race", "Hispanic",
    "Address", "City", "ZIP", "Locality FIPS", "Phone", "Protected Address",
)  # fmt: skip
PLACEMENT_COLUMNS: Final = (
    "Placement ID", "Client ID", "Type", "Facility", "Locality FIPS", "Start Date", "End Date",
    "End Reason",
)  # fmt: skip


def write_social_services(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write the workbook; returns the number of clients."""
    sheets = {"Clients": _clients(setting, numbers), "Placements": _placements(setting, numbers)}
    write_workbook(folder / "clients_and_placements.xlsx", sheets, CREATOR)
    return len(setting.history.clients)


def _clients(setting: Setting, numbers: Numbers) -> Iterator[Sequence[Cell]]:
    rng = stream(setting.settings.seed, "social services file")
    history, people, geography = setting.history, setting.people, setting.geography
    person = history.clients.ints("person")
    seen = see(setting, rng, person, history.clients.ints("day"), HABITS)
    yield CLIENT_COLUMNS
    for i in np.argsort(numbers.client_id, kind="stable").tolist():
        address = int(seen.address[i])
        hispanic = {"H": "Y", "N": "N", "": ""}[str(seen.ethnicity[i])]
        yield (
            numbers.client_id[i], seen.surname[i], seen.given[i], seen.middle[i] or None,
            _birth(rng, str(seen.birth[i])), seen.sex[i] or None, seen.race[i] or None,
            hispanic or None, seen.line[i] or None, seen.city[i] or None, seen.zip[i] or None,
            geography.fips[people.address_locality[address]] if address >= 0 else None,
            phone_form(rng, str(seen.phone[i])) or None,
            "Y" if history.clients.get("protected", i) else "N",
        )  # fmt: skip


def _placements(setting: Setting, numbers: Numbers) -> Iterator[Sequence[Cell]]:
    history, geography = setting.history, setting.geography
    clients_of: dict[int, list[tuple[int, str]]] = {}
    for i, person in enumerate(history.clients.values("person").tolist()):
        entry = (int(history.clients.get("day", i)), str(numbers.client_id[i]))
        clients_of.setdefault(person, []).append(entry)
    placements = history.placements
    yield PLACEMENT_COLUMNS
    for number, row in enumerate(np.argsort(placements.ints("start"), kind="stable").tolist()):
        end = placements.get("end", row)
        yield (
            f"P{number + 700_001:07d}",
            _client_on(clients_of[placements.get("person", row)], placements.get("start", row)),
            placements.get("kind", row),
            placements.get("facility", row) or None,
            geography.fips[placements.get("locality", row)],
            as_date(placements.get("start", row)),
            as_date(end) if end < NEVER else None,
            placements.get("reason", row) or None,
        )


def _client_on(entries: list[tuple[int, str]], day: int) -> str:
    """The number under which the caseworker files: of a person entered twice, the newest then."""
    return max((entry for entry in entries if entry[0] <= day), default=min(entries))[1]


def _birth(rng: np.random.Generator, value: str) -> date | str | None:
    """A date cell; a bare year stays text; one in fifty was typed as text."""
    if len(value) != 10:
        return value or None
    if happens(rng, 0.02):
        return f"{value[5:7]}/{value[8:10]}/{value[:4]}"
    return date.fromisoformat(value)
