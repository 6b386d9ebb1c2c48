"""One person: who the records say it is, and why they are taken together."""

from flask import Blueprint

blueprint = Blueprint("persons", __name__)

from webapp.persons import routes  # noqa: E402, F401 - registers the routes on the blueprint
