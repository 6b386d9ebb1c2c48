"""The policy in force on a day: which rows and fields of which feed enter which view.

Guarantees: a policy is made of files that all loaded and agree with one another and with the
declared tables; one wrong file refuses the whole policy, with every problem told at once, so that
the caller keeps the policy that it has. What no agreement in effect names, no view holds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.tables import BY_NAME, TABLES
from sharing.agreements import (
    Agreement,
    Document,
    FieldRule,
    RowFilter,
    TableShare,
    View,
    ViewKind,
    ViewsFile,
)
from sharing.errors import PolicyRefused, UnknownView
from sharing.rules import (
    AGES,
    BIRTHS,
    PLACES,
    Show,
    allowed_match,
    allowed_show,
    governed,
    mask_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runs.schema import Column, Table

__all__ = ["Grant", "Policy", "View", "ViewKind", "load_policy"]

VIEWS_FILE: Final = "views.yaml"

_SCALARS: Final[dict[str, type]] = {
    "VARCHAR": str,
    "BOOLEAN": bool,
    "SMALLINT": int,
    "INTEGER": int,
    "BIGINT": int,
    "DATE": date,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What one agreement lets of one table of one feed into one view.

    ``match`` and ``show`` hold a mask for every governed column of the table.
    """

    view: str
    feed: str
    table: str
    rows: tuple[RowFilter, ...]
    only_with: tuple[str, ...]
    match: Mapping[str, Show]
    show: Mapping[str, Show]
    legal_basis: str
    retain_years: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class Policy:
    """The agreements in effect on a day.

    ``fingerprint`` (SHA-256, hexadecimal) changes exactly when what the views may hold changes,
    not with the passing of days.
    """

    on: date
    views: Mapping[str, View]
    agreements: tuple[Agreement, ...]
    grants: tuple[Grant, ...]
    fingerprint: str

    def grants_of(self, view: str) -> tuple[Grant, ...]:
        """The view's grants, by table and feed. Raises UnknownView."""
        self.view(view)
        return tuple(grant for grant in self.grants if grant.view == view)

    def view(self, name: str) -> View:
        """The view of that name. Raises UnknownView."""
        if name not in self.views:
            raise UnknownView(f"no view {name!r}; the policy declares {', '.join(self.views)}")
        return self.views[name]

    def feeds_of(self, view: str) -> frozenset[str]:
        """The feeds that put any row into the view."""
        return frozenset(grant.feed for grant in self.grants_of(view))

    def shown_values(self, view: str) -> frozenset[str]:
        """The columns of every table, as table.column, whose matched values the view shows in clear
        for every feed that has matched values in it: what a comparison may be explained by. A feed
        without any cannot be betrayed."""
        return frozenset(
            f"{table.name}.{column.name}"
            for table in TABLES
            for grants in [[g for g in self.grants_of(view) if g.table == table.name]]
            for column in governed(table)
            if all(_open(grant, column.name) for grant in grants)
        )

    def matched_by_year(self, view: str, table: str, column: str) -> frozenset[str]:
        """The feeds whose date in this column may be compared by its year only."""
        return frozenset(
            grant.feed
            for grant in self.grants_of(view)
            if grant.table == table and grant.match[column] is Show.YEAR
        )


def _open(grant: Grant, column: str) -> bool:
    if column == "locality_id":
        return _tells_locality(grant.show) or not _tells_locality(grant.match)
    sources = {column}
    # Masks of birth columns put values into other columns: those count where they are matched.
    if column == "birth_year" and grant.match["birth_date"] is Show.YEAR:
        sources.add("birth_date")
    if column in AGES:
        sources |= {name for name in BIRTHS if grant.match[name] is Show.AGE_BAND}
    return all(
        grant.match[name] is Show.NOTHING or grant.show[name] is Show.CLEAR for name in sources
    )


def _tells_locality(masks: Mapping[str, Show]) -> bool:
    """A place that is known by its county is known by the row's locality (sharing.masks)."""
    known = masks["locality_id"] in {Show.CLEAR, Show.COUNTY}
    return known or any(masks.get(place) is Show.COUNTY for place in PLACES)


