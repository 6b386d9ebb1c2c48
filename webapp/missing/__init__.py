"""Missing children: the list, one case with its ranked links, and a child just reported."""

from flask import Blueprint

from webapp.access import Permission
from webapp.navigation import NavigationEntry

blueprint = Blueprint("missing", __name__, url_prefix="/missing")

NAVIGATION = (NavigationEntry(30, "Missing children", "missing.index", Permission.SEE_MISSING),)

from webapp.missing import routes  # noqa: E402, F401 - registers the routes on the blueprint
