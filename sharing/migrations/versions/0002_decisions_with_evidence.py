"""Decisions keep their evidence, their second person and why they were undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sharing.tables import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("undo_reason", sa.Text, nullable=True),
        sa.Column("match_weight", sa.Double, nullable=True),
        sa.Column("model", sa.String(120), nullable=True),
        sa.Column("run_id", sa.String(64), nullable=True),
        sa.Column("waterfall", sa.Text, nullable=True),
        sa.Column("evidence", sa.String(64), nullable=True),
        sa.Column("needs_second", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("confirmed_at", Moment, nullable=True),
        sa.Column("confirmed_by", sa.String(64), nullable=True),
        sa.Column("confirm_reason", sa.Text, nullable=True),
    ):
        op.add_column("decision", column)
