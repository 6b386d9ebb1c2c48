"""``vast model``: the linkage model of an installation, from training to acceptance."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli_users import HomeOption, home_of
from pipeline.database import store_of
from pipeline.errors import ModelRefused
from pipeline.incident_models import train_incident_model
from pipeline.models import (
    accept,
    accepted_model,
    outcome,
    records_of_view,
    train_model,
    train_on_deliveries,
    weight_changes,
)
from resolution.model import Model, load_model, save_model

model_app = typer.Typer(
    no_args_is_help=True, help="The linkage model: train, look at, compare, accept."
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ViewOption = Annotated[
    str | None, typer.Option(help="A view, whose records in the newest run are used.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _progress(line: str) -> None:
    err.print(f"[dim]{line}[/]")


@model_app.command("train")
def train_command(
    name: Annotated[str, typer.Option(help="Name of the model, as in vast-person-3.")],
    deliveries: Annotated[
        Path | None,
        typer.Argument(help="A folder of deliveries, or a world, to learn from; else --view."),
    ] = None,
    view: ViewOption = None,
    evaluate: Annotated[
        list[Path] | None,
        typer.Option(help="A made-up world to measure on; give it once for each world."),
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="The file; else HOME/models/NAME.json.")
    ] = None,
    note: Annotated[str, typer.Option(help="What it is learnt from, for the card.")] = "",
    seed: Annotated[int, typer.Option(help="Of the random pairs that are learnt from.")] = 11,
    home: HomeOption = None,
) -> None:
    """Estimate a model from records, without labels. No run uses it before it is accepted.

    Example:  vast model train --view investigation --name va-person-2 --evaluate /tmp/world
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", name):
        raise ModelRefused("--name is small letters, digits and hyphens, as in vast-person-3")
    if (deliveries is None) == (view is None):
        raise ModelRefused("name either a folder of deliveries or a --view of the newest run")
    worlds = evaluate or []
    if deliveries is not None:
        told = note or f"the deliveries of {deliveries.resolve().name}"
        trained = train_on_deliveries(deliveries, name, seed, told, worlds, _progress)
    else:
        place = home_of(home)
        told = note or f"the records of the view {view} in the newest run"
        trained = train_model(
            records_of_view(place, str(view)), name, seed, told, worlds, _progress
        )
    path = out_file or home_of(home).models / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    save_model(trained, path)
    out.print(f"{path}: {trained.name} ({trained.fingerprint[:12]})", soft_wrap=True)


@model_app.command("train-incidents")
def train_incidents_command(
    deliveries: Annotated[
        Path, typer.Argument(help="A folder of deliveries, or a world, to learn from.")
    ],
    out_file: Annotated[Path, typer.Option("--out", help="The file to write.")],
    name: Annotated[str, typer.Option(help="Name of the model, as in vast-incident-2.")],
    evaluate: Annotated[
        list[Path] | None,
        typer.Option(help="A made-up world to measure on; give it once for each world."),
    ] = None,
    note: Annotated[str, typer.Option(help="What it is learnt from, for the card.")] = "",
    seed: Annotated[int, typer.Option(help="Of the pairs that are learnt from.")] = 11,
    home: HomeOption = None,
) -> None:
    """Estimate how reports become incidents, without labels. Runs use the file that ships: a new
    one becomes theirs by review of resolution/models/incidents.json.

    Example:  vast model train-incidents /tmp/world --name va-incident-2 --out incidents.json
    """
    persons = load_model(accepted_model(home_of(home)))
    told = note or f"the deliveries of {deliveries.resolve().name}"
    trained = train_incident_model(deliveries, persons, name, seed, told, evaluate or [], _progress)
    save_model(trained, out_file)
    out.print(f"{out_file}: {trained.name} ({trained.fingerprint[:12]})", soft_wrap=True)


