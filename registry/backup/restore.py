"""A backup becomes a database again, in one transaction: either all of it, proven by its manifest, or nothing."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from registry import settings
from registry.backup import manifest
from registry.backup.archive import DUMP, Archive, Progress
from registry.db import migration, ours, sync
from registry.errors import BadFile, DatabaseUnsuitable
from registry.local import clients, server

# Entries of the dump that are taken. Left out are schema and extension, which the database has, rights and
# policies, which `migrate` makes, and whatever stands in the same schema without being the registry's.
_TAKEN = re.compile(r"\d+; \d+ \d+ (TABLE|TABLE ATTACH|TABLE DATA|SEQUENCE|SEQUENCE OWNED BY|SEQUENCE SET|DEFAULT|CONSTRAINT|"
                    r"CHECK CONSTRAINT|FK CONSTRAINT|INDEX|INDEX ATTACH|STATISTICS|TRIGGER|FUNCTION \S+ registry_)")
# SQLSTATE classes of what a dump may meet in a database that does not fit it.
_UNFIT = ("0A", "2B", "2F", "3F", "42", "55")


def restore(conn: Connection, archive: Archive, *, replace: bool = False,
            progress: Progress = lambda done: None) -> dict[str, Any]:
    """Fill the database of `conn`, inside the caller's transaction; returns the audit of what is there now.

    `archive` has been checked. With `replace` what the registry holds there is dropped first. Rows go in before
    the triggers that guard them are made, as the dump has them: not one guard is switched off. Raises
    DatabaseUnsuitable, ClientsMissing, ProgramFailed, and BadFile when what came out is not what the manifest says.
    """
    raw: Any = conn.connection.driver_connection
    folder = clients.find(raw.info.server_version // 10000)
    server.demand(server.answers(raw))
    migration.alone(conn)
    migration.create_postgis(conn)
    _require_place(conn, archive)
    with _fitting():
        if replace:
            ours.drop(conn)
        elif ours.tables(conn):
            raise DatabaseUnsuitable(
                why_zh="库里已有台账；恢复到空库，或用 --replace --yes 换掉它（全部成功才换）",
                why_en="it holds a registry; restore into an empty one, or add --replace --yes to exchange it "
                       "(which happens as a whole or not at all)")
        ours.drop_functions(conn)
        _play(raw, str(folder / "pg_restore"), archive, progress)
        conn.exec_driver_sql("RESET ALL")  # the dump's own search_path and the like
        ours.analyze(conn)
    if manifest.contents(conn) != archive.manifest["contents"]:
        raise _differs(archive)
    migration.migrate(conn)
    sync(conn)
    ours.renew_layers(conn)
    audited = manifest.audited(conn)
    if audited != archive.manifest["audit"]:
        raise _differs(archive)
    _put_attachments(archive, progress)
    return audited


def _require_place(conn: Connection, archive: Archive) -> None:
    """The names in the dump are qualified: our tables' schema and that of PostGIS must be the same here."""
    told = archive.manifest
    if told.get("revision") not in migration.known():
        raise BadFile(file=str(archive.path), why_zh=f"结构版本 {told.get('revision')} 比本程序新，请先升级程序",
                      why_en=f"its schema revision {told.get('revision')} is newer than this program; update it first")
    for key, here, zh, en in (
            ("schema", ours.current_schema(conn), "台账的模式", "the schema of the registry"),
            ("postgis_schema", ours.postgis_schema(conn), "PostGIS 的模式", "the schema of PostGIS")):
        if told.get(key) != here:
            raise DatabaseUnsuitable(why_zh=f"{zh}在备份里是 {told.get(key)}，在库里是 {here}",
                                     why_en=f"{en} is {told.get(key)} in the backup and {here} in the database")


def _play(raw: Any, program: str, archive: Archive, progress: Progress) -> None:
    """Run the script that pg_restore makes of the dump: tables, then rows, then indexes, keys and triggers."""
    with tempfile.NamedTemporaryFile("wb", prefix="registry-restore-") as wanted:
        with clients.output([program, "--list"], feed=archive.blocks(DUMP)) as listed:
            wanted.writelines(line for line in listed if _TAKEN.match(line.decode("utf-8", "replace")))
        wanted.flush()
        for section in ("pre-data", "data", "post-data"):
            command = [program, f"--section={section}", f"--use-list={wanted.name}", "--no-owner", "--no-privileges",
                       "--file=-"]
            feed = archive.blocks(DUMP, progress if section == "data" else lambda done: None)
            with clients.output(command, feed=feed) as script:
                (_copy_rows if section == "data" else _execute)(raw, script)


def _execute(raw: Any, script: IO[bytes]) -> None:
    """Statements without rows, sent as one; `\\restrict` and `\\unrestrict` are words for psql alone."""
    raw.execute(b"".join(line for line in script if not line.startswith((b"\\restrict ", b"\\unrestrict "))))


def _copy_rows(raw: Any, script: IO[bytes]) -> None:
    """Rows between `COPY … FROM stdin;` and `\\.`; in this section every other statement is one line."""
    with raw.cursor() as cursor:
        for line in script:
            if line.startswith(b"COPY "):
                with cursor.copy(line) as copy:
                    for row in script:  # when it ends early, pg_restore has died: `output` tells why
                        if row == b"\\.\n":
                            break
                        copy.write(row)
            elif line.strip() and not line.startswith((b"--", b"\\")):
                cursor.execute(line)


@contextmanager
def _fitting() -> Iterator[None]:
    """A database into which the dump does not go is said in one sentence; what is broken otherwise stays so."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not (getattr(cause, "sqlstate", None) or "").startswith(_UNFIT):
            raise
        said = "; ".join(str(cause).strip().splitlines()[:2])  # the second line names what stands in the way
        raise DatabaseUnsuitable(why_zh=f"备份放不进去：{said}", why_en=f"the backup does not go into it: {said}") from error


def _differs(archive: Archive) -> BadFile:
    return BadFile(file=str(archive.path), why_zh="恢复出的内容与备份的清单不符，什么也没有改动",
                   why_en="what came out of it is not what its manifest says; nothing was changed")


def _put_attachments(archive: Archive, progress: Progress) -> None:
    """Files named by their content: those that are there stay, the others are added, each whole or not at all."""
    for member, relative in archive.attachments():
        target = settings.files() / relative
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with open(half, "wb") as file:
                file.writelines(archive.blocks(member, progress))
                file.flush()
                os.fsync(file.fileno())
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)
