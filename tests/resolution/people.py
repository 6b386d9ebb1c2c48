"""Records for these tests: few people, written through the production table writer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ingest.contracts.tables import TABLES
from resolution.index import ACCEPTED_MODEL
from resolution.resolve import Memory, ResolutionSummary, resolve_view
from resolution.scoring import Scorer
from runs.home import ViewFolder
from tests.factories import key, rows_of, write_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from resolution.scoring import ScorerOf

VIEW_KEY = bytes(range(32))
ALL_COLUMNS = frozenset(f"{table.name}.{column.name}" for table in TABLES for column in table)

Row = dict[str, Any]


def record(name: str, **values: Any) -> Row:
    """A record of the feed ``nibrs`` whose key comes from ``name``."""
    return {
        "record_key": key("person", "nibrs", name),
        "feed": "nibrs",
        "role": "offender",
        "observed_on": date(2024, 5, 1),
        **values,
    }


def robert(name: str, **values: Any) -> Row:
    return record(
        name,
        **{
            "given_name": "Robert",
            "surname": "Zelinski",
            "birth_date": date(1984, 3, 7),
            "sex": "M",
            "address_line": "812 LAUREL AVE",
            "city": "NORFOLK",
            "zip": "23510",
            **values,
        },
    )


def resolve(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    run_id: str = "r1",
    parent: str | None = None,
    shown: frozenset[str] = ALL_COLUMNS,
    decisions: Path | None = None,
    orders: Sequence[Mapping[str, Any]] = (),
    around: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    scorer_of: ScorerOf = Scorer,
    model: Path = ACCEPTED_MODEL,
    memory: Memory | None = None,
) -> tuple[ViewFolder, ResolutionSummary]:
    """Resolve rows as one run of one view below ``folder``."""
    view = ViewFolder(folder / run_id / "views" / "v", run_id, "v")
    write_rows(view.records, "person_record", rows)
    for table, told in {"court_order": orders, **(around or {})}.items():
        if told:
            write_rows(view.records, table, told)
    summary = resolve_view(
        view.records,
        view,
        folder / "lineage",
        model,
        VIEW_KEY,
        run_id,
        shown_columns=shown,
        decisions=decisions,
        parent_run_id=parent,
        scratch=folder / "scratch",
        progress=lambda line: None,
        scorer_of=scorer_of,
        memory=memory,
    )
    return view, summary


def persons(view: ViewFolder) -> dict[str, str]:
    """Record key to person id."""
    return {r["record_key"]: r["person_id"] for r in rows_of(view.persons / "membership.parquet")}


def links(view: ViewFolder) -> dict[frozenset[str], Row]:
    return {
        frozenset((r["record_key_l"], r["record_key_r"])): r
        for r in rows_of(view.persons / "link.parquet")
    }


def same(view: ViewFolder, *names: str) -> bool:
    """All these records are in one person."""
    found = persons(view)
    return len({found[key("person", "nibrs", name)] for name in names}) == 1
