"""Search as a person: time, memory and recall on noisy queries made from the truth.

    python -m benchmarks.resolution_search WORLD RECORDS [--view DIR]

WORLD is the folder that holds truth/, RECORDS that of the record tables. Without --view, RECORDS
are resolved first; --view names the folder of a view that was (with persons/), to measure again.

A query is made from what is true of one person, and from what the person's records hold of
contacts and addresses; then it is spoilt as its class says. A hit: one of the first ten persons
holds a record of the person. Prints one JSON object: by class the share of hits (recall), the share
where fewer than ten others weigh strictly more (recall_ties: whoever shares all that was asked for
is as good an answer), and milliseconds of wall and of processor time; then the same for all, the
first search of a process, and the process's memory.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from ingest.contracts.tables import PERSON_RECORD
from resolution.comparisons import GIVEN_AWAY
from resolution.contracts import MEMBERSHIP
from resolution.index import ACCEPTED_MODEL
from resolution.lists import public_lists
from resolution.query import PersonQuery
from resolution.resolve import resolve_view
from resolution.search import SearchAnswer, build_index, find
from runs.home import ViewFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

FIRST: Final = 10
TIES: Final = 50

# One row a person: what is true, and of each contact and address one that a record holds.
_PEOPLE: Final = """
WITH shown AS (
    SELECT t.person_id, m.person_id AS found, s.record_key, s.phones, s.plates,
        s.handles, s.address_line, s.zip, s.locality_id, s.observed_on, s.given_name, s.surname,
        lower(s.surname) IS DISTINCT FROM lower(p.surname) AS other_name
    FROM truth AS t JOIN person AS p USING (person_id) JOIN records AS s USING (record_key)
    JOIN membership AS m USING (record_key)
    WHERE NOT coalesce(t.false_identity, false)
),
held AS (
    SELECT person_id, list(DISTINCT found) AS person_ids,
        max(phones[1]) AS phone, max(plates[1]) FILTER (NOT contains(plates[1], '?')) AS plate,
        max(handles[1]) AS handle,
        arg_max(address_line, record_key) FILTER (regexp_matches(address_line, '^[0-9]'))
            AS address_line,
        arg_max(zip, record_key) FILTER (regexp_matches(address_line, '^[0-9]')) AS zip,
        arg_max(locality_id, record_key) FILTER (locality_id IS NOT NULL) AS locality_id,
        max(observed_on) AS observed_on,
        -- What only records under another name hold, or under none.
        max(phones[1]) FILTER (other_name) AS apart_phone,
        flatten(list(phones) FILTER (NOT other_name AND phones IS NOT NULL)) AS own_phones,
        max(plates[1]) FILTER (other_name AND NOT contains(plates[1], '?')) AS apart_plate,
        flatten(list(plates) FILTER (NOT other_name AND plates IS NOT NULL)) AS own_plates,
        bool_or(given_name IS NOT NULL AND surname IS NOT NULL) AS named
    FROM shown GROUP BY person_id
)
SELECT held.* REPLACE (
        CASE WHEN NOT list_contains(coalesce(own_phones, []), apart_phone) THEN apart_phone END
            AS apart_phone,
        CASE WHEN NOT list_contains(coalesce(own_plates, []), apart_plate) THEN apart_plate END
            AS apart_plate),
    p.given_name, p.surname, p.birth_date, p.sex
