"""Attachments: photos and documents of an asset, or of an inspection, defect or claim of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from registry import history, settings
from registry.errors import FileLost, NotFound
from registry.kinds import AssetClass, Label
from registry.kinds.form import Problems
from registry.kinds.media import MEDIA
from registry.scope import Right, Sight
from registry.store import files, inspections, ownership, records
from registry.store.records import Writer

# What an attachment belongs to → the table, and the fields of the asset that it tells of.
SUBJECTS = {"asset": ("asset", ()), "inspection": ("inspection", inspections.TELLS), "defect": ("defect", inspections.TELLS),
            "claim": ("claim", ownership.TELLS)}
PURPOSES = ("photo", "evidence", "document")
LONGEST_NAME, LONGEST_NOTE = 200, 1000
_UNFIT = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # control characters, and those that turn text around
_OPEN = "purpose = 'photo' AND subject <> 'claim'"
_COLUMNS = "id, asset_id, subject, subject_id, purpose, name, media, bytes, sha256, note, batch"


@dataclass(frozen=True)
class Document:
    """What was sent. media: as declared; subject: what it belongs to and its id (None: the asset itself)."""

    name: str
    media: str
    data: bytes
    purpose: str = "photo"
    note: str | None = None
    subject: tuple[str, int] | None = None


@dataclass(frozen=True)
class Examined:
    """Ids of attachments whose file is missing or not what it was, and hashes of files that no row names."""

    missing: list[int]
    corrupt: list[int]
    orphans: list[str]

    @property
    def sound(self) -> bool:
        """Whether every row has its file, as it was."""
        return not self.missing and not self.corrupt


def longest() -> int:
    """The most bytes of one attachment."""
    return settings.integer("REGISTRY_ATTACHMENT_MB") * 2**20


def attach(conn: Connection, city: str, kind: AssetClass, asset_id: int, sent: Document, writer: Writer) -> dict[str, Any]:
    """Keep a document; its bytes are on the disk before the row is written. Invalid, NotFound."""
    name = _UNFIT.sub("", sent.name.replace("\\", "/").rpartition("/")[2]).strip()
    _check(sent, name)
    subject, subject_id = sent.subject or ("asset", asset_id)
    batch = writer.open(conn, city)
    records.asset(conn, writer.sight, kind, city, asset_id, tells=SUBJECTS[subject][1])
    _belongs(conn, asset_id, subject, subject_id)
    id_ = records.insert(conn, "attachment", batch, {
        "asset_id": asset_id, "subject": subject, "subject_id": subject_id, "purpose": sent.purpose, "name": name,
        "media": sent.media, "bytes": len(sent.data), "sha256": files.put(sent.data), "note": sent.note})
    history.seal(conn, batch, {"attachments": 1})
    return get(conn, writer.sight, city, id_)


def get(conn: Connection, sight: Sight, city: str, id_: int) -> dict[str, Any]:
    """What is known of an attachment; NotFound where it, or its asset, is not seen.

    What proves something, or belongs to a claim, is for those who may see history.
    """
    row = conn.execute(text(f"SELECT {_COLUMNS} FROM attachment WHERE id = :id AND city = :city"),
                       {"id": id_, "city": city}).mappings().first()
    tells = SUBJECTS[row["subject"]][1] if row else ()
    if row is None or not (_open(row) or sight.principal.may(Right.HISTORY)) or records.holder(conn, sight, city, row["asset_id"], deleted=True, tells=tells) is None:
        raise NotFound(what=f"attachment/{id_}")
    return _shown(dict(row), sight)


def of_asset(conn: Connection, sight: Sight, city: str, kind: AssetClass, asset_id: int, *, limit: int = 100,
             after: int | None = None) -> list[dict[str, Any]]:
    """The attachments of an asset and of what was recorded of it, by id, as far as they are seen."""
    records.asset(conn, sight, kind, city, asset_id, deleted=True)
    seen = [s for s, (_, tells) in SUBJECTS.items() if records.classes(sight, kind.key, tells)]
    rows = conn.execute(text(f"SELECT {_COLUMNS} FROM attachment WHERE asset_id = :asset AND city = :city "
                             f"AND subject = ANY(:seen) AND ({_OPEN} OR :history) AND (CAST(:after AS bigint) IS NULL OR id > :after) "
                             "ORDER BY id LIMIT :limit"),
                        {"asset": asset_id, "city": city, "seen": seen, "after": after, "limit": limit,
                         "history": sight.principal.may(Right.HISTORY)})
    return [_shown(dict(r), sight) for r in rows.mappings()]


def file(row: dict[str, Any]) -> Path:
    """Where the bytes of an attachment lie; FileLost, by its id, when they are not what they were."""
    try:
        return files.find(row["sha256"], row["bytes"])
    except FileLost as error:
        raise FileLost(what=row["id"]) from error


def examine(conn: Connection, *, hashes: bool = True, city: str | None = None) -> Examined:
    """Compare rows with files. hashes: read every byte; else only whether the file is there with its size.

    city: look at the attachments of this one only (None: of all); a file of another is no orphan.
    """
    missing, corrupt, named = [], [], set()
    for row in conn.execute(text("SELECT id, city, sha256, bytes FROM attachment ORDER BY id")):
        named.add(row.sha256)
        if city not in (None, row.city):
            continue
        path = files.place(row.sha256)
        if not path.is_file():
            missing.append(row.id)
        elif path.stat().st_size != row.bytes or (hashes and files.digest(path) != row.sha256):
            corrupt.append(row.id)
    return Examined(missing, corrupt, sorted(set(files.every()) - named))


# -- inside --------------------------------------------------------------------------------------
def _check(sent: Document, name: str) -> None:
    problems = Problems(Label("附件", "attachment"))
    if not name or len(name) > LONGEST_NAME:
        problems.add("name", "length" if name else "required", value=sent.name, limit=LONGEST_NAME)
    if sent.note is not None and len(sent.note) > LONGEST_NOTE:
        problems.add("note", "length", value=sent.note, limit=LONGEST_NOTE)
    if not sent.data:
        problems.add("body", "required")
    elif sent.media not in MEDIA or not MEDIA[sent.media](sent.data):
        problems.add("body", "media", value=sent.media, declared=sent.media)
    problems.refuse()


def _belongs(conn: Connection, asset_id: int, subject: str, subject_id: int) -> None:
    """Refuse a subject that is not of this asset."""
    column = "id" if subject == "asset" else "asset_id"
    table = SUBJECTS[subject][0]
    found = conn.execute(text(f"SELECT t.{column} FROM {table} t WHERE t.id = :id"), {"id": subject_id}).scalar()
    if found != asset_id:
        problems = Problems(Label("附件", "attachment"))
        problems.add("subject", "not_this_asset", value=f"{subject}:{subject_id}")
        problems.refuse()


def _open(row: Mapping[Any, Any]) -> bool:
    """The same as _OPEN, of one row."""
    return row["purpose"] == "photo" and row["subject"] != "claim"


def _shown(row: dict[str, Any], sight: Sight) -> dict[str, Any]:
    if not sight.principal.may(Right.HISTORY):
        del row["note"]
    return row
