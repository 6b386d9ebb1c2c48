"""One root for everything that can go wrong with the web application.

Messages say what was wrong, what was expected, where, and what to do. They never hold a personal
value.
"""


class WebError(Exception):
    """Root of this package's errors."""


class FrontEndBroken(WebError):
    """The front end could not be built, or is not where it was expected."""


class RouteUnguarded(WebError):
    """A view function lacks its requires(...) decorator: the application does not start."""


class AuditUnavailable(WebError):
    """The audit log cannot be written: nothing personal may be shown."""


class PersonUnknown(WebError):
    """No person of this view has, or ever had, that id."""