def load_policy(folder: Path, on: date) -> Policy:
    """Read every ``*.yaml`` of the folder: ``views.yaml``, and one agreement in each other file.

    Raises PolicyRefused naming file, line, path and what was expected, for every problem found:
    nothing of a folder with one wrong file is in force.
    """
    paths = sorted(folder.glob("*.yaml"))
    views_path = folder / VIEWS_FILE
    if views_path not in paths:
        raise PolicyRefused(f"{views_path} is missing; expected the declaration of the views there")
    views_document = Document(views_path)
    views = views_document.read(ViewsFile)
    loaded: list[tuple[Document, Agreement]] = []
    documents = [views_document]
    for path in paths:
        if path == views_path:
            continue
        document = Document(path)
        documents.append(document)
        agreement = document.read(Agreement)
        if agreement is not None:
            loaded.append((document, agreement))
    grants: list[Grant] = []
    if views is not None:
        _check_groups(views_document, views)
        for document, agreement in loaded:
            made = _grants(document, agreement, views)
            grants += made if agreement.in_effect(on) else ()
    _check_one_each(loaded)
    problems = [problem for document in documents for problem in document.problems]
    if problems or views is None:
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise PolicyRefused(
            f"the policy in {folder} is refused, nothing of it is in force; "
            f"correct these and load it again:\n{listed}"
        )
    order = {table.name: position for position, table in enumerate(TABLES)}
    ordered = tuple(sorted(grants, key=lambda g: (g.view, order[g.table], g.feed)))
    return Policy(
        on=on,
        views={view.name: view for view in views.views},
        agreements=tuple(agreement for _, agreement in loaded if agreement.in_effect(on)),
        grants=ordered,
        fingerprint=_fingerprint(views.views, ordered),
    )


def _check_groups(document: Document, views: ViewsFile) -> None:
    for table_name, groups in views.field_groups.items():
        where = ("field_groups", table_name)
        table = BY_NAME.get(table_name)
        if table is None:
            document.problem(where, f"no such table; expected one of {', '.join(BY_NAME)}")
            continue
        names = {column.name for column in governed(table)}
        for group, members in groups.items():
            if group in table.column_names:
                document.problem((*where, group), "a column of the table has this name")
            for position, member in enumerate(members):
                if member not in names:
                    document.problem((*where, group, position), _no_field(table, member))
        for one, other in combinations(groups, 2):
            shared = sorted(set(groups[one]) & set(groups[other]))
            if shared:
                document.problem((*where, other), f"shares {', '.join(shared)} with group {one}")


def _check_one_each(loaded: list[tuple[Document, Agreement]]) -> None:
    for (first, one), (second, other) in combinations(loaded, 2):
        together = one.valid_from <= other.valid_to and other.valid_from <= one.valid_to
        if one.dataset == other.dataset and together:
            second.problem(
                ("dataset",),
                f"{first.path.name} binds the same dataset in the same days; "
                "end one before the other begins",
            )


def _grants(document: Document, agreement: Agreement, views: ViewsFile) -> list[Grant]:
    declared = {view.name: view for view in views.views}
    grants: list[Grant] = []
    for view_name, share in agreement.views.items():
        view = declared.get(view_name)
        if view is None:
            document.problem(
                ("views", view_name), f"no such view; expected one of {', '.join(declared)}"
            )
            continue
        for purpose in view.purposes:
            if purpose not in agreement.purposes:
                document.problem(
                    ("views", view_name),
                    f"users of this view may look for the purpose {purpose}, which this "
                    "agreement does not permit; permit it, or keep the data out of the view",
                )
        for table_name, shared in share.tables.items():
            where = ("views", view_name, "tables", table_name)
            table = BY_NAME.get(table_name)
            if table is None:
                document.problem(where, f"no such table; expected one of {', '.join(BY_NAME)}")
                continue
            rules = _rules(document, (*where, "fields"), table, shared, views)
            _check_rows(document, where, table, shared, frozenset(share.tables))
            match = {c.name: mask_of(c, rules[c.name].match) for c in governed(table)}
            show = {c.name: rules[c.name].show for c in governed(table)}
            if table_name == "contact_point" and show["value"] is Show.NOTHING:
                document.problem(
                    (*where, "fields"),
                    "value: shown as nothing, but equal contact points would still be told apart; "
                    "expected clear or token, or no contact_point at all",
                )
            grants.append(
                Grant(
                    view=view_name,
                    feed=agreement.dataset,
                    table=table_name,
                    rows=shared.rows,
                    only_with=shared.only_with,
                    match=match,
                    show=show,
                    legal_basis=share.legal_basis or agreement.legal_basis,
                    retain_years=agreement.retain_years,
                    valid_from=agreement.valid_from,
                )
            )
    return grants


