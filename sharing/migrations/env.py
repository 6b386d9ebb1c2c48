"""Runs migrations on the connection that ``sharing.store`` holds open; there is no other way in."""

from __future__ import annotations

from alembic import context

from sharing.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
