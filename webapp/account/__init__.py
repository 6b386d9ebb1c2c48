"""Signing in and out, and stating a purpose."""

from flask import Blueprint

blueprint = Blueprint("account", __name__)

from webapp.account import routes  # noqa: E402, F401 - registers the routes on the blueprint