@model_app.command("show")
def show_command(
    file: Annotated[Path | None, typer.Argument(help="A model; else the accepted one.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a model was learnt from, how well it did, and what each observation weighs.

    Example:  vast model show
    """
    model = load_model(file or accepted_model(home_of(home)))
    if as_json:
        told = model.model_dump(mode="json") | {"fingerprint": model.fingerprint}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
        return
    _print_card(model)
    weights = Table("comparison", "level", "match weight (bits)", "m", "u")
    for comparison in model.comparisons:
        for level in comparison.levels:
            weights.add_row(
                comparison.name,
                level.name,
                f"{level.match_weight:+.1f}",
                f"{level.m:.3g}",
                f"{level.u:.3g}",
            )
    out.print(weights)


def _print_card(model: Model) -> None:
    training, thresholds = model.training, model.thresholds
    out.print(f"[bold]{model.name}[/] {model.fingerprint}", soft_wrap=True)
    out.print(
        f"Learnt from {training.records:,} records ({training.note}), seed {training.seed}, "
        f"fingerprint of the data {training.fingerprint}",
        soft_wrap=True,
    )
    out.print(
        f"Prior {model.prior_match_weight:+.1f} bits. Held together from {thresholds.accept:+.1f} "
        f"bits (a child {thresholds.accept_child:+.1f}), reviewed from {thresholds.review:+.1f} "
        f"(a child {thresholds.review_child:+.1f})",
        soft_wrap=True,
    )
    for line in model.limitations:
        out.print(f"- {line}", soft_wrap=True)
    if not model.evaluation:
        out.print("[bold]Nobody measured it:[/] it cannot be accepted.")
        return
    measured = Table("world", "part", "records", "precision", "recall", "F1")
    for one in model.evaluation:
        measured.add_row(
            one.world,
            one.part,
            f"{one.records:,}",
            *(f"{x:.3f}" for x in (one.precision, one.recall, one.f1)),
        )
    out.print(measured)


@model_app.command("compare")
def compare_command(
    first: Annotated[Path, typer.Argument(help="A model.")],
    second: Annotated[
        Path | None, typer.Argument(help="Another one; else the accepted one.")
    ] = None,
    view: ViewOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what differs between two models, and with --view what each makes of the records.

    Example:  vast model compare candidate.json --view investigation
    """
    place = home_of(home)
    one, other = load_model(first), load_model(second or accepted_model(place))
    changes = weight_changes(one, other)
    found = (
        outcome(records_of_view(place, view), one, other, _progress) if view is not None else None
    )
    if as_json:
        told = {
            "first": {"name": one.name, "fingerprint": one.fingerprint},
            "second": {"name": other.name, "fingerprint": other.fingerprint},
            "prior_bits": [one.prior_match_weight, other.prior_match_weight],
            "weights": [asdict(change) for change in changes],
            "outcome": asdict(found) if found else None,
        }
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
        return
    out.print(f"{one.name} ({one.fingerprint[:12]}) and {other.name} ({other.fingerprint[:12]})")
    out.print(f"prior {one.prior_match_weight:+.1f} and {other.prior_match_weight:+.1f} bits")
    table = Table("comparison", "level", "first (bits)", "second (bits)")
    for change in changes:
        table.add_row(
            change.comparison, change.level, f"{change.first:+.1f}", f"{change.second:+.1f}"
        )
    out.print(table if changes else "No weight differs by half a bit.")
    if found:
        out.print(
            f"{found.records:,} records: {found.persons_first:,} and {found.persons_second:,} "
            f"persons; {found.pairs.both:,} pairs joined by both, {found.pairs.only_first:,} by "
            f"the first alone, {found.pairs.only_second:,} by the second alone",
            soft_wrap=True,
        )


@model_app.command("accept")
def accept_command(
    file: Annotated[Path, typer.Argument(help="A model that was trained and looked at.")],
    by: Annotated[str, typer.Option(help="The account that takes responsibility.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log.")],
    home: HomeOption = None,
) -> None:
    """Let the next runs of this installation use a model. Published runs stay as they are.

    Example:  vast model accept va-person-2.json --by admin --reason "board of 3 May"
    """
    place = home_of(home)
    place.prepare()
    with store_of(place) as store:
        model = accept(place, store, file, by, reason)
    out.print(f"The next run uses {model.name} ({model.fingerprint[:12]}).")
