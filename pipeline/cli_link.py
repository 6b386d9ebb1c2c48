"""``vast link`` and ``vast evaluate``: the people of any table, without a home or a feed."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import typer
from rich.console import Console
from rich.markup import escape

from ingest.functions import connect_ingest
from pipeline.cli_users import HomeOption, home_of
from pipeline.models import accepted_model
from pipeline.quality import measure_world
from pipeline.quality_page import write_quality_page
from pipeline.scratch import replacing, scratch_folder
from pipeline.trouble import trouble_named_beside
from resolution.engine import Engine, scoring_on
from resolution.evaluate import evaluate
from resolution.model import load_model
from resolution.tables.errors import BadTable
from resolution.tables.files import read
from resolution.tables.headers import IGNORED, Field
from resolution.tables.link import Linked, link
from resolution.tables.records import Source, make_records
from resolution.tables.report import write_report

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

TABLES = "Tables of people: CSV in any usual encoding, Parquet, JSON lines or .xlsx."

evaluate_app = typer.Typer(no_args_is_help=True, help="Measure against a known truth.")

ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="field=column, where the column is not recognised or wrongly so; again for the "
        "name that another table has for it. ignore=column: it is not used at all. Fields: "
        + ", ".join(Field),
    ),
]
SeedOption = Annotated[int, typer.Option(help="Of the random pairs that are learnt from.")]
EngineOption = Annotated[
    Engine,
    typer.Option(help="Where pairs are scored; spark needs the extra 'spark' and a full JDK 17+."),
]
SparkMasterOption = Annotated[
    str | None,
    typer.Option(help="Spark's master URL; else spark-defaults.conf, else this machine."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _named(columns: list[str] | None) -> tuple[dict[Field, list[str]], frozenset[str]]:
    """The columns of fields, and those that are not to be used."""
    named: dict[Field, list[str]] = {}
    ignored = set()
    for written in columns or []:
        field, _, column = written.partition("=")
        if column and field == IGNORED:
            ignored.add(column)
            continue
        if not column or field not in set(Field):
            raise BadTable(
                f"--column {written}: expected field=column, the field one of "
                + ", ".join((*Field, IGNORED))
            )
        named.setdefault(Field(field), []).append(column)
    return named, frozenset(ignored)


def _progress(line: str) -> None:
    err.print(f"[dim]{escape(line)}[/]")


def _connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    con = connect_ingest(scratch)
    # Rows are numbered as the file has them.
    con.execute("SET preserve_insertion_order = true")
    return con


def _show(sources: list[Source], linked: Linked) -> None:
    for source in sources:
        err.print(f"{escape(source.name)}: {source.rows:,} rows")
        for field, column in source.columns.items():
            how = " (by what it holds)" if field in source.by_content else ""
            err.print(f"  {field} is [bold]{escape(column)}[/]{how}")
        for column in source.others:
            err.print(f"  compared as it is: [bold]{escape(column)}[/]")
        for note in source.notes:
            err.print(f"  [bold]Note:[/] {escape(note)}")
    if len({field for source in sources for field in source.columns}) == 1:
        err.print("[bold]Only one column can be compared:[/] expect little of the result.")
    for rule, keys in linked.keys_too_common.items():
        err.print(f"{keys:,} keys were too common to look for pairs by: {rule}")


@evaluate_app.callback()
def _evaluate() -> None:
    """Measure against a known truth."""


def link_command(
    tables: Annotated[list[Path], typer.Argument(help=TABLES)],
    out_file: Annotated[Path, typer.Option("--out", help="Where to write the clusters.")],
    report: Annotated[Path | None, typer.Option(help="Write an HTML report there.")] = None,
    column: ColumnOption = None,
    seed: SeedOption = 1,
    engine: EngineOption = Engine.DUCKDB,
    spark_master: SparkMasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the records that speak of one person, in any table or tables of people.

    Columns are recognised by header and content; nothing has to be labelled or tuned.

    Example:  vast link clients.csv arrests.parquet --out clusters.parquet
    """
    start = time.perf_counter()
    named, ignored = _named(column)
    targets = [target for target in (out_file, report) if target is not None]
    _check_targets(tables, targets)
    with (
        trouble_named_beside(out_file),
        replacing(targets) as parts,
        scratch_folder() as scratch,
        _connect(scratch) as con,
        scoring_on(engine, scratch, spark_master=spark_master) as scorer_of,
    ):
        not_read: dict[str, list[str]] = {str(path): [] for path in tables}
        read_tables = [
            (str(path), read(con, path, n, scratch, not_read[str(path)].append))
            for n, path in enumerate(tables)
        ]
        sources = make_records(con, read_tables, named=named, left_out=ignored)
        linked = link(con, seed=seed, progress=_progress, scorer_of=scorer_of)
        con.register("given_file", _names(tables))
        con.sql(
            "SELECT cluster_id, path AS source, substr(record_key, 5)::BIGINT AS row, "
            "match_weight, match_probability FROM linked_row "
            "JOIN given_file ON given_file.number = substr(record_key, 1, 3)::INTEGER "
            "ORDER BY record_key"
        ).write_parquet(str(parts[0]))
        sources = [
            replace(source, notes=(*dict.fromkeys(not_read[source.name]), *source.notes))
            for source in sources
        ]
        _show(sources, linked)
        if report is not None:
            write_report(con, parts[1], sources, linked)
    summary = {
        "records": linked.records,
        "clusters": linked.clusters,
        "candidate_pairs": linked.candidate_pairs,
        "pairs_scored": linked.pairs_scored,
        "components_split": linked.components_split,
        "keys_too_common": linked.keys_too_common,
        "columns": {s.name: {str(f): c for f, c in s.columns.items()} for s in sources},
        "notes": {s.name: list(s.notes) for s in sources if s.notes},
        "model_learnt_here": linked.learnt,
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mb": _peak_mb(),
    }
    if as_json:
        sys.stdout.write(json.dumps(summary, indent=1) + "\n")
    else:
        records = "1 record is" if linked.records == 1 else f"{linked.records:,} records are"
        people = "1 person" if linked.clusters == 1 else f"{linked.clusters:,} people"
        out.print(f"{records} of {people}: [bold]{escape(str(out_file))}[/]")


