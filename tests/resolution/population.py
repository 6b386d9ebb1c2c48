"""A small made-up population with families and errors, and who is who."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from tests.resolution.people import Row, record

_GIVEN = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Betty "
    "Aisha Richard Susan Joseph Jessica Thomas Karen Carlos Nancy Daniel Lisa Wei Matthew Kofi"
)
_SURNAMES = (
    "Smith Johnson Okafor Brown Garcia Miller Davis Nguyen Martinez Hernandez Lopez Patel Wilson "
    "Andersen Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark "
    "Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Hill Flores Haddad"
)
GIVEN, SURNAMES = _GIVEN.split(), _SURNAMES.split()
STREETS = ("LAUREL AVE", "ELM ST", "CHURCH ST", "RIVER RD", "DOGWOOD LN", "COLLEGE DR")


def _misspelt(chance: random.Random, name: str) -> str:
    at = chance.randrange(1, len(name) - 1)
    swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return chance.choice((swapped, name[:at] + name[at + 1 :]))


def population(*, seed: int, people: int) -> tuple[list[Row], dict[str, str]]:
    """Records of ``people`` people in households, and from record key to person."""
    chance = random.Random(seed)  # noqa: S311 - chance, not secrets
    rows: list[Row] = []
    truth: dict[str, str] = {}
    home: dict[str, Any] = {}
    surname = ""
    for person in range(people):
        if person % 3 == 0:
            surname = chance.choice(SURNAMES)
            home = {
                "address_line": f"{chance.randrange(1, 9900)} {chance.choice(STREETS)}",
                "zip": f"2{chance.randrange(3000, 4700)}",
            }
        given = chance.choice(GIVEN)
        born = date(1960, 1, 1) + timedelta(days=chance.randrange(20000))
        phone = f"+1804555{chance.randrange(10000):04d}"
        for number in range(chance.randrange(1, 5)):
            values: Row = {"given_name": given, "surname": surname, "birth_date": born}
            if chance.random() < 0.2:
                values["given_name"] = _misspelt(chance, given)
            if chance.random() < 0.2:
                values["surname"] = _misspelt(chance, surname)
            if chance.random() < 0.15:
                values["birth_date"], values["birth_year"] = None, born.year
            if chance.random() < 0.6:
                values |= home
            if chance.random() < 0.4:
                values["phones"] = [phone]
            values["sex"] = "F" if hash_of(given) else "M"
            row = record(f"{person}/{number}", **values)
            rows.append(row)
            truth[row["record_key"]] = str(person)
    return rows, truth


def hash_of(name: str) -> bool:
    return name[-1] in "aehyn"
