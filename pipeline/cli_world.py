"""``vast world``: made-up worlds for demonstrations and tests, and how real they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.errors import PipelineError
from pipeline.steps import Steps

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

world = typer.Typer(no_args_is_help=True, help="Made-up worlds for demonstrations and tests.")


@world.command("make")
def world_make(
    folder: Annotated[Path, typer.Argument(help="Folder to write; must not exist or be empty.")],
    persons: Annotated[int, typer.Option(min=50, help="People in the world.")] = 3000,
    years: Annotated[int, typer.Option(min=1, max=10, help="Calendar years of life.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
) -> None:
    """Make a synthetic Virginia: each agency's files in DIR/feeds, the truth in DIR/truth.

    404,000 persons over three years give a million records of persons.

    Example:  vast world make /tmp/world --persons 3000 --years 3 --seed 7
    """
    from demo.world import make_world

    steps = Steps(err)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PipelineError(f"{folder} exists and is not an empty folder; name a new one")
    with steps.step("A synthetic Virginia"):
        make_world(folder, persons=persons, years=years, seed=seed, progress=steps.note)


@world.command("report")
def world_report(
    folder: Annotated[Path, typer.Argument(help="A world that 'vast world make' wrote.")],
    docs: Annotated[Path, typer.Option(help="Folder for world.md and its plots.")] = Path("docs"),
) -> None:
    """Hold a world against real tables: write docs/world.md, with plots, and name what differs.

    Example:  vast world report /tmp/world --docs docs
    """
    from demo.calibration.page import write_report

    report = write_report(folder, docs)
    differing = ", ".join(report.unmeant) or "nothing"
    out.print(
        f"{report.page}: {len(report.comparisons)} measures; differs unmeant: {differing}",
        soft_wrap=True,
    )
