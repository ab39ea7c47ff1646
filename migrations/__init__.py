"""Alembic revisions; they import registry.schema only."""
