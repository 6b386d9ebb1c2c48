"""Patterns: the analysts' library of questions to the graph, with parameters."""

from flask import Blueprint

from webapp.access import Permission
from webapp.navigation import NavigationEntry

blueprint = Blueprint("patterns", __name__, url_prefix="/patterns")

NAVIGATION = (NavigationEntry(40, "Patterns", "patterns.index", Permission.RUN_PATTERNS),)

from webapp.patterns import routes  # noqa: E402, F401 - registers the routes on the blueprint
