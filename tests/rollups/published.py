"""A home with a published run that holds rollups only, made by the production build."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.contracts.packs import load_pack
from rollups.build import build_rollups
from runs.home import Home
from runs.manifest import Current, Delivery, ViewManifest, write_manifest

if TYPE_CHECKING:
    from pathlib import Path

RUN_ID = "20260101T000000-000001"
VIEWS = {"public": True, "investigation": False, "services": False, "analysis": False}


def publish(home_dir: Path, records: Path, views: dict[str, bool] | None = None) -> Home:
    """Build and publish the rollups of these views: name and whether they are suppressed."""
    home = Home(home_dir)
    home.prepare()
    pack = load_pack("trafficking")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for name, suppressed in (VIEWS if views is None else views).items():
        folder = home.run(RUN_ID).view(name)
        build_rollups(
            records, folder.rollups, pack, suppressed=suppressed, scratch=home_dir / "scratch"
        )
        delivery = Delivery(feed="nibrs", publisher="State Police", received_at=now)
        write_manifest(
            folder.manifest,
            ViewManifest(
                view=name, run_id=RUN_ID, created_at=now, synthetic=True, deliveries=(delivery,),
                counts={}, files=(),
            ),
        )  # fmt: skip
    write_manifest(home.current, Current(run_id=RUN_ID, published_at=now, servers={}))
    return home
