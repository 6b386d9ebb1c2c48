"""A view's folder with a few persons, and accounts that judge, for tests of decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from resolution.contracts import LINK, MEMBERSHIP
from runs.home import ViewFolder
from runs.keys import from_view, to_view
from runs.manifest import ViewManifest, write_manifest
from sharing.accounts import Role
from sharing.deciding import Judge, decide
from sharing.decisions import Decision, Judgement, decisions_of, version
from sharing.tables import ACCOUNT
from tests.factories import key, write_rows
from tests.sharing.worlds import VIEW_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from sharing.store import Store

VIEW = "investigation"
WATERFALL = [{"comparison": "Birth", "level": "same", "match_weight": 3.0, "withheld": False}]


def raw(name: str) -> str:
    """A record's key, as the store keeps it."""
    return key("person", "x", name)


def seen(name: str) -> str:
    """A record's key, as the view shows it."""
    return str(to_view([raw(name)], VIEW_KEY)[0])


def judge(name: str) -> Judge:
    return Judge(name, "quality_review", "QR-1")


def accounts(store: Store, *names: str, role: Role = Role.REVIEWER, view: str = VIEW) -> None:
    with store.write() as connection:
        connection.execute(
            sa.insert(ACCOUNT),
            [
                {
                    "username": name,
                    "display_name": name,
                    "role": role.value,
                    "view": view,
                    "password": "unusable",
                    "disabled": False,
                    "created_at": datetime.now(UTC),
                }
                for name in names
            ],
        )


def make_view(folder: Path, persons: dict[str, dict[str, str]], run_id: str = "r1") -> ViewFolder:
    """``persons``: for each person the role of each of its records."""
    view = ViewFolder(folder / run_id / VIEW, run_id, VIEW)
    records = [(name, role) for one in persons.values() for name, role in one.items()]
    write_rows(
        view.records,
        "person_record",
        [{"record_key": seen(name), "role": role} for name, role in records],
    )
    write_rows(
        view.persons,
        MEMBERSHIP,
        [
            {"record_key": seen(name), "person_id": person}
            for person, one in persons.items()
            for name in one
        ],
    )
    low, high = sorted(seen(name) for name, _ in records[:2])
    link: dict[str, Any] = {"record_key_l": low, "record_key_r": high, "match_weight": 1.5}
    write_rows(view.persons, LINK, [link | {"waterfall": WATERFALL}])
    write_manifest(
        view.manifest,
        ViewManifest(
            view=VIEW,
            run_id=run_id,
            created_at=datetime(2025, 1, 1, tzinfo=UTC),
            synthetic=True,
            deliveries=(),
            counts={},
            files=(),
            model="vast-person-1",
        ),
    )
    return view


def tag(store: Store, one: str, other: str, run_id: str = "r1") -> str:
    """The pair's version as it is now."""
    pair = tuple(sorted(str(k) for k in from_view([seen(one), seen(other)], VIEW_KEY)))
    found = [one_found for one_found in decisions_of(store, VIEW) if one_found.pair == pair]
    return version(found, run_id)


def judged(
    store: Store, view: ViewFolder, who: str, one: str, other: str, judgement: Judgement
) -> Decision:
    """``who`` decides, having seen all that was decided before."""
    return decide(
        store,
        view,
        VIEW_KEY,
        (seen(one), seen(other)),
        judgement,
        judge(who),
        "because",
        tag(store, one, other, view.run_id),
    )
