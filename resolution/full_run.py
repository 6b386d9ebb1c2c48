"""All of a view's records resolved."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from resolution.around import with_reports
from resolution.blocking import NAMES
from resolution.checks import StateUnusable
from resolution.contracts import LINEAGE, LINK, MEMBERSHIP, PERSON
from resolution.crowded import put_back
from resolution.decisions import constraints_of
from resolution.features import make_features, make_frequencies
from resolution.job import Job, Memory, ResolutionSummary
from resolution.keep import keep_all
from resolution.links import NOTHING_STANDS, explained_parts, reviews
from resolution.outcome import MEMBERSHIP_ROWS, PERSON_ROWS, WHO, conclude, place, replace
from resolution.persons import find_persons
from runs.parts import Layout
from runs.schema import write_parts, write_table

if TYPE_CHECKING:
    import duckdb


def resolve_all(
    con: duckdb.DuckDBPyConnection,
    job: Job,
    memory: Memory | None,
    reason: str,
) -> ResolutionSummary:
    """``memory``: where the next run finds what this one leaves, or None. ``reason``: why a run
    that could have resolved only what changed does not."""
    replace(con, job.membership, "previous_membership")
    replace(con, job.history, "previous_history")
    linkable = make_features(con, with_reports(con, con.view("person_rows")))
    make_frequencies(con, job.model.frequencies)
    records = len(con.table("feature"))
    job.progress(f"{records:,} records, {linkable:,} with a name or identifier")
    constraints = constraints_of(con)
    con.execute(NOTHING_STANDS)
    found = find_persons(
        con,
        job.model,
        records,
        constraints,
        job.progress,
        scorer_of=job.scorer_of,
        reaching_review=True,
        crowds_aside=True,
    )
    for rule, keys in found.blocking.dropped.items():
        job.progress(f"{keys:,} keys were too common to look for pairs by: {rule}")
    place(con, job, found.settled)
    conclude(con, job)
    persons = write_table(con.sql(PERSON_ROWS), PERSON, job.persons)
    write_table(con.sql(MEMBERSHIP_ROWS), MEMBERSHIP, job.persons)
    links = write_parts(explained_parts(con, job), LINK, job.persons)
    write_table(
        con.sql("SELECT * FROM previous_history UNION SELECT * FROM change"), LINEAGE, job.persons
    )
    job.store.write_departed(con, job.run_id, job.parent_run_id, job.departed, Layout(whole=True))
    job.store.write(con, job.run_id, con.sql(WHO), job.persons)
    counts = {
        "linkable_records": linkable,
        "persons": persons,
        "links": links,
        "needs_review": reviews(con),
        "contradicted_decisions": len(found.clusters.contradicted),
    }
    if memory is not None:
        numbers = {name: number for number, name in NAMES.items()}
        dropped = {numbers[name]: keys for name, keys in found.blocking.dropped.items()}
        if len(found.blocking.crowded):
            put_back(con)
        try:
            keep_all(
                con,
                memory.folder,
                job.mark,
                found.settled.component,
                found.blocking.crowded,
                dropped,
                counts,
                job.persons,
            )
        except StateUnusable as unkept:
            shutil.rmtree(memory.folder, ignore_errors=True)
            job.progress(f"the next run will resolve all records: {unkept}")
    job.announce(counts)
    return ResolutionSummary(
        records=records,
        linkable_records=linkable,
        persons=persons,
        candidate_pairs=found.blocking.candidates,
        pairs_scored=found.settled.pairs_scored,
        components_split=found.settled.components_split,
        keys_too_common=found.blocking.dropped,
        links=links,
        needs_review=counts["needs_review"],
        contradicted_decisions=counts["contradicted_decisions"],
        model=job.model.name,
        prior_records=job.model.prior_records,
        resolved_all_because=reason,
        records_resolved=records,
    )
