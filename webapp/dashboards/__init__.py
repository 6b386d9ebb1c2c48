"""Dashboards: the home page, the map of counts and their course over time."""

from flask import Blueprint

from webapp.access import Permission
from webapp.navigation import NavigationEntry

blueprint = Blueprint("dashboards", __name__)

NAVIGATION = (
    NavigationEntry(5, "Home", "dashboards.home", Permission.PUBLIC),
    NavigationEntry(50, "Map", "dashboards.map_page", Permission.PUBLIC),
    NavigationEntry(60, "Trends", "dashboards.trends", Permission.PUBLIC),
)

from webapp.dashboards import routes  # noqa: E402, F401 - registers the routes on the blueprint
