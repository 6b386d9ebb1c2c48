"""The SQL store's tables, as the application reads and writes them.

Guarantees: equal to what the migrations make (a test compares them). ``audit_event`` is
append-only by triggers that the migrations add.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA: Final = MetaData()

ACCOUNT: Final = Table(
    "account",
    METADATA,
    Column("username", String(64), primary_key=True),
    Column("display_name", String(120), nullable=False),
    Column("role", String(32), nullable=False),
    Column("view", String(64), nullable=True),
    Column("password", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

SIGN_IN_ATTEMPT: Final = Table(
    "sign_in_attempt",
    METADATA,
    # A hash: people type passwords into the field for the name.
    Column("username_hash", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("blocked_until", Moment, nullable=True),
)

SESSION: Final = Table(
    "session",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column(
        "username",
        String(64),
        ForeignKey("account.username", name="session_username_fkey", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=True),
    Column("purpose", String(64), nullable=True),
    Column("case_number", String(64), nullable=True),
    Index("session_username_idx", "username"),
)

AUDIT_SUBJECT_KEY: Final = Table(
    "audit_subject_key",
    METADATA,
    Column("subject_ref", String(32), primary_key=True),
    Column("view", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("key", LargeBinary, nullable=False),
    UniqueConstraint("view", "subject", name="audit_subject_key_subject"),
)

AUDIT_EVENT: Final = Table(
    "audit_event",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("look", String(32), nullable=False),
    Column("at", String(32), nullable=False),
    Column("event", String(64), nullable=False),
    Column("account", String(64), nullable=True),
    Column("view", String(64), nullable=True),
    Column("purpose", String(64), nullable=True),
    Column("case_number", String(64), nullable=True),
    # Not a foreign key: it must stay when the subject's key is destroyed.
    Column("subject_ref", String(32), nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("row_hash", String(64), nullable=False),
    Index("audit_event_subject_idx", "subject_ref"),
    Index("audit_event_account_idx", "account"),
)

DECISION: Final = Table(
    "decision",
    METADATA,
    Column("decision_id", Integer, primary_key=True),
    Column("view", String(64), nullable=False),
    Column("record_key_l", String(32), nullable=False),
    Column("record_key_r", String(32), nullable=False),
    Column("judgement", String(16), nullable=False),
    Column("author", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("undone_at", Moment, nullable=True),
    Column("undone_by", String(64), nullable=True),
    Column("undo_reason", Text, nullable=True),
    # What the author saw, frozen.
    Column("match_weight", Double, nullable=True),
    Column("model", String(120), nullable=True),
    Column("run_id", String(64), nullable=True),
    Column("waterfall", Text, nullable=True),
    Column("evidence", String(64), nullable=True),
    # It joins a victim with an offender: it binds once somebody else has confirmed it.
    Column("needs_second", Boolean, nullable=False),
    Column("confirmed_at", Moment, nullable=True),
    Column("confirmed_by", String(64), nullable=True),
    Column("confirm_reason", Text, nullable=True),
    # Records of persons, or reports of incidents: see sharing.decisions.About.
    Column("about", String(16), nullable=False),
    Index("decision_pair_idx", "view", "record_key_l", "record_key_r"),
)
