"""``vast users``: accounts of an installation.

Guarantees: a password is generated and shown once, or read from standard input; it is never an
argument, where other users of the machine could read it.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.database import store_of
from pipeline.settings import PipelineSettings
from runs.home import Home
from sharing.accounts import (
    Role,
    all_accounts,
    create,
    generated_password,
    get,
    set_disabled,
    set_password,
    set_view,
)
from sharing.errors import AccountRefused
from sharing.policy import load_policy

users = typer.Typer(no_args_is_help=True, help="Accounts: who signs in, in which role.")
out = Console(highlight=False)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder of the installation; else VAST_HOME, else ~/.local/share/vast."
    ),
]
Name = Annotated[str, typer.Argument(help="The account's name.")]
FromInput = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input instead of generating one."
    ),
]


def home_of(path: Path | None) -> Home:
    """The home that an option names, or the environment's."""
    return Home(path.expanduser().resolve()) if path else Home.from_environment()


@users.command("list")
def list_users(
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the accounts.

    Example:  vast users list
    """
    with store_of(home_of(home)) as store:
        accounts = all_accounts(store)
    if as_json:
        sys.stdout.write(
            json.dumps(
                [
                    {
                        "username": a.username,
                        "role": a.role,
                        "view": a.view,
                        "disabled": a.disabled,
                        "created_at": a.created_at.isoformat(),
                    }
                    for a in accounts
                ],
                indent=1,
            )
            + "\n"
        )
        return
    table = Table("account", "role", "view", "state")
    for account in accounts:
        table.add_row(
            account.username,
            account.role,
            account.view or "-",
            "disabled" if account.disabled else "active",
        )
    out.print(table)


@users.command("add")
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the account does.")],
    view: Annotated[
        str | None, typer.Option(help="The view it reads; the role's own where left out.")
    ] = None,
    home: HomeOption = None,
    password_stdin: FromInput = False,
) -> None:
    """Make an account.

    Example:  vast users add j.smith --role investigator
    """
    _check_view(role, view)
    password = _password(password_stdin)
    with store_of(home_of(home)) as store:
        create(store, name, password, role, view)
    _tell(name, password, password_stdin)


@users.command("view")
def view_command(
    name: Name,
    view: Annotated[str, typer.Argument(help="A view that the agreements declare.")],
    home: HomeOption = None,
) -> None:
    """Let an account read another view, ending its sessions. A steward or reviewer judges there.

    Example:  vast users view m.jones investigation
    """
    with store_of(home_of(home)) as store:
        account = get(store, name)
        if account is None:
            raise AccountRefused(f"no account {name}")
        _check_view(account.role, view)
        set_view(store, name, view)
    out.print(f"Account {name} reads the view {view} from its next sign-in.")


@users.command("password")
def password_command(
    name: Name, home: HomeOption = None, password_stdin: FromInput = False
) -> None:
    """Give an account a new password and end its sessions.

    Example:  vast users password j.smith
    """
    password = _password(password_stdin)
    with store_of(home_of(home)) as store:
        set_password(store, name, password)
    _tell(name, password, password_stdin)


@users.command("disable")
def disable(name: Name, home: HomeOption = None) -> None:
    """Close an account and end its sessions.

    Example:  vast users disable j.smith
    """
    with store_of(home_of(home)) as store:
        set_disabled(store, name, disabled=True)
    out.print(f"Account {name} is disabled.")


@users.command("enable")
def enable(name: Name, home: HomeOption = None) -> None:
    """Open a disabled account again.

    Example:  vast users enable j.smith
    """
    with store_of(home_of(home)) as store:
        set_disabled(store, name, disabled=False)
    out.print(f"Account {name} is active.")


def _check_view(role: Role, view: str | None) -> None:
    """The view must be one of the policy's; another one than the role's own is said aloud."""
    if view is None:
        return
    policy = load_policy(PipelineSettings.from_environment().agreements, datetime.now(UTC).date())
    if view not in policy.views:
        raise AccountRefused(f"no view has that name; expected one of {', '.join(policy.views)}")
    if view != role.view:
        out.print(
            f"[bold]Note:[/] {role} reads the view {role.view} where none is named; this account "
            f"reads {view} instead."
        )


def _password(from_input: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if from_input else generated_password()


def _tell(name: str, password: str, from_input: bool) -> None:
    out.print(
        f"Account {name} is ready."
        + ("" if from_input else f" Its password, shown once: [bold]{password}[/]")
    )
