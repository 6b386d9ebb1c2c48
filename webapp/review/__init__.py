"""Pairs of records that somebody has to judge: the queue, the pair, the decisions."""

from flask import Blueprint

from webapp.access import Permission
from webapp.navigation import NavigationEntry

blueprint = Blueprint("review", __name__, url_prefix="/review")

NAVIGATION = (NavigationEntry(80, "Review", "review.queue", Permission.REVIEW),)

from webapp.review import incidents, routes  # noqa: E402, F401 - register their routes
