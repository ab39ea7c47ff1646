"""Bring the tables to the wanted revision, then replay functions, triggers and views."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from registry import sql
from registry.db.columns import VERSIONED, hash_function
from registry.db.wall import raise_wall
from registry.errors import DatabaseUnsuitable, NotMigrated
from registry.local import server

VERSION_TABLE = "registry_version"
VIEWS = "layers"  # schema of the typed views
LOCK = 0x6D726567  # advisory lock: one migration or sync at a time


@lru_cache(maxsize=1)
def _config() -> Config:
    import migrations

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return config


@lru_cache(maxsize=1)
def wanted() -> str:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """Every revision this program can upgrade from."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def alone(conn: Connection) -> None:
    """One migration, sync or restore at a time, to the end of the transaction."""
    conn.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK,))


def revision(conn: Connection) -> str | None:
    """The revision the database is at; None when it has never been migrated."""
    return MigrationContext.configure(conn, opts={"version_table": VERSION_TABLE}).get_current_revision()


def require_migrated(conn: Connection) -> None:
    """Raise NotMigrated unless the database is at the wanted revision."""
    found = revision(conn)
    if found != wanted():
        raise NotMigrated(found=found or "-", wanted=wanted())


def create_postgis(conn: Connection) -> None:
    """Make the extension where it is not; without the right to, say who has it."""
    if conn.exec_driver_sql("SELECT FROM pg_extension WHERE extname = 'postgis'").first() is not None:
        return
    try:
        with conn.begin_nested():
            conn.exec_driver_sql("CREATE EXTENSION postgis")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        raise DatabaseUnsuitable(
            why_zh="库里没有 PostGIS，也无权创建；请管理员在此库中运行 CREATE EXTENSION postgis",
            why_en="it has no PostGIS and the role may not create it; ask the administrator to run "
                   "CREATE EXTENSION postgis in this database") from error


def migrate(conn: Connection) -> tuple[str | None, str]:
    """Migrate inside the caller's transaction; returns (revision before, revision after).

    Views block a column's type change and CREATE OR REPLACE cannot rename, so our views are dropped
    first; the scripts and `sync` make them again.
    """
    raw: Any = conn.connection.driver_connection
    server.demand(server.answers(raw))
    alone(conn)
    create_postgis(conn)
    before = revision(conn)
    conn.exec_driver_sql(f"DROP SCHEMA IF EXISTS {VIEWS} CASCADE")
    conn.exec_driver_sql("DROP VIEW IF EXISTS registry_written")
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    if before != wanted():  # what a migration writes into rows no trigger sees
        conn.exec_driver_sql("UPDATE layer SET filled = NULL")
    for _, script in sql.after():
        conn.exec_driver_sql(script.replace("%", "%%"), ())
    for table in VERSIONED:
        conn.exec_driver_sql(hash_function(table).replace("%", "%%"), ())
    raise_wall(conn)
    return before, wanted()