def _check_targets(tables: list[Path], targets: list[Path]) -> None:
    """Before hours of work: what is written must have a folder, and be none of the tables."""
    for target in targets:
        if not target.absolute().parent.is_dir():
            raise BadTable(
                f"{target}: there is no folder {target.absolute().parent}; make it first"
            )
        if target.resolve() in {table.resolve() for table in tables}:
            raise BadTable(f"{target}: is one of the tables; name another file to write")


def _names(tables: list[Path]) -> pa.Table:
    return pa.table(
        {
            "number": pa.array(range(len(tables)), pa.int32()),
            "path": pa.array([str(path) for path in tables], pa.string()),
        }
    )


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@evaluate_app.command("linkage")
def linkage_command(
    table: Annotated[Path, typer.Argument(help=TABLES)],
    truth: Annotated[str, typer.Option(help="The column that says who each row is.")],
    source: Annotated[
        str | None, typer.Option(help="The column that says whose row it is.")
    ] = None,
    column: ColumnOption = None,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Link a table as 'vast link' would, and compare with the truth. The truth is no input.

    Example:  vast evaluate linkage labelled.csv --truth cluster --json
    """
    start = time.perf_counter()
    named, ignored = _named(column)
    with trouble_named_beside(table), scratch_folder() as scratch, _connect(scratch) as con:
        rows = read(con, table, 0, scratch, _progress)
        for wanted in (truth, source):
            if wanted is not None and wanted not in rows.columns:
                raise BadTable(
                    f"{table} has no column {wanted}; it has: " + ", ".join(rows.columns)
                )
        # Set aside before anything is recognised or learnt.
        told = dict(
            rows.select(
                duckdb.SQLExpression("'000:' || lpad((row_number() OVER ())::VARCHAR, 12, '0')"),
                duckdb.ColumnExpression(truth),
            ).fetchall()
        )
        people = rows.select(duckdb.StarExpression(exclude=[truth]))
        left_out = ignored - {truth} | ({source} if source else set())
        sources = make_records(
            con, [(str(table), people)], named=named, left_out=left_out,
            source_column=source,
        )  # fmt: skip
        linked = link(con, seed=seed, progress=_progress)
        clusters = dict(con.execute("SELECT record_key, cluster_id FROM linked_row").fetchall())
        _show(sources, linked)
    measured = evaluate(clusters, {key: who for key, who in told.items() if who is not None})
    result = {
        **measured.as_dict(),
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mb": _peak_mb(),
    }
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        for name, quality in (("pairwise", measured.pairwise), ("B-cubed", measured.bcubed)):
            out.print(
                f"{name}: precision {quality.precision:.4f}, recall {quality.recall:.4f}, "
                f"F1 [bold]{quality.f1:.4f}[/]"
            )


@evaluate_app.command("world")
def world_command(
    worlds: Annotated[list[Path], typer.Argument(help="Worlds that 'vast world make' wrote.")],
    model: Annotated[
        Path | None, typer.Option(help="A model; else the one that this installation accepted.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a Markdown page there.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Resolve made-up worlds and compare with their truth: overall, by part and by group.

    Example:  vast evaluate world /tmp/world --report docs/resolution.md
    """
    chosen = load_model(model or accepted_model(home_of(home)))
    measured = [measure_world(world, chosen, _progress) for world in worlds]
    if report is not None:
        write_quality_page(report, measured)
    if as_json:
        sys.stdout.write(json.dumps([one.as_dict() for one in measured]) + "\n")
        return
    for one in measured:
        for name, part in one.parts.items():
            pairs = part.pairwise
            out.print(
                f"{one.world}, {name}: precision {pairs.precision:.4f}, "
                f"recall {pairs.recall:.4f}, F1 [bold]{pairs.f1:.4f}[/]"
            )
        out.print(f"{one.world}, groups below the rest: {', '.join(one.unfair) or 'none'}")
