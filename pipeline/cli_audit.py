"""``vast audit``: the log of who looked at what, for those who supervise.

Guarantees: it reads and verifies the log, and can destroy a subject's key; it cannot change or
remove a row.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli_users import HomeOption, home_of
from pipeline.database import store_of
from sharing.audit import looks_at, require_whole, shred, verify_chain
from sharing.errors import ChainBroken

audit = typer.Typer(no_args_is_help=True, help="The log of who looked at what.")
out = Console(highlight=False)

View = Annotated[str, typer.Argument(help="The view that the subject was seen in.")]
Subject = Annotated[
    str, typer.Argument(help="A person id, or a record, episode or incident key, of that view.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@audit.command("verify")
def verify(
    home: HomeOption = None,
    head: Annotated[
        str | None, typer.Option(help="ROW:HASH noted earlier; the log must still contain it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Follow the chain from its first row; ends with status 1 where it does not hold.

    Note the head that is printed, outside this machine: it shows later that no row was cut off.

    Example:  vast audit verify --head 120:9f2c...
    """
    noted = _noted(head) if head else None
    with store_of(home_of(home)) as store:
        found = verify_chain(store, noted)
    told = {
        "rows": found.rows,
        "head": f"{found.rows}:{found.head}",
        "holds": found.holds,
        "first_broken": found.first_broken,
        "reason": found.reason,
    }
    if as_json:
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    elif found.holds:
        out.print(f"{found.rows:,} rows, all whole. Head: {told['head']}", soft_wrap=True)
    else:
        out.print(f"Broken at row {found.first_broken}: {found.reason}.")
    if not found.holds:
        raise typer.Exit(1)


@audit.command("looks")
def looks(
    view: View, subject: Subject, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Tell who looked at a subject, when, why, and in which case.

    Example:  vast audit looks investigation PJ3GMDOJH5R2OI4Q
    """
    with store_of(home_of(home)) as store:
        require_whole(store)
        found = looks_at(store, view, subject)
    if as_json:
        rows = [
            {
                "row": look.sequence,
                "at": look.at.isoformat(),
                "event": look.event.value,
                "account": look.account,
                "purpose": look.purpose,
                "case_number": look.case_number,
                "details": dict(look.details) if look.details is not None else None,
            }
            for look in found
        ]
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        return
    if not found:
        out.print("Nobody looked, or the subject's key was destroyed.")
        return
    table = Table("row", "when (UTC)", "event", "account", "purpose", "case")
    for look in found:
        table.add_row(
            str(look.sequence),
            look.at.isoformat(sep=" ", timespec="seconds"),
            look.event.value,
            look.account or "-",
            look.purpose or "-",
            look.case_number or "-",
        )
    out.print(table)


@audit.command("shred")
def shred_command(
    view: View,
    subject: Subject,
    home: HomeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy a subject's key: what the log says of the subject can never be read again.

    Example:  vast audit shred investigation PJ3GMDOJH5R2OI4Q
    """
    if not yes:
        typer.confirm("This cannot be undone. Destroy the key?", abort=True)
    with store_of(home_of(home)) as store:
        gone = shred(store, view, subject)
    out.print("The key is destroyed." if gone else "The log has no key of that subject.")


def _noted(text: str) -> tuple[int, str]:
    row, _, digest = text.partition(":")
    if not row.isdecimal() or not digest:
        raise ChainBroken("a head is ROW:HASH, as 'vast audit verify' prints it")
    return int(row), digest
