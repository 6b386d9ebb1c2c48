"""The service directory: its services, one list a year, and the year's referrals with updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Ints, Texts, choose, stream, texts
from demo.files.deliveries import Feed, deliver, mistakes
from demo.files.writing import american, american_text, write_csv
from demo.seen.recording import Habits, see
from demo.seen.spelling import misspelt, mistyped_birth, phone_form

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

HABITS: Final = Habits(
    nickname=0.1, misspelt=0.05, names_swapped=0.008, birth_missing=0.16, birth_year_only=0.05,
    sex_missing=0.04, address_missing=0.35, address_stale=0.05, phone_missing=0.3,
    also_known_as=0.0, keeps_accents=0.5,
)  # fmt: skip
SEXES: Final = {"F": "Female", "M": "Male", "": "Unknown"}
ENTERED_LATE_DAYS: Final = 25
"""Referrals are entered within so many days: after the year's end they stand in the next file."""


def released(setting: Setting) -> Ints:
    """Referrals whose client signed a release: only these name somebody."""
    return np.flatnonzero(setting.history.referrals.values("release") != "None")


def service_ids(setting: Setting) -> Texts:
    """The directory's number of each service."""
    return texts([f"SV{i:04d}" for i in range(1, len(setting.history.services) + 1)])


def write_service_directory(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write the services and the referrals; returns the number of clients who are named."""
    _write_services(setting, folder)
    _write_referrals(setting, numbers, folder)
    return len(released(setting))


def _write_services(setting: Setting, folder: Path) -> None:
    """One list a year; a number was wrong in the first, a service closed after it."""
    rng = stream(setting.settings.seed, "services file")
    services, geography = setting.history.services, setting.geography
    locality = services.ints("locality")
    hidden = services.values("confidential").astype(bool)
    columns = {
        "Svc ID": service_ids(setting),
        "Svc Name": services.values("name"),
        "Svc Type": services.values("kind"),
        "County FIPS": geography.fips[locality],
        "Main Phone": texts([phone_form(rng, str(v)) for v in services.values("phone")]),
        "Street": choose(hidden, "", services.values("line")),
        "Town": texts([geography.city(i) for i in locality.tolist()]),
        "ZIP": choose(hidden, "", services.values("zip")),
        "Location Confidential": choose(hidden, "Y", "N"),
        "Listing": texts(["Open"] * len(services)),
    }
    # A service that no referral names: it stood in the first list only.
    gone = {name: values[:1].copy() for name, values in columns.items()}
    gone["Svc ID"][0], gone["Svc Name"][0] = f"SV{len(services) + 1:04d}", "Old Mill Night Shelter"
    first, count = setting.settings.first_year, setting.settings.years
    for year in range(first, first + count):
        listed = {name: values.copy() for name, values in columns.items()}
        if year == first and count > 1:
            wrong = int(rng.integers(len(services)))
            listed["Main Phone"][wrong] = str(listed["Main Phone"][wrong])[:-1]
        gone["Listing"][0] = "Open" if year == first else "Closed"
        lines = {name: np.concatenate([values, gone[name]]) for name, values in listed.items()}
        write_csv(folder / f"services_{year}.csv", lines)


def _write_referrals(setting: Setting, numbers: Numbers, folder: Path) -> None:
    rng = stream(setting.settings.seed, "referrals file")
    history, people = setting.history, setting.people
    referrals = history.referrals
    person, day, alias = (referrals.ints(name) for name in ("person", "day", "alias"))
    service, decided = referrals.ints("service"), referrals.ints("decided")
    n, last = len(person), setting.settings.last_day
    seen = see(setting, rng, person, day, HABITS, alias)
    named = referrals.values("release") != "None"
    entered = np.minimum(day + rng.integers(0, ENTERED_LATE_DAYS + 1, n), last)
    birth = choose(named, seen.birth, "")
    said = people.age(person, day) + rng.integers(-1, 2, n) * (rng.random(n) < 0.2)
    phone = choose(referrals.values("gives_theirs"), history.services.values("phone")[service],
                   seen.phone)  # fmt: skip
    columns = {
        "Referral No": numbers.referral_no,
        "Date Referred": american(day),
        "Date Entered": american(entered),
        "Svc ID": service_ids(setting)[service],
        "Ref Party": referrals.values("by"),
        "Release on File": referrals.values("release"),
        "Client Last": choose(named, seen.surname, ""),
        "Client First": choose(named, seen.given, ""),
        "Client DOB": texts([american_text(str(each)) for each in birth]),
        "Client Age": choose(named & ~birth.astype(bool), texts(np.maximum(said, 0)), ""),
        "Client Sex": texts([SEXES[str(sex)] for sex in seen.sex]),
        "Client Phone": choose(named, texts([phone_form(rng, str(v)) for v in phone]), ""),
        "Client ZIP": choose(named, seen.zip, ""),
        "Outcome": referrals.values("outcome"),
        "Outcome Date": american(decided),
        "Entry Status": texts(["Entered"] * n),
    }
    order = np.argsort(numbers.referral_no.astype(str), kind="stable")
    ordered = {name: values[order] for name, values in columns.items()}
    feed = Feed(
        columns=ordered,
        known=entered[order],
        changed=np.where(decided <= last, np.maximum(decided, entered), -1)[order],
        before={"Outcome": "", "Outcome Date": ""},
        wrong={
            "Client Last": misspelt(rng, ordered["Client Last"]),
            "Client DOB": mistyped_birth(rng, birth[order], american_text),
        },
        mistyped={"Date Referred": "13/45/2024"},
        mistakes=mistakes(ordered, entered[order], "Referral No", "Entry Status", "Void", rng),
    )
    deliver(feed, folder, "referrals", ".csv", write_csv, rng, last)
