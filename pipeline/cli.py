"""The ``vast`` command.

Guarantees: every command's ``--help`` has an example; what goes wrong is told in one message that
says what to do, with exit code 1 and never a traceback; ``--json`` prints JSON alone on stdout.
"""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.errors import DemoError
from graph.errors import GraphError
from ingest.errors import IngestError
from ingest.refusals import refused_files
from pipeline import background
from pipeline.cli_audit import audit
from pipeline.cli_feeds import feeds
from pipeline.cli_link import EngineOption, SparkMasterOption, evaluate_app, link_command
from pipeline.cli_model import model_app
from pipeline.cli_users import HomeOption, home_of, users
from pipeline.cli_world import world
from pipeline.demonstration import DemoPlace, check_port, prepare, serve_in_background
from pipeline.errors import PipelineError
from pipeline.prune import prune
from pipeline.publish import newest, publish, rollback
from pipeline.run import make_run
from pipeline.serve import Service
from pipeline.settings import PipelineSettings
from pipeline.status import status
from pipeline.steps import Steps
from pipeline.unexpected import keep_traceback
from resolution.engine import Engine
from resolution.errors import ResolutionError
from rollups.errors import RollupsError
from runs.errors import RunsError
from runs.home import Home
from runs.manifest import damaged_runs
from sharing.errors import SharingError
from webapp.errors import WebError

if TYPE_CHECKING:
    from types import FrameType

SIGNALLED: Final = 128
"""What a shell adds to the number of the signal that ended a command."""

KNOWN_ERRORS = (
    PipelineError,
    RunsError,
    IngestError,
    SharingError,
    ResolutionError,
    GraphError,
    RollupsError,
    WebError,
    DemoError,
)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="VAST links what agencies know about people touched by trafficking, and "
    "shows each user what the agreements let them see.",
)
demo_app = typer.Typer(no_args_is_help=True, help="The demo that 'make demo' runs.")
app.add_typer(world, name="world")
app.add_typer(feeds, name="feeds")
app.add_typer(audit, name="audit")
app.add_typer(users, name="users")
app.command("link")(link_command)
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(model_app, name="model")
app.add_typer(demo_app, name="demo", hidden=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
PortOption = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]


