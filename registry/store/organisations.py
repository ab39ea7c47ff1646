"""Organisations: who owns, keeps and supervises, with the code that tells them apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from registry import history
from registry.errors import WriteRefused
from registry.kinds import Field, Label
from registry.kinds.form import Problems, read
from registry.store import records
from registry.store.records import Writer

ORGANISATION: tuple[Field, ...] = (
    Field("name", "名称|Name", required=True, max_length=200),
    Field("code", "统一社会信用代码|Unified social credit code", max_length=18, check="uscc"),
)


def add(conn: Connection, city: str, said: Any, writer: Writer) -> dict[str, Any]:
    """A new organisation; WriteRefused when its code is known already, Invalid names what is wrong."""
    problems = Problems(Label("单位", "organisation"))
    values = read(ORGANISATION, said, problems)
    problems.refuse()
    if values.get("code"):
        values["code"] = values["code"].upper()
    batch = writer.open(conn, city)
    known = conn.execute(text("SELECT name FROM organisation WHERE city = :city AND code = :code"),
                         {"city": city, "code": values.get("code")}).scalar()
    if known is not None:
        raise WriteRefused(why_zh=f"代码 {values['code']} 已是 {known}", why_en=f"the code {values['code']} is that of {known}")
    id_ = records.insert(conn, "organisation", batch, {**values, "attrs": {}})
    history.seal(conn, batch, {"organisations": 1})
    return {"id": id_, "name": values["name"], "code": values.get("code")}


def every(conn: Connection, city: str, search: str | None = None, *, limit: int = 10_000,
          after: int | None = None) -> list[dict[str, Any]]:
    """The organisations by id. search: part of the name, or the code."""
    like = None if search is None else "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = conn.execute(text(
        "SELECT id, name, code, version FROM organisation WHERE city = :city AND (CAST(:like AS text) IS NULL "
        "OR name ILIKE :like OR code = :search) AND (CAST(:after AS bigint) IS NULL OR id > :after) ORDER BY id LIMIT :limit"),
        {"city": city, "like": like, "search": search, "limit": limit, "after": after})
    return [dict(r) for r in rows.mappings()]
