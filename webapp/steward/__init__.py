"""The steward's pages: what was delivered, and what became of each row."""

from flask import Blueprint

from webapp.access import Permission
from webapp.navigation import NavigationEntry

blueprint = Blueprint("steward", __name__, url_prefix="/steward")

NAVIGATION = (NavigationEntry(90, "Feeds", "steward.feeds", Permission.STEWARD),)

from webapp.steward import routes  # noqa: E402, F401 - registers the routes on the blueprint
