"""Records of the whole city, such as works and observations: how a row is checked, written, read and taken back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from registry import catalogue, history, moment, sql
from registry.db.columns import TABLES, literal, quote, row_hash
from registry.db.fragments import Fragment, every
from registry.errors import Forbidden, Gone, NotFound
from registry.kinds import Field, Label
from registry.kinds.form import Problems, flat, read
from registry.scope import WHOLE, Right, Sight
from registry.store import conflict, records
from registry.store.conflict import Versions
from registry.store.known import Known
from registry.store.records import Writer

ATTRS = "attrs"
_UNTOLD = ("city", "source", "source_hash", "row_hash")


@dataclass(frozen=True)
class Book:
    """One table of such records.

    fields: what a form says; a field without a column is only read, for `settle`. settle: what must hold between the
    columns of a row, what follows from them, and what they name; it adds to the problems under the number of the row.
    """

    table: str
    what: Label
    fields: Callable[[], tuple[Field, ...]]
    settle: Callable[[dict[str, Any], Known, Problems, int | None], None]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(c.name for c in TABLES[self.table].columns)

    def problems(self, id_: int | None = None) -> Problems:
        """Where problems of a row are collected."""
        return Problems(self.what if id_ is None else Label(f"{self.what.zh} {id_}", f"{self.table}/{id_}"))


def demand(book: Book, sight: Sight) -> None:
    """Forbidden unless nothing within the city is outside the scope: such records are of the whole city, as zones are."""
    scope = sight.principal.scope
    if not scope.unlimited:
        raise Forbidden(who=sight.principal.name, what_zh=f"登记或修改{book.what.zh}（范围：{conflict.border(scope, 'zh')}）",
                        what_en=f"write {book.what.en} records (scope: {conflict.border(scope, 'en')})")


def check(book: Book, said: Any, known: Known, problems: Problems, row: int | None = None,
          now: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The columns of a row as it is to be. now: the row that is changed, as its columns."""
    fields = book.fields()
    asked = fields if now is None else tuple(dataclasses.replace(f, required=False) for f in fields)
    has_attrs = ATTRS in book.columns
    values = read(asked, said, problems, row, also=(ATTRS,) if has_attrs else ())
    for field in fields if now is not None else ():
        if field.required and field.key in values and values[field.key] is None:
            problems.add(field.key, "required", row)
    made = {f.column or f.key: values.get(f.key) for f in fields} if now is None else \
        {**now, **{f.column or f.key: values[f.key] for f in fields if f.key in values}}
    if has_attrs:
        given = flat(ATTRS, said.get(ATTRS), problems, row) if isinstance(said, Mapping) else None
        merged = {**((now or {}).get(ATTRS) or {}), **(given or {})}
        made[ATTRS] = {k: v for k, v in merged.items() if v is not None}
    told = len(problems.found)
    if not any(p.get("row") == row for p in problems.found[:told]):
        book.settle(made, known, problems, row)
    return {k: v for k, v in made.items() if k in book.columns}


def add(conn: Connection, book: Book, city: str, said: Any, writer: Writer) -> dict[str, Any]:
    """A new record. Invalid names every field that is wrong; Forbidden for a scope within the city."""
    demand(book, writer.sight)
    problems = book.problems()
    row = check(book, said, Known(conn, writer.sight, city), problems)
    problems.refuse()
    batch = writer.open(conn, city)
    id_ = records.insert(conn, book.table, batch, row)
    history.seal(conn, batch, {f"{book.table}s": 1})
    return get(conn, book, writer.sight, city, id_)


def change(conn: Connection, book: Book, city: str, id_: int, expected: Versions | None, said: Any,
           writer: Writer) -> dict[str, Any]:
    """Change what is said of a record; what changes nothing opens no batch.

    expected: the versions it may be of (None: any). Stale when it is another by now; Gone when it was taken back.
    """
    demand(book, writer.sight)
    history.lock(conn, city)
    now = get(conn, book, writer.sight, city, id_)
    records.same_version(book.table, now, expected, said, writer)
    problems = book.problems(id_)
    was = dict(conn.execute(text(f"SELECT * FROM {book.table} WHERE id = :id"), {"id": id_}).mappings().one())
    was = {k: v for k, v in was.items() if k in _content(book)}
    row = check(book, said, Known(conn, writer.sight, city), problems, now=was)
    problems.refuse()
    new = {k: v for k, v in row.items() if was[k] != v}
    if not new:
        return now
    batch = writer.open(conn, city)
    records.update(conn, book.table, batch, id_, now["version"], new)
    history.seal(conn, batch, {f"{book.table}s": 1})
    return get(conn, book, writer.sight, city, id_)


def withdraw(conn: Connection, book: Book, city: str, id_: int, expected: Versions | None, writer: Writer) -> None:
    """Take back a record that was none; it stays in the history and counts no more."""
    demand(book, writer.sight)
    history.lock(conn, city)
    now = get(conn, book, writer.sight, city, id_)
    records.same_version(book.table, now, expected, {}, writer)
    batch = writer.open(conn, city)
    conn.execute(text(f"DELETE FROM {book.table} WHERE id = :id"), {"id": id_})
    history.seal(conn, batch, {"deleted": 1})


