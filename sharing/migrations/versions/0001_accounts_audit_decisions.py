"""Accounts, sessions, the audit log with its triggers, decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sharing.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQLITE_TRIGGERS = (
    """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    # INSERT OR REPLACE deletes without firing the trigger above.
    """CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
       WHEN EXISTS (SELECT 1 FROM audit_event WHERE sequence = NEW.sequence)
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
)

_POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'audit_event is append-only'; END $$""",
    """CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
       FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()""",
    """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()""",
)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("username", sa.String(64), primary_key=True),
        sa.Column("display_name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("view", sa.String(64), nullable=True),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("username_hash", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", Moment, nullable=False),
        sa.Column("blocked_until", Moment, nullable=True),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column(
            "username",
            sa.String(64),
            sa.ForeignKey("account.username", name="session_username_fkey", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment, nullable=True),
        sa.Column("purpose", sa.String(64), nullable=True),
        sa.Column("case_number", sa.String(64), nullable=True),
    )
    op.create_index("session_username_idx", "session", ["username"])
    op.create_table(
        "audit_subject_key",
        sa.Column("subject_ref", sa.String(32), primary_key=True),
        sa.Column("view", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("view", "subject", name="audit_subject_key_subject"),
    )
    op.create_table(
        "audit_event",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("look", sa.String(32), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=True),
        sa.Column("view", sa.String(64), nullable=True),
        sa.Column("purpose", sa.String(64), nullable=True),
        sa.Column("case_number", sa.String(64), nullable=True),
        sa.Column("subject_ref", sa.String(32), nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("row_hash", sa.String(64), nullable=False),
    )
    op.create_index("audit_event_subject_idx", "audit_event", ["subject_ref"])
    op.create_index("audit_event_account_idx", "audit_event", ["account"])
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.Integer, primary_key=True),
        sa.Column("view", sa.String(64), nullable=False),
        sa.Column("record_key_l", sa.String(32), nullable=False),
        sa.Column("record_key_r", sa.String(32), nullable=False),
        sa.Column("judgement", sa.String(16), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", Moment, nullable=False),
        sa.Column("undone_at", Moment, nullable=True),
        sa.Column("undone_by", sa.String(64), nullable=True),
    )
    op.create_index("decision_pair_idx", "decision", ["view", "record_key_l", "record_key_r"])
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _POSTGRESQL_TRIGGERS if postgresql else _SQLITE_TRIGGERS:
        op.execute(statement)
