"""Juvenile justice's intakes, one JSON object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.chance import happens, stream, texts
from demo.files.deliveries import Columns, Feed, Mistakes, deliver, some_rows, void
from demo.files.writing import iso
from demo.households import NEVER
from demo.seen.recording import Habits, see
from demo.seen.spelling import mistyped_birth, phone_form

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

HABITS: Final = Habits(
    nickname=0.05, misspelt=0.035, also_known_as=0.4, birth_missing=0.01, birth_swapped=0.008,
    address_missing=0.08, phone_missing=0.3,
)  # fmt: skip


def write_juvenile_justice(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write one file a year, and its updates; returns the number of intakes."""
    rng = stream(setting.settings.seed, "juvenile justice file")
    history, people, geography = setting.history, setting.people, setting.geography
    intakes = history.intakes
    person, day = intakes.ints("person"), intakes.ints("day")
    seen = see(setting, rng, person, day, HABITS, intakes.ints("alias"))
    days, releases = iso(day), iso(intakes.ints("release"))
    order = np.argsort(numbers.intake_id, kind="stable")
    wrong_birth = mistyped_birth(rng, seen.birth, str)
    lines: dict[str, list[str]] = {
        "row": [], "wrong": [], "mistake": [], "expunged": [],
    }  # fmt: skip
    for i in order.tolist():
        address = int(seen.address[i])
        phone = phone_form(rng, str(seen.phone[i]))
        row: dict[str, Any] = {
            "intake_id": numbers.intake_id[i],
            "record_status": "active",
            "juvenile": {
                "id": _juvenile_id(rng, int(person[i]), intakes.get("alias", i), i),
                "name": {
                    "first": seen.given[i],
                    "middle": seen.middle[i] or None,
                    "last": seen.surname[i],
                    "suffix": seen.suffix[i] or None,
                },
                "dob": seen.birth[i] or None,
                "sex": seen.sex[i] or None,
                "race": seen.race[i] or None,
                "aliases": [name for name in str(seen.aliases[i]).split(";") if name],
            },
            "intake_date": days[i],
            "fips": geography.fips[intakes.get("locality", i)],
            "offense_code": intakes.get("code", i),
            "detained": bool(intakes.get("detained", i)),
            "facility": intakes.get("facility", i) or None,
            "release_date": releases[i] if intakes.get("release", i) < NEVER else None,
            "release_reason": intakes.get("reason", i) or None,
            "phones": [phone] if phone else [],
            "address": {
                "line": seen.line[i] or None,
                "city": seen.city[i] or None,
                "zip": seen.zip[i] or None,
                "fips": geography.fips[people.address_locality[address]] if address >= 0 else None,
            },
        }
        lines["row"].append(json.dumps(row, ensure_ascii=False))
        as_mistake = {**row, "intake_id": void(str(numbers.intake_id[i]))}
        lines["mistake"].append(json.dumps(as_mistake, ensure_ascii=False))
        as_mistake["record_status"] = "expunged"
        lines["expunged"].append(json.dumps(as_mistake, ensure_ascii=False))
        row["juvenile"]["dob"] = wrong_birth[i] or None
        lines["wrong"].append(json.dumps(row, ensure_ascii=False))
    chosen = some_rows(len(intakes), rng)
    feed = Feed(
        columns={"line": texts(lines["row"])},
        known=day[order],
        wrong={"line": texts(lines["wrong"])},
        mistakes=Mistakes(
            sent={"line": texts(lines["mistake"])[chosen]},
            taken_back={"line": texts(lines["expunged"])[chosen]},
            known=day[order][chosen],
        ),
    )
    deliver(feed, folder, "intakes", ".jsonl", _write, rng, setting.settings.last_day)
    return len(intakes)


def _write(path: Path, columns: Columns) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(columns["line"]) + "\n", encoding="utf-8", newline="\n")


def _juvenile_id(rng: np.random.Generator, person: int, alias: int, intake: int) -> str:
    """The department's number of the child; a new one under a false name, at times by oversight."""
    if alias >= 0 or happens(rng, 0.06):
        return f"D{9_000_000 + intake * 3}"
    return f"D{person * 7919 % 8_999_993:07d}"
