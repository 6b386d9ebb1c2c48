"""The two supplements that the state sends with its NIBRS year: names, and places of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.chance import Bools, choose, pick, texts
from demo.files.writing import write_csv
from demo.seen.recording import Habits
from demo.seen.spelling import handle_form, phone_form, plate_form

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

NIBRS_HABITS: Final = {
    "V": Habits(upper_case=True, nickname=0.04, also_known_as=0.06, birth_missing=0.05,
                ethnicity_missing=0.35, race_missing=0.186),
    "O": Habits(upper_case=True, nickname=0.12, misspelt=0.08, also_known_as=0.3,
                birth_missing=0.22, birth_year_only=0.06, address_missing=0.45,
                phone_missing=0.6, middle_missing=0.6, ethnicity_missing=0.262, race_missing=0.127),
    "A": Habits(upper_case=True, nickname=0.02, misspelt=0.03, also_known_as=0.25,
                birth_missing=0.005, birth_year_only=0.002, birth_swapped=0.01,
                birth_slipped=0.012, address_missing=0.06, phone_missing=0.5,
                middle_missing=0.15, ethnicity_missing=0.186, race_missing=0.083),
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
    order = np.argsort(numbers.incident_id, kind="stable")
    rows = order[in_year[order]]
    n = len(rows)
    locality = incidents.ints("locality")[rows]
    columns = {
        "incident_id": numbers.incident_id[rows],
        "ori": numbers.ori[rows],
        "incident_number": numbers.incident_number[rows],
        "place_name": texts([""] * n),
        "address": geography.address_lines(rng, n),
        "city": geography.cities(locality),
        "zip": geography.zip_codes(locality, rng.integers(8, size=n)),
        "fips": choose(rng.random(n) < 0.03, "", geography.fips[locality]),
        "latitude": texts([""] * n),
        "longitude": texts([""] * n),
    }
    place, home_of = incidents.ints("place")[rows], incidents.ints("home_of")[rows]
    at_place = place >= 0
    places = {name: geography.places.values(name) for name in geography.places.names}
    for name, of in (("place_name", "name"), ("address", "line"), ("city", "city"), ("zip", "zip")):
        columns[name][at_place] = places[of][place[at_place]]
    for name, of in (("latitude", "lat"), ("longitude", "lon")):
        columns[name][at_place] = [f"{value:.5f}" for value in places[of][place[at_place]]]
    for i in np.flatnonzero(at_place & (rng.random(n) < 0.12)).tolist():
        written = str(columns["place_name"][i])
        columns["place_name"][i] = pick(rng, (written.upper(), written.replace("Motel", "Mtl"), ""))
    home = people.address(np.maximum(home_of, 0), incidents.ints("day")[rows])
    at_home = ~at_place & (home_of >= 0)
    here = at_home & (people.address_locality[home] == locality)
    for name, values in (
        ("address", people.address_line), ("city", people.address_city), ("zip", people.address_zip)
    ):  # fmt: skip
        columns[name][here] = values[home[here]]
    columns["address"][~at_place & ~at_home & (rng.random(n) < 0.1)] = ""
    write_csv(folder / "INCIDENT_SUPPLEMENT.csv", columns)
