"""Searching: as a person, and for incidents, places, contacts and events by words."""

from flask import Blueprint

from webapp.access import Permission
from webapp.navigation import NavigationEntry

blueprint = Blueprint("search", __name__)

NAVIGATION = (NavigationEntry(10, "Search", "search.index", Permission.SEE_PERSONS),)

from webapp.search import routes  # noqa: E402, F401 - registers the routes on the blueprint
