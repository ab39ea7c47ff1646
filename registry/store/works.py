"""Works (实事): what is built, rebuilt, strengthened, renovated and repaired, and how much of it was delivered."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, text

from registry import catalogue
from registry.catalogue import Catalogue
from registry.db.fragments import Fragment, every
from registry.errors import BadValue
from registry.kinds import Field, FieldProblem, Label
from registry.kinds.codes import Code, CodeList, fold
from registry.kinds.form import Problems, title
from registry.kinds.quantities import canonical, convert
from registry.kinds.works import WORK, WORK_STATUS
from registry.scope import WHOLE, Sight
from registry.store import city_records, records
from registry.store.city_records import Book
from registry.store.conflict import Versions
from registry.store.known import Known
from registry.store.records import Writer

STATUSES = WORK_STATUS.values
BY = ("district", "class", "kind", "year")  # and any key of `attrs`


@dataclass(frozen=True)
class Wanted:
    """Which works: with these values; district: by code or name; asset: of this one only; ids: none but these."""

    kind: str | None = None
    status: str | None = None
    cls: str | None = None
    district: str | None = None
    year: int | None = None
    asset: int | None = None
    ids: tuple[int, ...] | None = None


def fields() -> tuple[Field, ...]:
    """What is said of a work; the class is one of those there are, by its key or its title."""
    return _fields(catalogue.load())


@lru_cache(maxsize=2)
def _fields(known: Catalogue) -> tuple[Field, ...]:
    taken: set[str] = set()
    codes = []
    for kind in known.classes.values():
        own = {fold(t) for t in (kind.key, kind.title.zh, kind.title.en)}
        others = tuple(n for n in kind.names if fold(n) not in own)
        codes.append((kind, others))
        taken |= own
    counts: dict[str, int] = {}
    for _, others in codes:
        for name in {fold(n) for n in others}:
            counts[name] = counts.get(name, 0) + 1
    classes = CodeList("asset_class", "设施类别|Class of assets", tuple(
        Code(kind.key, kind.title, aliases=tuple(n for n in others if counts[fold(n)] == 1 and fold(n) not in taken))
        for kind, others in codes))
    return tuple(dataclasses.replace(f, type="code", codes=classes, max_length=None) if f.key == "class" else f for f in WORK)


def _settle(row: dict[str, Any], known: Known, problems: Problems, number: int | None) -> None:
    """What must hold of a work as a whole."""
    def wrong(field: str, code: str, value: Any = None, **facts: object) -> None:
        problems.add(field, code, number, value=value, **facts)

    row["unit"] = canonical(row["unit"])
    if not row["quantity"] > 0:
        wrong("quantity", "range", row["quantity"], low=">0", high="1e12")
    if row["done_on"] is not None and row["status"] != "done":
        wrong("done_on", "needs", row["done_on"], other=Label("状态“完成”", "the status done"))
    city_records.not_later(problems, "done_on", row["done_on"], number)
    if row["district"] is not None:
        said, row["district"] = row["district"], known.district(row["district"])
        if row["district"] is None:
            wrong("district", "unknown_zone", said)
    if (row["zone_kind"] is None) != (row["zone_code"] is None):
        lacking = "zone_kind" if row["zone_kind"] is None else "zone_code"
        wrong(lacking, "needs", other=title(WORK, lacking))
    elif row["zone_kind"] is not None and not known.zone(row["zone_kind"], row["zone_code"]):
        wrong("zone_code", "unknown_zone", row["zone_code"])
    _asset(row, known, wrong)
    _attrs(row, wrong)


def _asset(row: dict[str, Any], known: Known, wrong: Any) -> None:
    """The asset that is named, by its id or by class and code, and the class that it is of."""
    code = row.get("asset_code")
    if code is not None and row["class"] is None:
        wrong("class", "needs", other=title(WORK, "class"))
    elif code is not None:
        found = known.id_of(row["class"], code)
        if found is None or row["asset_id"] not in (None, found):
            wrong("asset_code", "unknown_asset", code)
        row["asset_id"] = found
    elif row["asset_id"] is not None:
        cls = known.class_of(row["asset_id"])
        if cls is None:
            wrong("asset_id", "unknown_id", row["asset_id"])
        elif row["class"] not in (None, cls):
            wrong("class", "other_class", row["class"], other=catalogue.load().classes[cls].title)
        row["class"] = cls or row["class"]


def _attrs(row: dict[str, Any], wrong: Any) -> None:
    """What the class has a field of is kept as that field keeps it: 燃气 is gas."""
    cls = catalogue.load().classes.get(row["class"] or "")
    for key, value in row["attrs"].items():
        if cls is not None and key in cls.by_key:
            try:
                parsed, _ = cls.by_key[key].parse(value)
                row["attrs"][key] = parsed.isoformat() if isinstance(parsed, dt.date) else parsed
            except FieldProblem as problem:
                wrong(f"attrs.{key}", problem.code, value, **problem.facts)


BOOK = Book("work", Label("实事", "work"), fields, _settle)


def add(conn: Connection, city: str, said: Any, writer: Writer) -> dict[str, Any]:
    """A new work. Invalid names every field that is wrong; Forbidden for a scope within the city."""
    return city_records.add(conn, BOOK, city, said, writer)


def change(conn: Connection, city: str, id_: int, expected: Versions | None, said: Any, writer: Writer) -> dict[str, Any]:
    """Change a work; one that is done no more has no day on which it was. Invalid, Stale, Gone, Forbidden."""
    if isinstance(said, Mapping) and said.get("asset_code") is not None and "asset_id" not in said:
        said = {**said, "asset_id": None}  # the code says which it is now
    if isinstance(said, Mapping) and "done_on" not in said and said.get("status") is not None:
        code = WORK_STATUS.find(str(said["status"]))
        said = {**said, "done_on": None} if code is not None and code.value != "done" else said
    return city_records.change(conn, BOOK, city, id_, expected, said, writer)


def withdraw(conn: Connection, city: str, id_: int, expected: Versions | None, writer: Writer) -> None:
    """Take back a work that was none; it stays in the history."""
    city_records.withdraw(conn, BOOK, city, id_, expected, writer)


def get(conn: Connection, sight: Sight, city: str, id_: int) -> dict[str, Any]:
    """One work; NotFound where it is not seen, Gone where it was taken back."""
    return city_records.get(conn, BOOK, sight, city, id_)


def page(conn: Connection, city: str, wanted: Wanted, *, sight: Sight = WHOLE, limit: int = 10_000,
         after: int | None = None) -> list[dict[str, Any]]:
    """Works by id. UnknownClass, BadValue (district)."""
    if wanted.cls is not None:
        records.classes(sight, wanted.cls)
    parts = city_records.equals({
        "kind": wanted.kind, "status": wanted.status, "class": wanted.cls, "year": wanted.year, "asset_id": wanted.asset,
        "district": records.district(conn, sight, city, wanted.district)})
    if wanted.ids is not None:
        parts.append(city_records.among(wanted.ids))
    return city_records.page(conn, BOOK, city, parts, sight=sight, limit=limit, after=after)


# -- how much --------------------------------------------------------------------------------------
def delivered(conn: Connection, city: str, *, kinds: Sequence[str], unit: str, cls: str | None = None,
              where: Mapping[str, Sequence[Any]] | None = None, years: tuple[int, int] | None = None,
              district: str | None = None, by: str | None = None, as_of: dt.datetime | None = None,
              sight: Sight = WHOLE) -> dict[str, Any]:
    """Quantities of works by status, in `unit`; what is told in units that do not convert stands in `other_units`.

    Works of a class that are told in 个 are told in the unit of the class (座, 块 …): 个 counts anything.
    kinds: of WORK_KIND. where: key of `attrs` → the values wanted. years: the first and the last one; a work that is
    done counts in the year of its day, else in the year it is of. sight.on: what was done after that day is under way.
    by: one of BY or a key of `attrs`; its groups add up to the whole. investment_cny: of what is done, None where
    nobody said it; `investment` has it by status. BadValue (where, by) for a field that is kept back.
    """
    sight = dataclasses.replace(sight, as_of=as_of) if as_of is not None else sight
    for key in (*(where or ()), *((by,) if by else ())):
        if any(key in mask.fields for mask in sight.principal.masks.values()):
            raise BadValue(name="where", value=key, why_zh="没有这个字段", why_en="there is no such field")
    unit = _counter(unit, cls)
    rows = [_Counted.of(r, unit, sight.on, by, cls) for r in _asked(conn, city, sight, kinds, cls, where, district)]
    rows = [r for r in rows if years is None or years[0] <= r.year <= years[1]]
    like, others = [r for r in rows if r.amount is not None], [r for r in rows if r.amount is None]
    spent = {s: _sum(r.investment_cny for r in rows if r.status == s and r.investment_cny is not None) for s in STATUSES}
    return {
        **_sums(like), "unit": canonical(unit), "investment_cny": spent["done"], "investment": spent,
        "other_units": [{"unit": u, **_sums([dataclasses.replace(r, amount=r.quantity) for r in others if r.unit == u])}
                        for u in sorted({r.unit for r in others})],
        "grouped_by": by,
        "by": [{"key": key, **_sums([r for r in like if r.key == key])}
               for key in sorted({r.key for r in like}, key=lambda k: (k is None, str(k)))] if by else []}


@dataclass(frozen=True)
class _Counted:
    """One work as it counts; amount: its quantity in the unit asked for."""

    id: int
    status: str
    year: int
    quantity: float
    unit: str
    amount: float | None
    investment_cny: float | None
    key: Any = None

    @classmethod
    def of(cls, row: Any, unit: str, on: dt.date | None, by: str | None, of_class: str | None) -> _Counted:
        r = row._mapping
        year = r["done_on"].year if r["done_on"] else r["year"]
        late = on is not None and r["status"] == "done" and (r["done_on"] > on if r["done_on"] else r["year"] > on.year)
        key = None if by is None else year if by == "year" else r[by] if by in BY else r["attrs"].get(by)
        return cls(r["id"], "under_way" if late else r["status"], year, r["quantity"], r["unit"],
                   convert(r["quantity"], _counter(r["unit"], of_class), unit), r["investment_cny"], key)


def _counter(unit: str, cls: str | None) -> str:
    """个 of a class is its own unit of counting: 一个转运站 is 一座."""
    known = catalogue.load().classes.get(cls or "")
    return Label.of(known.unit).zh if known is not None and canonical(unit) == "个" else unit


def _asked(conn: Connection, city: str, sight: Sight, kinds: Sequence[str], cls: str | None,
           where: Mapping[str, Sequence[Any]] | None, district: str | None) -> list[Any]:
    parts = [Fragment("r.kind = ANY(CAST(«kinds» AS text[]))", {"kinds": list(kinds)}),
             *city_records.equals({"class": cls, "district": records.district(conn, sight, city, district)})]
    for n, (key, values) in enumerate((where or {}).items()):
        parts.append(Fragment(f"r.attrs->>CAST(«key_{n}» AS text) = ANY(CAST(«where_{n}» AS text[]))",
                              {f"key_{n}": key, f"where_{n}": [str(v) for v in values]}))
    found, limits = city_records.seen(BOOK, sight), every(parts)
    return list(conn.execute(text(f"SELECT r.* FROM {found.text} r WHERE r.city = :city AND {limits.text} ORDER BY r.id"),
                             {"city": city, **found.values, **limits.values}))


def _sums(rows: Sequence[_Counted]) -> dict[str, Any]:
    return {**{s: math.fsum(r.amount or 0.0 for r in rows if r.status == s) for s in STATUSES}, "rows": [r.id for r in rows]}


def _sum(values: Iterable[float]) -> float | None:
    found = list(values)
    return math.fsum(found) if found else None
