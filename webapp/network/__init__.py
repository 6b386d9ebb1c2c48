"""The network: what lies around a person, incident, episode, place or contact."""

from flask import Blueprint

from webapp.access import Permission
from webapp.navigation import NavigationEntry

blueprint = Blueprint("network", __name__)

NAVIGATION = (NavigationEntry(20, "Network", "network.page", Permission.SEE_PERSONS),)

from webapp.network import routes  # noqa: E402, F401 - registers the routes on the blueprint
