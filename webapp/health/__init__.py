"""How the installation is: what is published and what answers. No personal data."""

from flask import Blueprint

blueprint = Blueprint("health", __name__)

from webapp.health import routes  # noqa: E402, F401 - registers the routes on the blueprint