def _rules(
    document: Document,
    where: tuple[str, ...],
    table: Table,
    share: TableShare,
    views: ViewsFile,
) -> dict[str, FieldRule]:
    """A rule for every governed column; nothing where the agreement names none."""
    columns = {column.name: column for column in governed(table)}
    groups = views.field_groups.get(table.name, {})
    rules = dict.fromkeys(columns, FieldRule())
    for name, rule in share.fields.items():
        if name in groups:
            rules |= {
                member: rule
                for member in groups[name]
                if member in columns and member not in share.fields
            }
        elif name in columns:
            rules[name] = rule
        else:
            document.problem((*where, name), _no_field(table, name, groups))
            continue
        for member in groups.get(name, (name,)):
            if member in columns and (member == name or member not in share.fields):
                _check_rule(document, (*where, name), columns[member], rule)
    return rules


def _check_rule(
    document: Document, where: tuple[str, ...], column: Column, rule: FieldRule
) -> None:
    halves: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("match", rule.match, allowed_match(column)),
        ("show", rule.show, allowed_show(column)),
    )
    for half, value, allowed in halves:
        if value not in allowed:
            expected = ", ".join(allowed)
            document.problem(
                where, f"{half}: {value} means nothing for {column.name}; expected {expected}"
            )


def _check_rows(
    document: Document,
    where: tuple[str | int, ...],
    table: Table,
    share: TableShare,
    tables: frozenset[str],
) -> None:
    columns = {column.name: column for column in governed(table)}
    for position, condition in enumerate(share.rows):
        at = (*where, "rows", position)
        column = columns.get(condition.column)
        if column is None:
            document.problem(at, _no_field(table, condition.column))
            continue
        kind = _SCALARS.get(column.type)
        if kind is None:
            document.problem(at, f"{column.name} is a {column.type}, which no row filter compares")
        elif any(type(value) is not kind for value in condition.values):
            document.problem(at, f"values for {column.name}: expected {kind.__name__} each")
    for other in share.only_with:
        if other not in tables:
            document.problem(
                (*where, "only_with"), f"{other} is not among the tables shared with this view"
            )
        elif joining_columns(table, BY_NAME[other]) is None:
            document.problem((*where, "only_with"), f"{other} and {table.name} share no key")


def joining_columns(table: Table, other: Table) -> tuple[str, tuple[str, ...]] | None:
    """The key columns (one of table, some of other) by which one of two tables points to the other.

    Several of ``other`` where it points to ``table`` in several parts, as an order to its parties:
    a row is with another that has it in any of them.
    """
    own, others = table.columns[0], other.columns[0]
    for column in table:
        if column.key_of is not None and column.key_of == others.key_of:
            return column.name, (others.name,)
    pointing = tuple(
        column.name for column in other if own.key_of is not None and column.key_of == own.key_of
    )
    return (own.name, pointing) if pointing else None


def _no_field(table: Table, name: str, groups: Mapping[str, Any] | None = None) -> str:
    if name in table.column_names:
        return f"{name} is a key or provenance: it follows the rows and is not ruled"
    known = [*(groups or ()), *(column.name for column in governed(table))]
    return f"table {table.name} has no field {name}; expected one of {', '.join(known)}"


def _fingerprint(views: tuple[View, ...], grants: tuple[Grant, ...]) -> str:
    content = {
        "views": [view.model_dump(mode="json") for view in views],
        "grants": [
            {
                "view": grant.view,
                "feed": grant.feed,
                "table": grant.table,
                "rows": [row.model_dump(mode="json") for row in grant.rows],
                "only_with": grant.only_with,
                "match": dict(grant.match),
                "show": dict(grant.show),
                "legal_basis": grant.legal_basis,
                "retain_years": grant.retain_years,
                "valid_from": grant.valid_from.isoformat(),
            }
            for grant in grants
        ],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
