"""``vast feeds``: deliveries and contracts, before anything is landed or run.

Guarantees: nothing is kept of a delivery that is checked, and no value of it is printed; the exit
status tells a script what the report tells a reader.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from ingest.check import check as check_path
from ingest.contracts.feeds import FEEDS
from ingest.errors import ContractRefused
from ingest.proposal.decisions import decisions
from ingest.proposal.propose import Proposal, propose, write
from pipeline.cli_users import HomeOption, home_of

if TYPE_CHECKING:
    from ingest.report import CheckReport

feeds = typer.Typer(no_args_is_help=True, help="Deliveries of agencies, before they are run.")
out = Console(highlight=False)

SOME_REFUSED: Final = 1
"""Also the status of a command that cannot do its work."""
SOME_QUARANTINED: Final = 3
"""2 is that of a command line that is not in form."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FeedsOption = Annotated[
    Path | None,
    typer.Option(
        "--feeds",
        help="Folder of your own feeds' contracts; else VAST_FEEDS, else feeds/ in the home.",
    ),
]


@feeds.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="A delivery, or a folder of deliveries.")],
    own: FeedsOption = None,
    home: HomeOption = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="Run the feeds' SQL too; count each table's rows.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell what would be loaded, quarantined and why; nothing is kept.

    Ends with status 0 where every row would be loaded (or is a duplicate), 3 where rows would be
    quarantined, 1 where a file is refused or there is none.

    Example:  vast feeds check /tmp/world/feeds --json
    """
    folder = own.expanduser().resolve() if own else home_of(home).feeds
    report = check_path(path, folder, tables=tables)
    if as_json:
        sys.stdout.write(report.to_json() + "\n")
    elif not report.files:
        out.print(f"No delivery in {path}.", markup=False)
    else:
        _print(report)
    if not report.files or any(file.refused for file in report.files):
        raise typer.Exit(SOME_REFUSED)
    if not report.whole:
        raise typer.Exit(SOME_QUARANTINED)


@feeds.command("new")
def new(
    path: Annotated[Path, typer.Argument(help="A sample: one CSV, XLSX, JSONL or Parquet file.")],
    feed: Annotated[
        str | None, typer.Option("--id", help="The feed's id; else from the file's name.")
    ] = None,
    publisher: Annotated[str | None, typer.Option(help="Who sends the feed.")] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out", help="Folder that gets <id>/; else that of your own feeds."),
    ] = None,
    home: HomeOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what was proposed before.")
    ] = False,
) -> None:
    """Propose a contract and starter SQL for a new feed from a sample file.

    Nothing of the sample is kept but counts, and code tables of columns that look like codes.

    Example:  vast feeds new contacts.csv --id campus-police --publisher "Campus police"
    """
    feed_id = feed or _id_of(path)
    if not re.fullmatch("[a-z][a-z0-9-]*", feed_id):
        raise ContractRefused(
            f"{feed_id} is no feed id: expected small letters, digits and hyphens, as in "
            "campus-police"
        )
    if (FEEDS / feed_id).exists() and not force:
        raise ContractRefused(
            f"{feed_id} is a shipped feed; name another id, or stand in its place with --force"
        )
    below = folder.expanduser().resolve() if folder else home_of(home).feeds
    proposal = propose(path, feed_id, publisher)
    written = write(proposal, below, force=force)
    _print_proposal(proposal)
    for one in written:
        out.print(f"wrote {one}", markup=False, soft_wrap=True)
    out.print("To decide:")
    for number, decision in enumerate(decisions(proposal, path, below), start=1):
        out.print(f"{number}. {decision}", markup=False, soft_wrap=True)
    option = f" --feeds {below}" if folder else ""
    out.print(f"Then: vast feeds check {path}{option} --tables", markup=False, soft_wrap=True)


def _id_of(path: Path) -> str:
    words = re.sub("[^a-z0-9]+", "-", path.stem.casefold())
    return re.sub("^[^a-z]+|-[0-9-]*$|-+$", "", words) or "new-feed"


def _print_proposal(proposal: Proposal) -> None:
    for file in proposal.feed.files:
        name = f"{file.kind}: {file.rows:,} rows, key {', '.join(file.key) or 'none'}"
        table = Table("column", "taken for", "kind", "filled", "values", "goes to", title=name)
        for column in file.columns:
            seen = column.seen
            target = file.starter.used.get(column.name, "-") if file.starter else "-"
            cells = (
                column.name,
                column.meaning.value,
                column.described(),
                f"{seen.filled / seen.rows:.0%}" if seen.rows else "-",
                f"{seen.values:,}",
                target if column.contract is not None else "-",
            )
            table.add_row(*(_plain(cell) for cell in cells))
        out.print(table)
    for report in proposal.files:
        out.print(
            f"Under this contract {report.loaded:,} of {report.rows_in:,} rows load, "
            f"{report.quarantined:,} are quarantined, {report.duplicates:,} are duplicates.",
        )
    rows = ", ".join(f"{name} {count:,}" for name, count in proposal.tables.items())
    out.print(f"The starter SQL makes: {rows}.", markup=False)


def _print(report: CheckReport) -> None:
    table = Table()
    for name in ("file", "feed", "rows in", "loaded", "quarantined", "duplicates", "reasons"):
        table.add_column(name, overflow="fold")
    for file in report.files:
        counts = (file.rows_in, file.loaded, file.quarantined, file.duplicates)
        reasons = [f"{reason}: {count:,}" for reason, count in file.reasons.items()]
        if file.refused:
            reasons = [f"refused: {reason}" for reason in file.reasons]
        notes = [f"note: {note}: {count:,}" for note, count in file.notes.items()]
        cells = (file.path, file.feed or "-", *(f"{count:,}" for count in counts))
        table.add_row(*(_plain(cell) for cell in cells), _plain("; ".join(reasons + notes)))
    out.print(table)
    for feed, rows in report.tables.items():
        counted = ", ".join(f"{name} {count:,}" for name, count in rows.items())
        out.print(f"Rows of {feed}: {counted}", markup=False)


def _plain(text: str) -> str:
    """File names and reasons may hold brackets that are no markup."""
    return text.replace("[", r"\[")
