"""Routes of the steward's pages.

Guarantees: exempt from views, and says so: it tells of every agency's deliveries, by counts and
reasons, never by a value of a row.
"""

from __future__ import annotations

from typing import Any

from flask import render_template

from ingest.refusals import refused_files
from runs.manifest import read_current, read_run
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.steward import blueprint


@blueprint.get("/feeds", endpoint="feeds")
@requires(Permission.STEWARD)
def feeds() -> Any:
    """Every delivery of the published run, its files, and their counts."""
    home = current().settings.home
    run = read_run(home, read_current(home).run_id)
    audited(AuditEvent.STEWARD_VIEWED, page="feeds")
    totals = {
        name: sum(int(feed.get(name, 0)) for feed in run.feeds)
        for name in ("rows_in", "loaded", "quarantined", "duplicates")
    }
    return render_template(
        "steward/feeds.html",
        run=run,
        feeds=run.feeds,
        totals=totals,
        refused=refused_files(home),
    )
