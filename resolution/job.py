"""What a view's resolution is a function of, and what it says of itself.

Guarantees: what is told here holds for all ways of resolving (resolution.full_run,
resolution.changed_run), whose rows are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resolution.state import fingerprint
from runs.parts import FROM_ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from resolution.lineage import LineageStore
    from resolution.model import Model
    from resolution.progress import Progress
    from resolution.scoring import ScorerOf


@dataclass(frozen=True, slots=True)
class ResolutionSummary:
    """Counts of one view's resolution; keys that were too common to block on, by rule.

    ``records_resolved``: records whose persons were found again, in this run; the others are as
    the parent run left them. Candidates, pairs scored and components split are this run's own
    work. ``resolved_all_because``: why a run that should have resolved only what changed did not.
    ``prior_records``: how many records the prior of the model was that of (Model.for_records).
    """

    records: int
    linkable_records: int
    persons: int
    candidate_pairs: int
    pairs_scored: int
    links: int
    needs_review: int
    contradicted_decisions: int
    components_split: int
    keys_too_common: dict[str, int] = field(default_factory=dict)
    model: str = ""
    prior_records: int = 0
    records_resolved: int = 0
    resolved_all_because: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Where a run leaves its state for the next, and where the parent run left it.

    ``parent`` and ``parent_persons``: the parent's state and its ``persons`` folder; None where
    everything is to be resolved anew. ``parts_from``: see runs.parts. ``most_changed``: share of
    the records; where more are new, changed or concerned, or came since all were resolved, all are
    resolved anew.
    """

    folder: Path
    parent: Path | None = None
    parent_persons: Path | None = None
    parts_from: int = FROM_ROWS
    most_changed: float = 0.2


@dataclass(frozen=True, slots=True)
class Job:
    """What a resolution is a function of, besides the tables on its connection: the opened records
    (resolution.around), ``court_order``, ``decision``, the parent's ``membership``,
    ``history`` and ``departed`` (resolution.lineage)."""

    model: Model
    shown_columns: frozenset[str]
    view_key: bytes
    run_id: str
    scorer_of: ScorerOf
    persons: Path
    store: LineageStore
    progress: Progress
    membership: duckdb.DuckDBPyRelation
    history: duckdb.DuckDBPyRelation
    departed: duckdb.DuckDBPyRelation
    parent_run_id: str | None

    @property
    def mark(self) -> str:
        """What a state must have been left under to be used (resolution.state)."""
        return fingerprint(self.model, self.shown_columns, self.view_key)

    def announce(self, counts: Mapping[str, int]) -> None:
        said = f"{counts['persons']:,} persons, {counts['links']:,} links"
        self.progress(f"{said}, {counts['needs_review']:,} for review")