def get(conn: Connection, book: Book, sight: Sight, city: str, id_: int) -> dict[str, Any]:
    """One record; NotFound where it is not seen; Gone where it was taken back.

    Who may see history is told with Gone what it was last, and who took it back why.
    """
    found = seen(book, sight)
    row = conn.execute(text(f"SELECT r.* FROM {found.text} r WHERE r.id = :id AND r.city = :city"),
                       {"id": id_, "city": city, **found.values}).mappings().first()
    if row is not None:
        return shown(dict(row), sight)
    gone = _limited(records.withdrawn(book.table, sight.as_of), book, sight)
    last = conn.execute(text(f"SELECT r.*, b.actor, b.reason FROM {gone.text} r JOIN batch b ON b.id = r.end_batch "
                             "WHERE r.id = :id AND r.city = :city ORDER BY r.sys_to DESC LIMIT 1"),
                        {"id": id_, "city": city, **gone.values}).mappings().first()
    if last is None:
        raise NotFound(what=f"{book.table}/{id_}")
    error = Gone(what=Label(f"{book.what.zh} {id_}", f"{book.table}/{id_}"))
    if sight.principal.may(Right.HISTORY):
        how = {"at": last["sys_to"], "by": last["actor"], "reason": last["reason"], "batch": last["end_batch"]}
        told = {k: v for k, v in last.items() if k not in ("sys_to", "end_batch", "actor", "reason")}
        error.more = {"withdrawn": how, "last": shown(told, sight)}
    raise error


def page(conn: Connection, book: Book, city: str, parts: Iterable[Fragment], *, sight: Sight = WHOLE, limit: int = 10_000,
         after: int | None = None) -> list[dict[str, Any]]:
    """Records that fulfil all conditions (over `r`), by id."""
    where = every([*parts, *([Fragment("r.id > «after»", {"after": after})] if after is not None else [])])
    found = seen(book, sight)
    rows = conn.execute(text(f"SELECT r.* FROM {found.text} r WHERE r.city = :city AND {where.text} ORDER BY r.id LIMIT :limit"),
                        {"city": city, "limit": limit, **found.values, **where.values}).mappings()
    return [shown(dict(r), sight) for r in rows]


def equals(values: Mapping[str, Any]) -> list[Fragment]:
    """Conditions of a page: columns that have these values; None asks for nothing."""
    return [Fragment(f"r.{quote(k)} = «{k}»", {k: v}) for k, v in values.items() if v is not None]


def among(ids: Iterable[int]) -> Fragment:
    """A condition of a page: no other records than these."""
    return Fragment("r.id = ANY(CAST(«ids» AS bigint[]))", {"ids": list(ids)})


def shown(row: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    """A row as answers carry it: `source` is the document that it names; what is kept back of its class is left out."""
    made = {"source" if k == "document" else k: v for k, v in row.items() if k not in _UNTOLD}
    if not sight.principal.may(Right.HISTORY):
        made.pop("note", None)
    if made.get("class") and ATTRS in made:
        hidden = sight.principal.mask(made["class"]).fields
        made[ATTRS] = {k: v for k, v in made[ATTRS].items() if k not in hidden}
    return made


def seen(book: Book, sight: Sight) -> Fragment:
    """What stands after FROM for the records as they are seen, as the registry held them then."""
    return _limited(records.held(book.table, sight.as_of), book, sight)


# -- inside --------------------------------------------------------------------------------------
def _content(book: Book) -> Sequence[str]:
    return [f.column for f in book.fields() if f.column] + ([ATTRS] if ATTRS in book.columns else [])


def _limited(rows: Fragment, book: Book, sight: Sight) -> Fragment:
    """Without what tells of assets that are not seen: of a class, a hidden value of it, or the very asset."""
    principal = sight.principal
    if "asset_id" not in book.columns or (principal.scope.unlimited and not principal.masks):
        return rows
    classes = [k for k in catalogue.load().classes.values() if sight.sees(k)]
    values = {**rows.values, "record_classes": [k.key for k in classes]}
    parts = ["(x.class IS NULL OR x.class = ANY(CAST(«record_classes» AS text[])))"]
    for kind in classes:
        for field, hidden in principal.mask(kind.key).values.items():
            name = f"record_{kind.key}_{field}".lower()
            values[name] = list(hidden)
            parts.append(f"(x.class IS DISTINCT FROM {literal(kind.key)} OR "
                         f"coalesce(x.attrs->>{literal(field)}, '') <> ALL(CAST(«{name}» AS text[])))")
    assets = records.assets(sight, classes, deleted=True)
    parts.append(f"(x.asset_id IS NULL OR EXISTS (SELECT FROM {assets.sql} s WHERE s.id = x.asset_id))")
    return Fragment(f"(SELECT x.* FROM {rows.sql} x WHERE {' AND '.join(parts)})", {**values, **assets.values})


def not_later(problems: Problems, field: str, day: dt.date | None, row: int | None) -> None:
    """A day that has not come yet is none on which something was found or done."""
    if day is not None and day > moment.today():
        problems.add(field, "future", row, value=day)


# -- many at once ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Compared:
    """What writing rows would do. new: places in the list of those that nobody said before; moved: how many of the
    others were changed or taken back since, which they do not undo."""

    new: list[int]
    same: int
    moved: int


def compare(conn: Connection, book: Book, city: str, rows: Sequence[Mapping[str, Any]]) -> Compared:
    """Compare checked rows with what was ever said, under the city's writer lock."""
    history.lock(conn, city)
    found = conn.execute(sql.statement("city_record_compare", table=book.table, hash=row_hash(book.table, "d")), {
        "city": city, "rows": records.as_json([{**row, "id": n} for n, row in enumerate(rows)])}).all() if rows else []
    return Compared([r.row_no for r in found if not r.known], sum(r.known for r in found),
                    sum(r.known and not r.stands for r in found))
