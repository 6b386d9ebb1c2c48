"""One root for everything that sharing refuses."""


class SharingError(Exception):
    """Root of this package's errors. Messages never contain personal values."""


class PolicyRefused(SharingError):
    """An agreement or the views' declaration is wrong; no part of the policy is in force."""


class UnknownView(SharingError):
    """A view that the policy does not declare."""


class StoreUnavailable(SharingError):
    """The SQL store cannot be opened, migrated or reached."""


class AuditUnavailable(SharingError):
    """The audit log could not be written: what was to be shown must not be shown."""


class AuditMisuse(SharingError):
    """An audit event was given other details, subjects or purpose than it declares."""


class ChainBroken(SharingError):
    """The audit log's chain does not hold."""


class AccountRefused(SharingError):
    """An account cannot be made or changed as asked."""


class SignInRefused(SharingError):
    """The name and password do not open an account. Never says which of them is wrong."""


class SignInThrottled(SignInRefused):
    """Too many failed attempts; ``wait_s`` says how long no attempt is looked at."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many failed sign-ins: try again in {wait_s} s")
        self.wait_s = wait_s


class SessionRefused(SharingError):
    """A session that does not exist, has ended or was revoked; or a purpose it cannot take."""


class DecisionRefused(SharingError):
    """A decision about two records that cannot be recorded or undone as asked."""


class DecidedMeanwhile(DecisionRefused):
    """Somebody else took a step on the pair since it was looked at; nothing was written."""
