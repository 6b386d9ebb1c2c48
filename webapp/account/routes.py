"""Routes of sign-in, sign-out and purpose.

Guarantees: a sign-in is on record before it opens anything, a failed one too; a refusal does not
say why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import abort, current_app, flash, redirect, render_template, request, url_for

from sharing.accounts import REVIEWERS, authenticate, get
from sharing.audit import record
from sharing.errors import SessionRefused, SignInRefused, SignInThrottled
from sharing.purposes import Purpose
from webapp import signed_in
from webapp.access import Access, Permission, current, requires
from webapp.account import blueprint
from webapp.account.local_path import local_path
from webapp.auditing import AuditEvent, audited

if TYPE_CHECKING:
    from sharing.accounts import Account
    from sharing.agreements import View

_START = {
    "investigator": "search.index",
    "case_worker": "missing.index",
    "analyst": "patterns.index",
    "steward": "steward.feeds",
    "reviewer": "review.queue",
}


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@requires(Permission.PUBLIC)
def sign_in() -> Any:
    """The form, and what becomes of it."""
    back = local_path(request.values.get("return"), "")
    if request.method == "GET":
        return render_template("account/sign_in.html", back=back, username="", error=None)
    username = request.form.get("username", "")
    try:
        account = authenticate(signed_in.store(), username, request.form.get("password", ""))
    except SignInRefused as error:
        return _refused(error, username, back), 400
    record(signed_in.store(), AuditEvent.SIGN_IN, account=account.username, view=account.view)
    signed_in.begin(account.username)
    return redirect(back or _start(account))


@blueprint.post("/sign-out", endpoint="sign_out")
@requires(Permission.PUBLIC)
def sign_out() -> Any:
    """End the session."""
    if current().session is not None:
        audited(AuditEvent.SIGN_OUT)
        signed_in.end()
    flash("You are signed out.", "success")
    return redirect(url_for("account.sign_in"))


@blueprint.route("/purpose", methods=["GET", "POST"], endpoint="purpose")
@requires(Permission.PUBLIC)
def purpose() -> Any:
    """Why the account looks: asked before any page about persons, kept for the session."""
    access = current()
    if access.session is None:
        here = urlencode({"return": request.full_path.rstrip("?")})
        return redirect(f"{url_for('account.sign_in')}?{here}")
    permitted = _permitted(access)
    if not permitted:
        abort(403)
    back = local_path(request.values.get("return"), "")
    form = {"purpose": access.purpose or "", "case_number": access.case_number or ""}
    error = None
    if request.method == "POST":
        form = {name: request.form.get(name, "") for name in form}
        error = _state(form, permitted)
        if error is None:
            return redirect(back or url_for(_START.get(access.role, "health.page")))
    page = render_template(
        "account/purpose.html", permitted=permitted, form=form, error=error, back=back
    )
    return (page, 400) if error else page


def _refused(error: SignInRefused, username: str, back: str) -> str:
    reason = "throttled" if isinstance(error, SignInThrottled) else "refused"
    # What was typed may be a password or somebody's name: only an account's name is kept.
    known = get(signed_in.store(), username.strip().lower())
    details = {"reason": reason, "username": known.username if known else "no such account"}
    record(signed_in.store(), AuditEvent.SIGN_IN_FAILED, details=details)
    words = (
        f"Too many attempts failed. Try again in {error.wait_s} seconds."
        if isinstance(error, SignInThrottled)
        else "This name and password do not open an account. Check both and try again."
    )
    return render_template("account/sign_in.html", back=back, username=username, error=words)


def _start(account: Account) -> str:
    endpoint = _START.get(account.role, "health.page")
    return url_for(endpoint)


def _permitted(access: Access) -> tuple[Purpose, ...]:
    views: dict[str, View] = current_app.extensions["vast_views"]
    looks = any(one.needs_purpose and access.may(one) for one in Permission)
    view = views.get(access.view)
    if not looks or view is None:
        return ()
    if access.role in REVIEWERS:
        return tuple(one for one in view.purposes if one is Purpose.QUALITY_REVIEW)
    return view.purposes


def _state(form: dict[str, str], permitted: tuple[Purpose, ...]) -> dict[str, str] | None:
    chosen = form["purpose"]
    if chosen not in {one.value for one in permitted}:
        return {"purpose": "Choose one of the purposes."}
    try:
        signed_in.state_purpose(Purpose(chosen), form["case_number"] or None, permitted)
    except SessionRefused:
        return {
            "case_number": "Give the case number: letters, digits, spaces and . / _ -, at most 64."
        }
    _record_purpose(chosen, form["case_number"])
    return None


def _record_purpose(chosen: str, case_number: str) -> None:
    access = current()
    record(
        signed_in.store(),
        AuditEvent.PURPOSE_SET,
        account=access.account,
        view=access.view,
        purpose=chosen,
        case_number=case_number.strip() or None,
    )
