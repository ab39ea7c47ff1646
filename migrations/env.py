"""Runs the revisions on the connection that registry.db hands over; Alembic needs no ini file."""

from alembic import context

from registry.schema import metadata

TABLES = set(metadata.tables)


def ours(obj, name, type_, reflected, compare_to):
    """Keep to our own metadata: with tiger or topology installed, autogenerate would drop their tables."""
    if type_ == "table":
        return name in TABLES
    return True


context.configure(connection=context.config.attributes["connection"], target_metadata=metadata,
                  version_table="registry_version", include_object=ours, transactional_ddl=True)
context.run_migrations()
