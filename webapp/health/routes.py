"""The health page, and the same as JSON for whoever watches the installation."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify, render_template, request

from webapp.access import Permission, current, requires
from webapp.health import blueprint
from webapp.health.state import Health, look
from webapp.signed_in import store


@blueprint.get("/health", endpoint="page")
@requires(Permission.PUBLIC)
def page() -> Any:
    """A page for people, JSON for others; 503 where nothing can be served."""
    health = _look()
    status = 503 if health.status == "down" else 200
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        views = current_app.extensions["vast_views"]
        return render_template("health/page.html", health=health, views=views), status
    return jsonify(health.as_json()), status


@blueprint.get("/health.json", endpoint="json")
@requires(Permission.PUBLIC)
def as_json() -> Any:
    """Always JSON."""
    health = _look()
    return jsonify(health.as_json()), 503 if health.status == "down" else 200


def _look() -> Health:
    return look(current().settings.home, store())
