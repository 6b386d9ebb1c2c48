"""What every page's template can use, and how values are written.

Guarantees: a page says as of which run and deliveries it speaks, and that its people are synthetic
where the view's manifest says so, also when nothing else works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import current_app, g, request

from runs.errors import RunsError
from webapp import security
from webapp.access import Access, Permission, current
from webapp.freshness import age_days, is_late
from webapp.labels import FILTERS, NO_VALUE
from webapp.navigation import visible

if TYPE_CHECKING:
    from flask import Flask

    from runs.manifest import Delivery, ViewManifest
    from sharing.agreements import View


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed's deliveries in a view: how many, and the latest of each date."""

    feed: str
    publisher: str
    deliveries: int
    received_at: datetime
    as_of: str | None
    stale: bool
    """A newer delivery was refused."""
    age_days: int
    """Full days since the last delivery that was taken."""
    expected_every_days: int | None

    @property
    def late(self) -> bool:
        """No delivery for longer than was agreed."""
        return is_late(self.age_days, self.expected_every_days)


@dataclass(frozen=True, slots=True)
class PageState:
    """What the frame around a page shows. ``manifest`` is None where no run can be read."""

    access: Access
    manifest: ViewManifest | None
    view: View | None
    synthetic: bool

    @property
    def feeds(self) -> tuple[FeedState, ...]:
        """The feeds that the view was made from, by name."""
        deliveries = self.manifest.deliveries if self.manifest else ()
        by_feed = groupby(sorted(deliveries, key=lambda one: one.feed), lambda one: one.feed)
        return tuple(_feed_state(feed, list(found)) for feed, found in by_feed)

    @property
    def doubtful_feeds(self) -> tuple[FeedState, ...]:
        """The feeds of which every page must say that something newer is missing."""
        return tuple(feed for feed in self.feeds if feed.stale or feed.late)

    @property
    def may_state_purpose(self) -> bool:
        """True where the account can see pages that need a purpose."""
        return self.access.session is not None and any(
            permission.needs_purpose and self.access.may(permission) for permission in Permission
        )


def _feed_state(feed: str, deliveries: list[Delivery]) -> FeedState:
    dates = [one.as_of for one in deliveries if one.as_of]
    received_at = max(one.received_at for one in deliveries)
    return FeedState(
        feed,
        deliveries[0].publisher,
        len(deliveries),
        received_at,
        max(dates) if dates else None,
        any(one.stale for one in deliveries),
        age_days(received_at),
        deliveries[0].expected_every_days,
    )


def state() -> PageState:
    """The frame of the current request's page, made once."""
    if "page_state" not in g:
        g.page_state = _read_state()
    made: PageState = g.page_state
    return made


def _read_state() -> PageState:
    access = current()
    views: dict[str, View] = current_app.extensions["vast_views"]
    try:
        manifest = access.open_view.manifest
    except RunsError:
        marked = access.settings.home.synthetic_marker.exists()
        return PageState(access, None, views.get(access.view), marked)
    return PageState(access, manifest, views.get(access.view), manifest.synthetic)


def register(app: Flask) -> None:
    """Give templates the frame, the assets and the filters."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "page": state(),
            "navigation": visible(current()),
            "nonce": security.nonce(),
            "assets": current_app.extensions["vast_assets"],
            "has_page": lambda endpoint: endpoint in current_app.view_functions,
            "here": request.full_path.rstrip("?"),
        }

    for name, written in (
        ("day", day),
        ("moment", moment),
        ("number", number),
        ("or_dash", or_dash),
        ("bits", bits),
        ("hour", hour),
    ):
        app.add_template_filter(written, name)
    for name, label in FILTERS.items():
        app.add_template_filter(label, name)


def bits(value: float) -> str:
    """A weight in log2 with its sign, to a tenth; what rounds to nothing is ``0.0``."""
    tenths = round(value, 1)
    return f"{tenths:+.1f}" if tenths else "0.0"


def hour(value: int | None) -> str:
    """An hour of the day as ``22:00``; None is a dash."""
    return NO_VALUE if value is None else f"{value:02}:00"


def day(value: date | datetime | str | None) -> str:
    """A day as ``14 Mar 2024``; text that is no ISO day is kept; None is a dash."""
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value[:10])
        except ValueError:
            return str(value)
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """A moment as ``14 Mar 2024, 09:05 UTC``; None is a dash."""
    if value is None:
        return NO_VALUE
    in_utc = value.astimezone(UTC) if value.tzinfo else value
    return f"{in_utc.day} {in_utc:%b %Y, %H:%M} UTC"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands separators and that many decimals; None is a dash."""
    return NO_VALUE if value is None else f"{value:,.{digits}f}"


def or_dash(value: Any) -> Any:
    """The value, or a dash where nothing is recorded."""
    return NO_VALUE if value is None or value in ("", []) else value
