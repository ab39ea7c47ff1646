"""Kept tallies: what a statement counted at a batch, and what it would count of the rows that changed since."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

from sqlalchemy import Connection, TextClause, text

from registry import catalogue, schema, sql
from registry.db.fragments import for_text
from registry.scope import WHOLE, Sight
from registry.store.once import anew, known, once
from registry.store.opening import helpers, opening

# More changed rows than this are counted anew as quickly.
MOST = 50_000
# (key, verdict, rows, sum of their measures and of the good parts of these, in whole millionths)
Row = tuple[str, str, int, int, int]
# Tables beside the asset's own row whose changes are looked at; of a batch only its time is read, which does not change.
LOOKED_AT = frozenset({"inspection", "batch", "zone"})
TABLES = frozenset(schema.metadata.tables)
_READ = re.compile(r"\b(?:FROM|JOIN)\s+\(?(\w+)")
_MOMENT = "«as_of»"
# Stands in a piece for the limit of what is read of other tables, by the `asset_id` of their row `i`: nothing, or the assets that changed.
OF_ANY = "(/* of any asset */ true)"
_CHANGED = "ANY(CAST(«changed» AS bigint[]))"


@dataclass(frozen=True)
class Counting:
    """The pieces of `indicator_share.sql` with `«name»` binds: what is counted of the class, and how it is told.

    values: what they bind beside class, city, `today` and `as_of`.
    """

    cls: str
    city: str
    key: str
    verdict: str
    measure: str
    part: str
    beside: str
    where: str
    values: Mapping[str, Any]
    today: dt.date

    def sentence(self, assets: str, *, changed: bool = False, moment: str = "as_of") -> str:
        """The statement over these rows, all of them or those `changed`. moment: name of the bind as of which inspections are read."""
        pieces = {**self.pieces, "assets": assets, "measure": _sum(self.measure), "part": _sum(self.part)}
        if changed:
            pieces |= {"where": f"{self.where} AND a.id = {_CHANGED}", "beside": self.beside.replace(OF_ANY, f"i.asset_id = {_CHANGED}")}
        return sql.script("indicator_share", **{n: for_text(p.replace(_MOMENT, f"«{moment}»")) for n, p in pieces.items()})

    @property
    def pieces(self) -> dict[str, str]:
        """By their names in the statement."""
        return {"key": self.key, "verdict": self.verdict, "measure": self.measure, "part": self.part, "beside": self.beside, "where": self.where}

    @cached_property
    def name(self) -> bytes:
        """What it is kept under: another rule, table, filter or option is another statement."""
        said = [self.sentence("asset"), self.cls, {n: self.values[n] for n in sorted(self.values)}]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, default=str).encode()).digest()

    @cached_property
    def reads(self) -> frozenset[str]:
        """The tables that its pieces name, beside the row of the asset."""
        return frozenset(_READ.findall(" ".join(self.pieces.values()))) & TABLES

    @property
    def keepable(self) -> bool:
        """Whether each asset counts for itself, by what is known to change by batches and is looked at here."""
        return self.reads <= LOOKED_AT


@dataclass(frozen=True)
class Whole:
    """An answer that is kept as it is. name: all that decides it, the versions of what it reads among that: it fits, or is not found."""

    cls: str
    city: str
    today: dt.date
    name: bytes


@dataclass(frozen=True)
class Moment:
    """The state of a city after a batch; the hash is one over everything that was ever written before."""

    batch: int
    hash: bytes
    at: dt.datetime


def moment(conn: Connection, city: str) -> Moment | None:
    """That of the last batch; None without any, and while one is being written here."""
    row = conn.execute(text("SELECT id, hash, at FROM batch WHERE city = :city ORDER BY at DESC LIMIT 1"), {"city": city}).one_or_none()
    return None if row is None or row.hash is None else Moment(row.id, bytes(row.hash), row.at)


@dataclass(frozen=True)
class Kept:
    """What a statement counted at a moment, and the batches since. assets, inspections: whether any of these (of the class) may have changed.

    said: rows, or the text of a whole answer.
    """

    at: dt.datetime
    said: Any
    since: list[int] | None
    assets: bool = True
    inspections: bool = True

    @property
    def rows(self) -> list[Row]:
        return _rows(self.said)

    def changed(self, counting: Counting) -> bool:
        """Whether any of the rows that it counts may have changed."""
        return bool(self.since) and (self.assets or (self.inspections and "inspection" in counting.reads))


def live(conn: Connection, counting: Counting, sight: Sight = WHOLE) -> list[Row]:
    """What it counts of the rows that are seen."""
    opening(conn, counting.city, counting.today)
    helpers(conn, True)
    seen = sight.rows(catalogue.load().classes[counting.cls])
    return _rows(_execute(conn, counting.sentence(seen.sql), counting, {**seen.values, "as_of": sight.as_of}))


def ahead(conn: Connection, city: str, day: dt.date) -> None:
    """Read all that is kept for a day at once, and of which classes there is anything to count, for the many figures of one answer:
    to be called where `once` holds."""
    once(("there", city), lambda: classes(conn, city))
    once(("kept", city, day), lambda: {bytes(row.statement): Kept(row.at, row.rows, row.since, row.assets, row.inspections)
                                       for row in conn.execute(sql.statement("tally_ahead"), {"city": city, "day": day})})


def told(conn: Connection, counting: Counting) -> list[Row] | None:
    """What it counts now, made of what is kept; None where nothing is, or where only counting anew can tell."""
    kept = _kept(conn, counting)
    there = known(("there", counting.city))
    if kept is None and there is not None and counting.cls not in there:
        return []
    if kept is None:
        return None
    if kept.changed(counting):
        return _brought_forward(conn, counting, kept)
    return None if kept.since and "zone" in counting.reads and _moved(conn, counting, kept) else kept.rows


def whole(conn: Connection, wanted: Whole) -> Any:
    """The answer that is kept; None where none is."""
    kept = _kept(conn, wanted)
    return json.loads(kept.said) if kept is not None and isinstance(kept.said, str) else None


def keep(conn: Connection, at: Moment, found: Iterable[tuple[Counting | Whole, Any]]) -> int:
    """Write what was counted in the state of the moment; what is newer already stays. The number of tallies."""
    rows = [{"city": c.city, "class": c.cls, "day": c.today, "statement": c.name, "batch": at.batch, "hash": at.hash, "at": at.at,
             "rows": json.dumps(sorted(told) if isinstance(c, Counting) else json.dumps(told, ensure_ascii=False))} for c, told in found]
    if rows:
        conn.execute(sql.statement("tally_keep"), rows)
    return len(rows)


def classes(conn: Connection, city: str) -> set[str]:
    """The classes of which the city has an asset."""
    return set(conn.execute(sql.statement("tally_classes"), {"city": city, "classes": list(catalogue.load().classes)}).scalars())


def forget(conn: Connection, city: str, before: dt.date) -> None:
    """Let go of what was counted for days that are over."""
    conn.execute(text("DELETE FROM tally WHERE city = :city AND day < :before"), {"city": city, "before": before})


# -- inside --------------------------------------------------------------------------------------
def _sum(measure: str) -> str:
    """The SQL of the sum in whole millionths; of a measure that is one for each row it is their number."""
    return "count(*) * 1000000" if measure == "1" else f"coalesce(sum(round(({measure}) * 1e6::float8)::bigint), 0)"


def _kept(conn: Connection, wanted: Counting | Whole) -> Kept | None:
    if (read := known(("kept", wanted.city, wanted.today))) is not None:
        found: Kept | None = read.get(wanted.name)
        return found
    if not opening(conn, wanted.city, wanted.today).kept:
        return None
    row = conn.execute(sql.statement("tally_kept"), {
        "city": wanted.city, "class": wanted.cls, "day": wanted.today, "statement": wanted.name}).one_or_none()
    return None if row is None else Kept(row.at, row.rows, row.since)


def _brought_forward(conn: Connection, counting: Counting, kept: Kept) -> list[Row] | None:
    """The kept rows and what changed since: whatever does not depend on zones is a sum over single assets.

    Which assets changed is looked up once for all statements of a class, and again where somebody wrote meanwhile.
    """
    for look_up in (once, anew):
        since = look_up(("since", counting.city, kept.at), lambda: _since(conn, counting, kept))
        changed = look_up(("changed", counting.city, counting.cls, kept.at, "inspection" in counting.reads), partial(_changed, conn, counting, since))
        if changed is None:
            return None
        found = _difference(conn, counting, kept, since, changed)
        if found[0].since == since:
            return None if found[0].moved else _added(kept.rows, _rows(row[2:] for row in found if row.key is not None))
    return None


def _since(conn: Connection, counting: Counting, kept: Kept) -> list[int]:
    return list(_execute(conn, sql.script("tally_since"), counting, {"kept_at": kept.at}).scalar_one() or ())


def _changed(conn: Connection, counting: Counting, since: list[int]) -> list[int] | None:
    """The assets of the class whose row, or what is read beside it, was written in one of these batches; None for too many."""
    script = sql.script("tally_changed", inspected=sql.script("tally_inspected") if "inspection" in counting.reads else "")
    found = _execute(conn, script, counting, {"since": since, "first": since[0], "most": MOST + 1}).scalars().all() if since else ()
    return sorted(set(found)) if len(found) <= MOST else None


def _moved(conn: Connection, counting: Counting, kept: Kept) -> bool:
    """Whether a zone was written since."""
    return once(("moved", counting.city, kept.at), lambda: bool(
        _execute(conn, "SELECT " + sql.script("tally_moved"), counting, {"since": kept.since}).scalar_one()))


def _difference(conn: Connection, counting: Counting, kept: Kept, since: list[int], changed: list[int]) -> list[Any]:
    helpers(conn, False)
    then = Sight(as_of=kept.at).rows(catalogue.load().classes[counting.cls])
    before = counting.sentence(then.sql.replace(_MOMENT, "«kept_at»"), changed=True, moment="kept_at")
    script = sql.script("tally_difference", since=sql.script("tally_since"), now=counting.sentence("asset", changed=True), before=before,
                        moved=sql.script("tally_moved") if "zone" in counting.reads else "false")
    return list(_execute(conn, script, counting, {"kept_at": kept.at, "as_of": None, "since": since, "changed": changed}).all())


def _added(kept: list[Row], more: list[Row]) -> list[Row] | None:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, verdict, *amounts in [*kept, *more]:
        sums[key, verdict] = [a + b for a, b in zip(sums[key, verdict], amounts, strict=True)]
    if any(n < 0 or (n == 0 and (measure or part)) for n, measure, part in sums.values()):
        return None  # nothing counts less than nothing: whatever is wrong, it is not told
    return [(key, verdict, *amounts) for (key, verdict), amounts in sums.items() if amounts[0]]  # type: ignore[misc]


def _execute(conn: Connection, script: str, counting: Counting, values: Mapping[str, Any]) -> Any:
    """A script with those of the values that it binds."""
    statement = _statement(script)
    bound = {"class": counting.cls, "city": counting.city, "today": counting.today, **counting.values, **values}
    return conn.execute(statement, {name: bound[name] for name in statement._bindparams})


@lru_cache(maxsize=1024)
def _statement(script: str) -> TextClause:
    return text(script)


def _rows(found: Iterable[Any]) -> list[Row]:
    return [(key, verdict, int(count), int(measure), int(part)) for key, verdict, count, measure, part in found]
