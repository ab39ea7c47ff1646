"""A backup is written: manifest and dump from one snapshot, while others go on reading and writing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from registry import settings
from registry.backup import manifest
from registry.backup.archive import DUMP, FILES, MANIFEST, Progress, Writer, encoded
from registry.db import ours
from registry.db.migration import require_migrated
from registry.local import clients

LOCK_WAIT_MS = 60_000


def save(conn: Connection, writer: Writer, progress: Progress = lambda done: None) -> dict[str, Any]:
    """Write everything into the opened file; returns the manifest. `progress` is told bytes as they are written.

    `conn` must be fresh: its transaction becomes the snapshot of both. Raises NotMigrated, ClientsMissing,
    ProgramFailed, BadFile.
    """
    snapshot = ours.snapshot(conn)
    require_migrated(conn)
    made = manifest.describe(conn)
    writer.add(MANIFEST, encoded(made))
    with clients.output(_command(conn, snapshot), env=clients.environment(_address(conn))) as dump:
        writer.add(DUMP, clients.blocks(dump), progress)
    for file in _attachments():
        with open(file, "rb") as stream:
            writer.add(FILES + file.relative_to(settings.files()).as_posix(), clients.blocks(stream), progress)
    writer.finish()
    return made


def _command(conn: Connection, snapshot: str) -> list[str]:
    """Our schema without what others keep in it. Owners and grants stay behind: roles differ between servers."""
    raw: Any = conn.connection.driver_connection
    folder = clients.find(raw.info.server_version // 10000)
    schema = _pattern(ours.current_schema(conn))
    return [str(folder / "pg_dump"), "--format=custom", "--no-password", "--encoding=UTF8", f"--snapshot={snapshot}",
            f"--lock-wait-timeout={LOCK_WAIT_MS}", "--no-owner", "--no-privileges", "--no-publications",
            "--no-subscriptions", "--no-tablespaces", "--no-unlogged-table-data", f"--schema={schema}",
            *(f"--exclude-table={schema}.{_pattern(name)}" for name in ours.strangers(conn))]


def _pattern(name: str) -> str:
    """A name as pg_dump takes it literally: in quotes nothing is folded or a wildcard."""
    return '"' + name.replace('"', '""') + '"'


def _address(conn: Connection) -> str:
    return conn.engine.url.render_as_string(hide_password=False)


def _attachments() -> list[Path]:
    """The files of the store, in order; half-written ones (dotted names) are none."""
    folder = settings.files()
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")) if folder.is_dir() else []
