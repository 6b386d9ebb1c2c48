"""The two supplements that the state sends with its NIBRS year: names, and places of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.chance import Bools, happens, pick
from demo.files.writing import write_csv
from demo.seen.recording import Habits
from demo.seen.spelling import handle_form, phone_form, plate_form

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

NIBRS_HABITS: Final = {
    "V": Habits(upper_case=True, nickname=0.04, also_known_as=0.06, birth_missing=0.05,
                ethnicity_missing=0.22, race_missing=0.06),
    "O": Habits(upper_case=True, nickname=0.12, misspelt=0.08, also_known_as=0.3,
                birth_missing=0.22, birth_year_only=0.06, address_missing=0.45,
                phone_missing=0.6, middle_missing=0.6, ethnicity_missing=0.3, race_missing=0.09),
    "A": Habits(upper_case=True, nickname=0.02, misspelt=0.03, also_known_as=0.25,
                birth_missing=0.005, birth_year_only=0.002, birth_swapped=0.01,
                birth_slipped=0.012, address_missing=0.06, phone_missing=0.5,
                middle_missing=0.15, ethnicity_missing=0.15, race_missing=0.03),
}  # fmt: skip
SEQUENCES: Final = {"V": "victim_seq", "O": "offender_seq", "A": "arrestee_seq"}
CARRIES: Final = {"V": (0.0, 0.12), "O": (0.12, 0.06), "A": (0.15, 0.06)}
"""Share of records with the person's own plate and own handle, by role."""


def write_names(
    setting: Setting,
    numbers: Numbers,
    mentions: dict[str, Any],
    in_year: Bools,
    folder: Path,
    rng: np.random.Generator,
) -> None:
    """NAME_SUPPLEMENT.csv: the people whom the police named."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            "incident_id", "person_type", "seq_num", "last_name", "first_name", "middle_name",
            "suffix", "aliases", "date_of_birth", "address", "city", "zip", "phone", "plate",
            "handle",
        )
    }  # fmt: skip
    people = setting.people
    for role, found in mentions.items():
        at = np.flatnonzero(found.named[found.rows] & in_year[found.incident[found.rows]])
        rows, seen, table = found.rows[at], found.seen, found.table
        person = found.person[rows]
        own_plate = np.where(rng.random(len(at)) < CARRIES[role][0], people.plate[person], "")
        own_handle = np.where(rng.random(len(at)) < CARRIES[role][1], people.handle[person], "")
        contact = {
            name: np.where(table.values(name)[rows] != "", table.values(name)[rows], own)
            for name, own in (
                ("phone", seen.phone[at]), ("plate", own_plate), ("handle", own_handle)
            )
        }  # fmt: skip
        form = {"phone": phone_form, "plate": plate_form, "handle": handle_form}
        for name, values in contact.items():
            columns[name] += [form[name](rng, str(value)) for value in values]
        columns["incident_id"] += numbers.incident_id[found.incident[rows]].tolist()
        columns["person_type"] += [role] * len(at)
        columns["seq_num"] += getattr(numbers, SEQUENCES[role])[rows].tolist()
        for name, values in (
            ("last_name", seen.surname), ("first_name", seen.given),
            ("middle_name", seen.middle), ("suffix", seen.suffix), ("aliases", seen.aliases),
            ("date_of_birth", seen.birth), ("address", seen.line), ("city", seen.city),
            ("zip", seen.zip),
        ):  # fmt: skip
            columns[name] += values[at].tolist()
    order = np.argsort(np.array(columns["incident_id"]), kind="stable").tolist()
    write_csv(
        folder / "NAME_SUPPLEMENT.csv",
        {name: [values[i] for i in order] for name, values in columns.items()},
    )


def write_incident_places(
    setting: Setting,
    numbers: Numbers,
    in_year: Bools,
    folder: Path,
    rng: np.random.Generator,
) -> None:
    """INCIDENT_SUPPLEMENT.csv: number, agency and place of every incident."""
    incidents, geography, people = setting.history.incidents, setting.geography, setting.people
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            "incident_id", "ori", "incident_number", "place_name", "address", "city", "zip",
            "fips", "latitude", "longitude",
        )
    }  # fmt: skip
    order = np.argsort(numbers.incident_id, kind="stable")
    for row in order[in_year[order]].tolist():
        locality = incidents.get("locality", row)
        place, home_of = incidents.get("place", row), incidents.get("home_of", row)
        name, where = "", ("", "")
        line, city = geography.address_line(rng), geography.city(locality).upper()
        code = geography.zip_code(locality, int(rng.integers(8)))
        if place >= 0:
            places = geography.places
            name, line = str(places.get("name", place)), places.get("line", place)
            city, code = places.get("city", place), places.get("zip", place)
            where = (f"{places.get('lat', place):.5f}", f"{places.get('lon', place):.5f}")
            if happens(rng, 0.12):
                name = pick(rng, (name.upper(), name.replace("Motel", "Mtl"), ""))
        elif home_of >= 0:
            home = people.address_on(home_of, incidents.get("day", row))
            if people.address_locality[home] == locality:
                line, city = str(people.address_line[home]), str(people.address_city[home])
                code = str(people.address_zip[home])
        elif happens(rng, 0.1):
            line = ""
        columns["incident_id"].append(int(numbers.incident_id[row]))
        columns["ori"].append(numbers.ori[row])
        columns["incident_number"].append(numbers.incident_number[row])
        columns["place_name"].append(name)
        columns["address"].append(line)
        columns["city"].append(city)
        columns["zip"].append(code)
        columns["fips"].append("" if happens(rng, 0.03) else geography.fips[locality])
        columns["latitude"].append(where[0])
        columns["longitude"].append(where[1])
    write_csv(folder / "INCIDENT_SUPPLEMENT.csv", columns)