FROM held JOIN person AS p USING (person_id)
WHERE named AND p.given_name IS NOT NULL AND p.surname IS NOT NULL
ORDER BY hash(person_id)
LIMIT 20000
"""


def misspelt(chance: random.Random, text: str) -> str:
    """One letter left out, doubled, replaced, or two swapped; not the first."""
    if len(text) < 3:
        return text
    at = chance.randrange(1, len(text) - 1)
    left, here, right = text[:at], text[at], text[at + 1 :]
    return chance.choice(
        (left + right, left + here + here + right, left + right[0] + here + right[1:],
         left + chance.choice("aeiorstln") + right)
    )  # fmt: skip


def short_for(chance: random.Random, given: str) -> str | None:
    whole = given.lower()
    shorts = [n for n, roots in public_lists().roots.items() if whole in roots and n != whole]
    return chance.choice(shorts).title() if shorts else None


def without_site(chance: random.Random, handle: str) -> str:
    return handle.rpartition(":")[2]


def handle_misspelt(chance: random.Random, handle: str) -> str:
    return misspelt(chance, without_site(chance, handle))


def less_one(chance: random.Random, plate: str) -> str:
    state, _, number = plate.rpartition(":")
    at = chance.randrange(len(number))
    return f"{state}:{number[:at]}{number[at + 1 :]}"


def other_digit(chance: random.Random, phone: str) -> str:
    at = chance.randrange(5, len(phone))
    return phone[:at] + str((int(phone[at]) + chance.randrange(1, 10)) % 10) + phone[at + 1 :]


def spoilt_date(chance: random.Random, day: date) -> date:
    """Another day, another month, or day and month swapped, as a clerk may write it."""
    kind = chance.randrange(3)
    if kind == 0 and day.day <= 12 and day.day != day.month:
        return day.replace(month=day.day, day=day.month)
    if kind == 1:
        return day.replace(year=day.year + chance.choice((-1, 1, 10, -10)), day=min(day.day, 28))
    return day.replace(day=day.day % 28 + 1)


Row = dict[str, Any]
Part = Callable[[random.Random, Row], dict[str, Any] | None]
Spoil = Callable[[random.Random, str], str]


def same(chance: random.Random, text: str) -> str:
    return text


def twice(chance: random.Random, text: str) -> str:
    return misspelt(chance, misspelt(chance, text))


def name(given: Spoil = same, surname: Spoil = same) -> Part:
    return lambda c, p: {"name": f"{given(c, p['given_name'])} {surname(c, p['surname'])}"}


def only(column: str, spoil: Spoil = same, field: str = "name") -> Part:
    return lambda c, p: {field: spoil(c, p[column])} if p[column] else None


def swapped(chance: random.Random, p: Row) -> dict[str, Any]:
    return {"name": f"{p['surname']} {p['given_name']}"}


def nickname(chance: random.Random, p: Row) -> dict[str, Any] | None:
    short = short_for(chance, p["given_name"])
    return {"name": f"{short} {p['surname']}"} if short else None


def born(chance: random.Random, p: Row) -> dict[str, Any]:
    return {"birth_date": p["birth_date"]}


def born_about(chance: random.Random, p: Row) -> dict[str, Any]:
    return {"birth_date": spoilt_date(chance, p["birth_date"])}


def born_in_year(chance: random.Random, p: Row) -> dict[str, Any]:
    return {"birth_year": p["birth_date"].year}


def born_in_month(chance: random.Random, p: Row) -> dict[str, Any]:
    return {"birth_year": p["birth_date"].year, "birth_month": p["birth_date"].month}


def aged(chance: random.Random, p: Row) -> dict[str, Any] | None:
    day, on = p["birth_date"], p["observed_on"]
    if on is None:
        return None
    had_birthday = (on.month, on.day) >= (day.month, day.day)
    return {"age": on.year - day.year - (not had_birthday), "age_on": on}


SEX: Final = only("sex", field="sex")
LOCALITY: Final = only("locality_id", field="locality_id")
STREET: Final = only("address_line", field="address_line")

CLASSES: Final[dict[str, tuple[Part, ...]]] = {
    "name": (name(),),
    "name misspelt": (name(misspelt),),
    "name misspelt, age, sex": (name(surname=misspelt), aged, SEX),
    "name, age": (name(), aged),
    "name, birth date": (name(), born),
    "both names misspelt, birth date": (name(misspelt, misspelt), born),
    "surname misspelt twice, birth date": (name(surname=twice), born),
    "name misspelt, birth date wrong": (name(misspelt), born_about),
    "name, month of birth": (name(), born_in_month),
    "name misspelt, year, locality": (name(misspelt), born_in_year, LOCALITY),
    "names swapped, year": (swapped, born_in_year),
    "nickname, year": (nickname, born_in_year),
    "given name, birth date, sex": (only("given_name"), born, SEX),
    "given name, age, sex, locality": (only("given_name"), aged, SEX, LOCALITY),
    "surname, address": (only("surname"), STREET, only("zip", field="zip")),
    "surname misspelt, street": (only("surname", misspelt), STREET),
    "phone": (only("phone", field="phone"),),
    "phone, a digit wrong, given name": (
        only("given_name"),
        only("phone", other_digit, "phone"),
    ),
    "plate": (only("plate", field="plate"),),
    "plate less a character, sex": (only("plate", less_one, "plate"), SEX),
    "handle": (only("handle", without_site, "handle"),),
    "handle misspelt": (only("handle", handle_misspelt, "handle"),),
    "name, locality": (name(), LOCALITY),
    "name misspelt, another name's phone, a digit wrong": (
        name(misspelt),
        only("apart_phone", other_digit, "phone"),
    ),
    "name misspelt, another name's plate less a character": (
        name(misspelt),
        only("apart_plate", less_one, "plate"),
    ),
}
"""What may be known, and how it may be wrong: parts of a query, by class."""


def made(chance: random.Random, parts: Sequence[Part], person: Row) -> PersonQuery | None:
    known: dict[str, Any] = {}
    for part in parts:
        found = part(chance, person)
        if found is None:
            return None
        known |= found
    return PersonQuery(**known)


@dataclass(slots=True)
class Tally:
    hits: int = 0
    ties: int = 0
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def add(self, answer: SearchAnswer, meant: set[str], wall_s: float, cpu_s: float) -> bool:
        self.wall_ms.append(1000 * wall_s)
        self.cpu_ms.append(1000 * cpu_s)
        places = [n for n, hit in enumerate(answer.hits) if hit.person_id in meant]
        hit = bool(places) and places[0] < FIRST
        self.hits += hit
        if places:
            weight = round(answer.hits[places[0]].match_weight, 6)
            better = sum(round(other.match_weight, 6) > weight for other in answer.hits)
            self.ties += better < FIRST
        return hit

    def plus(self, other: Tally) -> Tally:
        return Tally(
            self.hits + other.hits,
            self.ties + other.ties,
            self.wall_ms + other.wall_ms,
            self.cpu_ms + other.cpu_ms,
        )

    def told(self) -> dict[str, Any]:
        count = len(self.wall_ms)
        wall, cpu = sorted(self.wall_ms), sorted(self.cpu_ms)
        return {
            "queries": count,
            "recall": round(self.hits / count, 4),
            "recall_ties": round(self.ties / count, 4),
            "wall_ms": [round(v, 1) for v in (wall[count // 2], wall[int(0.95 * count)], wall[-1])],
            "cpu_ms": [round(v, 1) for v in (cpu[count // 2], cpu[int(0.95 * count)], cpu[-1])],
        }


def memory_mb() -> dict[str, int]:
    """Resident memory of this process: its own, and of mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    return {"own": int(sizes["RssAnon"]) // 1024, "mapped": int(sizes["RssFile"]) // 1024}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("world", type=Path)
    arguments.add_argument("records", type=Path)
    arguments.add_argument("--view", type=Path)
    arguments.add_argument("--queries", type=int, default=100, help="of each class")
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--misses", action="store_true", help="tell what was not found")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        view = ViewFolder(chosen.view or Path(folder) / "v", "r1", "v")
        told: dict[str, Any] = {}
        if chosen.view is None:
            resolve(chosen.records, view, Path(folder))
        if not view.search.exists():
            start, cpu = time.perf_counter(), time.process_time()
            build_index(view, Path(folder) / "scratch")
            told["build_s"] = round(time.perf_counter() - start, 1)
            told["build_cpu_s"] = round(time.process_time() - cpu, 1)
        told["index_mb"] = sum(p.stat().st_size for p in view.search.iterdir()) // 2**20
        people = read_people(chosen.world / "truth", chosen.records, view)
        told["memory_before_mb"] = memory_mb()
        told |= measure(view, people, chosen.queries, chosen.threads, misses=chosen.misses)
        told["memory_after_mb"] = memory_mb()
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


def resolve(records: Path, view: ViewFolder, folder: Path) -> None:
    view.records.mkdir(parents=True)
    PERSON_RECORD.path(view.records).symlink_to(PERSON_RECORD.path(records).absolute())
    resolve_view(
        view.records,
        view,
        folder / "lineage",
        ACCEPTED_MODEL,
        bytes(32),
        "r1",
        shown_columns=GIVEN_AWAY,
        decisions=None,
        parent_run_id=None,
        scratch=folder / "scratch",
        progress=lambda line: None,
    )


def read_people(truth: Path, records: Path, view: ViewFolder) -> list[Row]:
    with duckdb.connect() as con:
        con.read_parquet(str(truth / "record.parquet")).create_view("truth")
        con.read_parquet(str(truth / "person.parquet")).create_view("person")
        con.read_parquet(str(PERSON_RECORD.path(records))).create_view("records")
        con.read_parquet(str(MEMBERSHIP.path(view.persons))).create_view("membership")
        found = con.execute(_PEOPLE)
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def measure(
    view: ViewFolder, people: list[Row], queries: int, threads: int, *, misses: bool
) -> dict[str, Any]:
    chance = random.Random(1)  # noqa: S311 - chance, not secrets
    asked: list[tuple[str, PersonQuery, set[str]]] = []
    for of_class, parts in CLASSES.items():
        wanted = queries
        for person in chance.sample(people, len(people)):
            if not wanted:
                break
            query = made(chance, parts, person)
            if query is not None:
                asked.append((of_class, query, set(person["person_ids"])))
                wanted -= 1
    chance.shuffle(asked)
    start = time.perf_counter()
    find(view, PersonQuery(name="warm up"))
    first_ms = 1000 * (time.perf_counter() - start)
    find(view, asked[0][1])
    tallies = {of_class: Tally() for of_class in CLASSES}
    lock = threading.Lock()

    def ask(part: list[tuple[str, PersonQuery, set[str]]]) -> None:
        for of_class, query, meant in part:
            wall, cpu = time.perf_counter(), time.thread_time()
            answer = find(view, query, TIES)
            wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
            with lock:
                if not tallies[of_class].add(answer, meant, wall, cpu) and misses:
                    sys.stderr.write(f"{of_class}: {query} {len(answer.hits)} {answer.left_out}\n")

    start = time.perf_counter()
    workers = [
        threading.Thread(target=ask, args=(asked[number::threads],)) for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - start
    total = Tally()
    for tally in tallies.values():
        total = total.plus(tally)
    return {
        "classes": {name: tally.told() for name, tally in tallies.items() if tally.wall_ms},
        "all": total.told(),
        "first_ms": round(first_ms),
        "threads": threads,
        "searches_per_s": round(len(asked) / seconds, 1),
    }


if __name__ == "__main__":
    main()
