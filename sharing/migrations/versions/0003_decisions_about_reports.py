"""Decisions are about records of persons or about reports of incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    about = sa.Column("about", sa.String(16), nullable=False, server_default="records")
    op.add_column("decision", about)
