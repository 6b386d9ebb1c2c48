"""The courts' charges and orders: two CSV files a year, parties as LAST, FIRST MIDDLE SUFFIX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Ints, Texts, choose, stream, texts
from demo.files.deliveries import Feed, deliver
from demo.files.writing import american, american_text, write_csv
from demo.households import NEVER
from demo.seen.recording import Habits, Seen, see
from demo.seen.spelling import misspelt, mistyped_birth

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

DEFENDANTS: Final = Habits(
    nickname=0.01, misspelt=0.025, middle_missing=0.2, middle_initial=0.3, birth_missing=0.02,
    birth_year_only=0.01, address_missing=0.06, also_known_as=0.2, upper_case=True,
)  # fmt: skip
PARTIES: Final = Habits(
    nickname=0.03, misspelt=0.035, middle_missing=0.4, middle_initial=0.4, birth_missing=0.08,
    birth_year_only=0.01, sex_missing=0.04, address_missing=0.1, also_known_as=0.0,
    upper_case=True,
)  # fmt: skip
PARTS: Final = ("petitioner", "respondent", "child")


def write_courts(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write both files of each year, and their updates; returns the number of people named."""
    _write_charges(setting, numbers, folder)
    _write_orders(setting, numbers, folder)
    named = sum(len(rows) for _, rows, _ in people_of_orders(setting))
    return len(setting.history.charges) + named


def people_of_orders(setting: Setting) -> list[tuple[str, Ints, Ints]]:
    """For each part its name, the orders that have somebody in it, and who that is."""
    orders = setting.history.orders
    found = []
    for part in PARTS:
        person = orders.ints(part)
        rows = np.flatnonzero(person >= 0)
        found.append((part, rows, person[rows]))
    return found


def _write_charges(setting: Setting, numbers: Numbers, folder: Path) -> None:
    rng = stream(setting.settings.seed, "charges file")
    history, geography = setting.history, setting.geography
    charges, incidents = history.charges, history.incidents
    incident, filed = charges.ints("incident"), charges.ints("filed")
    disposed = charges.ints("disposed")
    # The clerk enters the defendant once a case, however many charges it has.
    _, first, of = np.unique(charges.ints("case"), return_index=True, return_inverse=True)
    person, alias = charges.ints("person")[first], charges.ints("alias")[first]
    seen = see(setting, rng, person, filed[first], DEFENDANTS, alias)
    locality = incidents.ints("locality")[incident]
    agency = incidents.ints("agency")[incident]
    named = rng.random(len(first))[of] < 0.93
    party, birth = _party(seen)[of], seen.birth[of]
    columns = {
        "Case Number": numbers.court_case,
        "Charge No": texts(charges.ints("number")),
        "Court": texts([f"{geography.name[i]} General District Court" for i in locality]),
        "Court FIPS": geography.fips[locality],
        "Filed Date": american(filed),
        "Offense Date": american(incidents.ints("day")[incident]),
        "Arresting ORI": texts([geography.agencies[i].ori for i in agency]),
        "Agency Case Number": choose(named, numbers.incident_number[incident], ""),
        "Defendant": party,
        "AKA": seen.aliases[of],
        "DOB": _american(birth),
        "Sex": seen.sex[of],
        "Race": seen.race[of],
        "Address": seen.line[of],
        "City": seen.city[of],
        "ZIP": seen.zip[of],
        "Code Section": charges.values("statute"),
        "Charge": charges.values("charge"),
        "Class": charges.values("level"),
        "Disposition": charges.values("disposition"),
        "Disposition Date": american(disposed),
    }
    order = np.lexsort((charges.ints("number"), numbers.court_case.astype(str)))
    feed = Feed(
        columns={name: values[order] for name, values in columns.items()},
        known=filed[order],
        changed=np.where(disposed < NEVER, disposed, -1)[order],
        before={"Disposition": "", "Disposition Date": ""},
        wrong={
            "Defendant": misspelt(rng, party[order]),
            "DOB": mistyped_birth(rng, birth[order], american_text),
        },
    )
    deliver(feed, folder, "charges", ".csv", write_csv, rng, setting.settings.last_day)


def _write_orders(setting: Setting, numbers: Numbers, folder: Path) -> None:
    rng = stream(setting.settings.seed, "orders file")
    orders, geography = setting.history.orders, setting.geography
    issued, dissolved = orders.ints("issued"), orders.ints("dissolved")
    locality = orders.ints("locality")
    hidden = orders.values("hidden").astype(bool)
    columns = {
        "Order Number": numbers.order_number,
        "Court": texts(
            [f"{geography.name[i]} Juvenile and Domestic Relations Court" for i in locality]
        ),
        "Court FIPS": geography.fips[locality],
        "Order Type": orders.values("kind"),
        "Issued Date": american(issued),
        "Served Date": american(orders.ints("served")),
        "Expires Date": american(orders.ints("expires")),
        "Dissolved Date": american(dissolved),
        "Custody To": orders.values("custody_to"),
        "Address Confidential": choose(hidden, "Y", "N"),
    }
    for part in PARTS:
        person = orders.ints(part)
        there = person >= 0
        seen = see(setting, rng, np.where(there, person, 0), issued, PARTIES)
        title = part.capitalize()
        columns[title] = choose(there, _party(seen), "")
        columns[f"{title} DOB"] = choose(there, _american(seen.birth), "")
        columns[f"{title} Sex"] = choose(there, seen.sex, "")
        if part != "child":
            # A clerk still types one confidential address in ten into the open columns.
            told = there & (~hidden | (rng.random(len(there)) < 0.1))
            told = there if part == "respondent" else told
            columns[f"{title} Address"] = choose(told, seen.line, "")
            columns[f"{title} City"] = choose(told, seen.city, "")
            columns[f"{title} ZIP"] = choose(told, seen.zip, "")
    order = np.argsort(numbers.order_number.astype(str), kind="stable")
    feed = Feed(
        columns={name: values[order] for name, values in columns.items()},
        known=issued[order],
        changed=np.where(dissolved < NEVER, dissolved, -1)[order],
        before={"Dissolved Date": ""},
        wrong={"Respondent": misspelt(rng, columns["Respondent"][order])},
    )
    deliver(feed, folder, "orders", ".csv", write_csv, rng, setting.settings.last_day)


def _party(seen: Seen) -> Texts:
    """LAST, FIRST MIDDLE SUFFIX, of what is known."""
    parts = zip(seen.surname, seen.given, seen.middle, seen.suffix, strict=True)
    return texts(
        [
            f"{surname}, {' '.join(word for word in (given, middle, suffix) if word)}"
            for surname, given, middle, suffix in parts
        ]
    )


def _american(births: Texts) -> Texts:
    return texts([american_text(str(birth)) for birth in births])
