"""Review for other systems: the queue, a pair and the steps on it, as JSON.

Guarantees: a step needs the version of what its author saw (``If-Match``), so that two systems or
reviewers cannot overwrite each other; the header also stands for the token of a form, because no
other site's page can send it without being asked first (CORS), which nothing here allows.
"""

from flask import Blueprint

blueprint = Blueprint("review_api", __name__, url_prefix="/api/review")

TOKEN_IN_HEADER = True
"""Forms' tokens are not asked for: see above."""

from webapp.review_api import routes  # noqa: E402, F401 - registers the routes on the blueprint
