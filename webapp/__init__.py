"""The web application: pages for investigators, case workers, analysts, stewards and the public.

Guarantees: one request sees one view of one run; every route states what it needs; nothing
personal is shown before the look is on record.
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]

from sharing.policy import load_policy
from sharing.store import open_store
from webapp import page, problems
from webapp.access import check_every_route
from webapp.assets import Assets
from webapp.navigation import NavigationEntry
from webapp.security import add_headers

if TYPE_CHECKING:
    from webapp.settings import WebSettings

MAX_FORM_BYTES = 256 * 1024
FORM_VALID_FOR = timedelta(hours=8)


def create_app(settings: WebSettings) -> Flask:
    """The application with every task's blueprint.

    A task is a folder below ``webapp/`` whose ``__init__`` has ``blueprint``, and perhaps
    ``NAVIGATION`` (NavigationEntry values); ``TOKEN_IN_HEADER`` says that its steps need a header
    which no other site can send, instead of a form's token. Raises FrontEndBroken where the front
    end is not built, RouteUnguarded where a route lacks ``requires(...)``, PolicyRefused for a bad
    agreement and StoreUnavailable where the SQL store cannot be opened.
    """
    app = Flask(__name__)
    app.extensions["vast"] = settings
    policy = load_policy(settings.agreements, datetime.now(UTC).date())
    app.extensions["vast_views"] = dict(policy.views)
    app.extensions["vast_store"] = open_store(settings.database_url)
    app.extensions["vast_assets"] = Assets.read(settings.dist)
    app.config.update(
        SECRET_KEY=settings.cookie_key,
        SESSION_COOKIE_NAME="vast",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=int(FORM_VALID_FOR.total_seconds()),
        WTF_CSRF_SSL_STRICT=settings.https,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    csrf = CSRFProtect(app)
    add_headers(app, settings)
    problems.register(app)
    page.register(app)
    app.extensions["vast_navigation"] = sorted(_register_tasks(app, csrf))
    check_every_route(app)
    return app


def _register_tasks(app: Flask, csrf: CSRFProtect) -> list[NavigationEntry]:
    navigation: list[NavigationEntry] = []
    for module in pkgutil.iter_modules(__path__):
        if not module.ispkg:
            continue
        task = importlib.import_module(f"{__name__}.{module.name}")
        blueprint = getattr(task, "blueprint", None)
        if isinstance(blueprint, Blueprint):
            app.register_blueprint(blueprint)
            if getattr(task, "TOKEN_IN_HEADER", False):
                csrf.exempt(blueprint)
            navigation += getattr(task, "NAVIGATION", ())
    return navigation
