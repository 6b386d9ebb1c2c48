"""Of a view's records those resolved again that a change since the parent run touches."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.blocking import NAMES
from resolution.checks import StateUnusable
from resolution.contracts import LINEAGE, LINK, MEMBERSHIP, PERSON
from resolution.decisions import constraints_of
from resolution.increment import resolve_increment
from resolution.job import Job, Memory, ResolutionSummary
from resolution.keep import keep_increment
from resolution.lineage import person_id
from resolution.links import VOID_LINKS, explained_rows, reviews
from resolution.outcome import MEMBERSHIP_ROWS, PERSON_ROWS, WHO, conclude, place, replace
from resolution.state import CONTRADICTED, LINKED, REVIEW
from runs.parts import Layout, write_changed

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from resolution.state import State

_ATTEMPTS: Final = 4

_EXHAUSTED: Final = """
SELECT 1 FROM possible JOIN previous_history USING (person_id)
WHERE attempt = (SELECT max(attempt) FROM possible) LIMIT 1
"""

_WITHOUT_ID: Final = "SELECT DISTINCT cluster FROM resolved ANTI JOIN person_of USING (cluster)"


def resolve_changed(
    con: duckdb.DuckDBPyConnection,
    job: Job,
    memory: Memory,
    parent: Path,
    state: State,
    parent_run_id: str,
) -> ResolutionSummary:
    """Raises StateUnusable, before anything is written."""
    found = resolve_increment(
        con,
        job.model,
        state,
        lambda: constraints_of(con),
        memory.most_changed,
        job.progress,
    )
    old = np.r_[found.numbers[found.numbers < len(state.alive)], found.diff.gone]
    keys = pa.array(state.hexadecimal(np.unique(old)), pa.string())
    con.register("touched_key", pa.table({"record_key": keys}))
    touched = con.table("touched_key")
    replace(con, job.membership.join(touched, "record_key", how="semi"), "previous_membership")
    place(con, job, found.settled)
    con.register("possible", _possible_ids(con, job.view_key))
    spoken_of = (
        con.table("possible").select("person_id").union(con.table("returned").select("person_id"))
    )
    replace(con, job.history.join(spoken_of, "person_id", how="semi"), "previous_history")
    if con.sql(_EXHAUSTED).fetchall():
        raise StateUnusable("an id was taken too often to be looked up")
    conclude(con, job)
    past = found.past
    loose = past.loose & ((past.flags & LINKED) > 0)
    con.register(
        "loose_link",
        pa.table(
            {
                "record_key_l": pa.array(state.hexadecimal(past.left[loose]), pa.string()),
                "record_key_r": pa.array(state.hexadecimal(past.right[loose]), pa.string()),
            }
        ),
    )
    layout = Layout(found.taken_back, memory.parts_from)
    void = con.sql("SELECT DISTINCT person_id FROM previous_membership")
    voided = con.sql(VOID_LINKS)
    write_changed(con, PERSON, job.persons, parent, void, con.sql(PERSON_ROWS), layout)
    write_changed(con, MEMBERSHIP, job.persons, parent, touched, con.sql(MEMBERSHIP_ROWS), layout)
    links = explained_rows(con, job, 0, len(found.settled.component))
    write_changed(con, LINK, job.persons, parent, voided, links, layout)
    changes = con.table("change")
    write_changed(con, LINEAGE, job.persons, parent, changes.filter("false"), changes, layout)
    job.store.write_departed(con, job.run_id, parent_run_id, job.departed, layout)
    job.store.write_changed(
        con, job.run_id, parent_run_id, touched, con.sql(WHO), job.persons, layout
    )
    gone = {
        "linkable_records": state.linkable(found.diff.gone),
        "persons": len(void),
        "links": int(((past.flags & LINKED) > 0).sum()),
        "needs_review": int(((past.flags & REVIEW) > 0).sum()),
        "contradicted_decisions": int(((past.flags & REVIEW) == CONTRADICTED).sum()),
    }
    came = {
        "linkable_records": found.fresh.linkable,
        "persons": len(con.sql("SELECT DISTINCT cluster FROM resolved")),
        "links": len(con.table("linked")),
        "needs_review": reviews(con),
        "contradicted_decisions": len(found.settled.clusters.contradicted),
    }
    counts = {name: state.counts[name] - gone[name] + came[name] for name in came}
    dropped = Counter(state.dropped)
    dropped.update(found.work.dropped)
    keep_increment(
        con,
        memory.folder,
        job.mark,
        state,
        found,
        {rule: keys for rule, keys in sorted(dropped.items()) if keys},
        counts,
        job.persons,
    )
    job.announce(counts)
    return ResolutionSummary(
        linkable_records=counts["linkable_records"],
        persons=counts["persons"],
        links=counts["links"],
        needs_review=counts["needs_review"],
        contradicted_decisions=counts["contradicted_decisions"],
        model=job.model.name,
        prior_records=job.model.prior_records,
        records=int(found.work.alive.sum()),
        candidate_pairs=len(found.work.left),
        pairs_scored=found.pairs_scored,
        components_split=found.settled.components_split,
        keys_too_common={NAMES[rule]: keys for rule, keys in sorted(dropped.items()) if keys},
        records_resolved=len(found.numbers),
    )


def _possible_ids(con: duckdb.DuckDBPyConnection, view_key: bytes) -> pa.Table:
    """Ids that ``identify`` may want to give the clusters that carried none over."""
    clusters = con.execute(_WITHOUT_ID).fetchall()
    rows = [
        {"person_id": person_id(view_key, cluster, attempt), "attempt": attempt}
        for (cluster,) in clusters
        for attempt in range(_ATTEMPTS)
    ]
    return pa.Table.from_pylist(
        rows, pa.schema([("person_id", pa.string()), ("attempt", pa.int32())])
    )