@app.command("run")
def run_command(
    sources: Annotated[
        list[Path] | None, typer.Argument(help="Deliveries or folders of deliveries to land first.")
    ] = None,
    home: HomeOption = None,
    publish_it: Annotated[bool, typer.Option("--publish", help="Publish when finished.")] = False,
    engine: EngineOption = Engine.DUCKDB,
    spark_master: SparkMasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Land deliveries and make a run of everything that has landed.

    Example:  VAST_HOME=/srv/vast vast run /tmp/world/feeds --publish
    """
    steps, place = Steps(err), home_of(home)
    settings = replace(
        PipelineSettings.from_environment(), engine=engine, spark_master=spark_master
    )
    made = make_run(place, sources or [], settings, steps)
    run_id = made.manifest.run_id
    refused = refused_files(place)
    if refused:
        err.print(
            f"[bold]{len(refused)} files were refused[/] and are in no run (the steward's page "
            f"lists them): {', '.join(one.path for one in refused[:5])}"
            + (" ..." if len(refused) > 5 else "")
        )
    if publish_it:
        publish(place, run_id, settings, steps)
    if as_json:
        sys.stdout.write(made.manifest.model_dump_json(indent=1) + "\n")
    else:
        out.print(
            f"Run [bold]{run_id}[/] is finished."
            + ("" if publish_it else " Publish it with 'vast publish'.")
        )


@app.command("publish")
def publish_command(
    run_id: Annotated[
        str | None, typer.Argument(help="The run; the newest where left out.")
    ] = None,
    home: HomeOption = None,
    downtime: Annotated[
        bool, typer.Option(help="An external Neo4j may be emptied while it is loaded.")
    ] = False,
) -> None:
    """Make a finished run the one that is served.

    Example:  vast publish 20260131T120000Z
    """
    place = home_of(home)
    chosen = run_id or newest(place).run_id
    publish(place, chosen, PipelineSettings.from_environment(), Steps(err), downtime=downtime)
    out.print(f"Run [bold]{chosen}[/] is published.")


@app.command("rollback")
def rollback_command(
    run_id: Annotated[
        str | None,
        typer.Argument(help="The run to go back to; the one before the published where left out."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Serve an older run again, if today's agreements still allow it.

    Example:  vast rollback
    """
    run = rollback(home_of(home), run_id, PipelineSettings.from_environment(), Steps(err))
    out.print(f"Run [bold]{run.run_id}[/] is published.")


@app.command("prune")
def prune_command(
    keep: Annotated[
        int, typer.Option(help="How many of the newest runs stay besides the published one.", min=0)
    ] = 2,
    damaged: Annotated[
        bool, typer.Option("--damaged", help="Also remove runs whose manifest cannot be read.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Remove old runs. Person ids that they showed still answer; deliveries stay.

    Example:  vast prune --keep 2
    """
    place = home_of(home)
    gone = prune(place, keep, damaged=damaged)
    out.print(f"Removed: {', '.join(gone)}." if gone else "There is no older run to remove.")
    left = damaged_runs(place)
    if left:
        out.print(
            f"Left, for their manifests cannot be read: {', '.join(left)}; 'vast prune --damaged' "
            "removes those that are not published."
        )


@app.command("serve")
def serve_command(
    home: HomeOption = None, host: HostOption = "127.0.0.1", port: PortOption = 8470
) -> None:
    """Serve the published run (the newest where none is) until interrupted.

    Example:  vast serve --port 8470
    """
    Service(
        home_of(home), PipelineSettings.from_environment(), host=host, port=port, steps=Steps(err)
    ).run()


@app.command("stop")
def stop_command(home: HomeOption = None) -> None:
    """End the service of this home and its Neo4j servers.

    Example:  vast stop
    """
    stopped = background.stop(home_of(home))
    out.print("The service has ended." if stopped else "No service was running.")


@app.command("status")
def status_command(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Tell which run is served and what each view holds.

    Example:  vast status --json
    """
    found = status(home_of(home))
    if as_json:
        sys.stdout.write(json.dumps(found, indent=1, default=str) + "\n")
        return
    _print_status(found)


def _print_status(found: dict[str, Any]) -> None:
    for problem in found["problems"]:
        out.print(f"[bold red]Problem:[/] {escape(problem)}")
    if found["run"] is None:
        out.print(f"No finished run in {found['home']}. Make one with 'vast run DIR'.")
        return
    out.print(
        f"Run [bold]{found['run']}[/], "
        + ("published" if found["published"] else "not published")
        + (f", served at {found['url']}" if found["serving"] else ", not served")
    )
    table = Table("view", "records", "persons", "nodes", "relationships", "Neo4j")
    for view, counts in found["views"].items():
        if "neo4j_uri" not in counts:
            table.add_row(view, "counts only", "-", "-", "-", "-")
            continue
        table.add_row(
            view,
            *(f"{counts[name]:,}" for name in ("records", "persons", "nodes", "relationships")),
            counts["neo4j_version"] or "-",
        )
    out.print(table)
    if found["past_retention"]:
        out.print(
            f"[bold red]Rows of {', '.join(found['past_retention'])} may be kept no longer:[/] "
            "make a run without them and publish it, 'vast run --publish'."
        )
    out.print(f"Finished runs, oldest first: {', '.join(found['runs'])}")


@demo_app.command("up")
def demo_up(
    folder: Annotated[Path, typer.Option(help="Where the demo lives.")] = Path(".demo"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8470,
    in_background: Annotated[
        bool, typer.Option("--background", help="Return once pages answer.")
    ] = False,
) -> None:
    """Prepare the demo and serve it.

    Example:  vast demo up --background
    """
    steps = Steps(err)
    place = DemoPlace(folder.resolve())
    check_port(place, host, port)
    prepare(place, PipelineSettings.from_environment(), steps)
    url = serve_in_background(place, host, port, steps)
    _print_accounts(place, url)
    if not in_background:
        out.print("Ctrl+C ends the demo.")
        try:
            background.follow(place.home)
        except KeyboardInterrupt:
            background.stop(place.home)


def _print_accounts(place: DemoPlace, url: str) -> None:
    table = Table("account", "password", title=f"VAST is served at {url}")
    for name, password in json.loads(place.passwords.read_text("utf-8")).items():
        table.add_row(name, password)
    out.print(table)
    out.print("People, places and cases in the demo are made up.")


@demo_app.command("down")
def demo_down(
    folder: Annotated[Path, typer.Option(help="Where the demo lives.")] = Path(".demo"),
) -> None:
    """End what 'vast demo up' started.

    Example:  vast demo down
    """
    background.stop(DemoPlace(folder.resolve()).home)
    out.print("The demo has ended.")


class _Ending:
    """Which signal ends the command. What its handler raises is not always what arrives: DuckDB
    makes an error of its own of it."""

    def __init__(self) -> None:
        self.number: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._by)

    def _by(self, number: int, _frame: FrameType | None) -> None:
        self.number = number
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(SIGNALLED + number)

    def tell(self, error: BaseException) -> None:
        """Say so and end with the signal's own code. Raises SystemExit."""
        if self.number is None:
            return
        err.print("interrupted; the published run is untouched, and so is what was written before")
        raise SystemExit(SIGNALLED + self.number) from error


def main() -> None:
    """Run the command line. Exit code 1 with one message for whatever went wrong; 130 and 143
    after SIGINT and SIGTERM, as a shell tells them."""
    ending = _Ending()
    try:
        app()
    except SystemExit as ended:
        if ended.code:
            ending.tell(ended)
        raise
    except KNOWN_ERRORS as error:
        ending.tell(error)
        err.print(f"vast: {error}", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except Exception as error:
        ending.tell(error)
        err.print(
            f"vast: unexpected {type(error).__name__}; the published run is untouched. "
            f"Details: {keep_traceback(Home.from_environment())}",
            markup=False,
            soft_wrap=True,
        )
        raise SystemExit(1) from None
