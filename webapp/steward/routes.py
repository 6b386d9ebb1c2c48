"""Routes of the steward's pages.

Guarantees: exempt from views, and says so: it tells of every agency's deliveries, by counts and
reasons, never by a value of a row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from flask import abort, render_template, request

from ingest.quarantined import quarantined_rows
from ingest.refusals import refused_files
from runs.manifest import finished_runs, read_current, read_run
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.spreadsheet import csv_download
from webapp.steward import blueprint
from webapp.steward.quality import FeedQuality, feed_qualities, trend

if TYPE_CHECKING:
    from flask import Response

    from runs.manifest import RunManifest

ROWS_A_PAGE: Final = 100


@blueprint.get("/feeds", endpoint="feeds")
@requires(Permission.STEWARD)
def feeds() -> Any:
    """Every feed: did it come as agreed, how far it reaches, its sums; and nobody's files."""
    run = _run()
    audited(AuditEvent.STEWARD_VIEWED, page="feeds")
    refused = refused_files(current().settings.home)
    return render_template(
        "steward/feeds.html",
        run=run,
        feeds=feed_qualities(run, refused),
        nobodys=[one for one in refused if one.feed is None],
        past_retention=run.past_retention(datetime.now(UTC).date()),
    )


@blueprint.get("/feeds/<feed>")
@requires(Permission.STEWARD)
def feed(feed: str) -> Any:
    """One feed: deliveries, files, reasons, the trend, and the quarantine by line."""
    run = _run()
    quality = _known(feed, run)
    start = max(request.args.get("from", 0, type=int), 0)
    if start > quality.sums.quarantined:
        abort(404)
    audited(AuditEvent.STEWARD_VIEWED, page="feed", feed=feed)
    home = current().settings.home
    return render_template(
        "steward/feed.html",
        run=run,
        feed=quality,
        trend=trend(feed, finished_runs(home)),
        names=_names(quality),
        quarantine=quarantined_rows(home.run(run.run_id), feed, limit=ROWS_A_PAGE, offset=start),
        start=start,
        step=ROWS_A_PAGE,
    )


@blueprint.get("/feeds/<feed>/quarantine.csv")
@requires(Permission.STEWARD)
def quarantine_csv(feed: str) -> Response:
    """The quarantine for the sending agency: file, line, field, reason; no value."""
    run = _run()
    quality = _known(feed, run)
    rows = quarantined_rows(current().settings.home.run(run.run_id), feed)
    audited(AuditEvent.STEWARD_VIEWED, page="quarantine.csv", feed=feed)
    names = _names(quality)
    return csv_download(
        f"quarantine-{feed}-{run.run_id}",
        ("delivery", "delivery_sha256", "file", "line", "field", "reason"),
        [(names[r.delivery], r.delivery, r.file, r.line, r.field, r.reason) for r in rows],
    )


def _run() -> RunManifest:
    home = current().settings.home
    return read_run(home, read_current(home).run_id)


def _known(feed: str, run: RunManifest) -> FeedQuality:
    refused = refused_files(current().settings.home)
    found = {one.feed: one for one in feed_qualities(run, refused)}
    if feed not in found:
        abort(404)
    return found[feed]


def _names(quality: FeedQuality) -> dict[str, str]:
    """What each delivery was called when it came, by its hash."""
    return {str(one["delivery"]): str(one["name"]) for one in quality.deliveries}
