"""Kept tallies: what a statement counted at a batch, and what it would count of the rows that changed since."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, text

from registry import catalogue, schema, sql
from registry.db.fragments import for_text
from registry.scope import WHOLE, Sight
from registry.store.once import known, once

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
_CHANGED = "ANY(ARRAY(SELECT DISTINCT id FROM changed))"


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
        pieces = {**self.pieces, "assets": assets}
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
class Moment:
    """The state of a city after a batch; the hash is one over everything that was ever written before."""

    batch: int
    hash: bytes
    at: dt.datetime


def moment(conn: Connection, city: str) -> Moment | None:
    """That of the last batch; None without any, and while one is being written here."""
    row = conn.execute(text("SELECT id, hash, at FROM batch WHERE city = :city ORDER BY at DESC LIMIT 1"), {"city": city}).one_or_none()
    return None if row is None or row.hash is None else Moment(row.id, bytes(row.hash), row.at)


def live(conn: Connection, counting: Counting, sight: Sight = WHOLE) -> list[Row]:
    """What it counts of the rows that are seen."""
    seen = sight.rows(catalogue.load().classes[counting.cls])
    return _rows(_execute(conn, counting.sentence(seen.sql), counting, {**seen.values, "as_of": sight.as_of}))


def ahead(conn: Connection, city: str, day: dt.date) -> None:
    """Read all that is kept for a day at once, and of which classes there is anything to count, for the many figures of one answer:
    to be called where `once` holds."""
    once(("there", city), lambda: classes(conn, city))
    once(("kept", city, day), lambda: {bytes(row.statement): row for row in conn.execute(sql.statement("tally_ahead"), {"city": city, "day": day})})


def told(conn: Connection, counting: Counting) -> list[Row] | None:
    """What it counts now, made of what is kept; None where nothing is, or where only counting anew can tell."""
    if (read := known(("kept", counting.city, counting.today))) is not None:
        found = read.get(counting.name)
        if found is None:
            return None if counting.cls in known(("there", counting.city)) else []
        if not (found.assets or (found.later and "zone" in counting.reads) or (found.inspections and "inspection" in counting.reads)):
            return _rows(found.rows)
    kept = _execute(conn, sql.script("tally_kept", changed=_changed(counting)), counting,
                    {"day": counting.today, "statement": counting.name, "most": MOST + 1}).one_or_none()
    if kept is None or kept.changed > MOST:
        return None
    rows = _rows(kept.rows)
    as_it_was = not kept.changed and not (kept.later and "zone" in counting.reads)
    return rows if as_it_was else _brought_forward(conn, counting, kept.at, rows)


def keep(conn: Connection, at: Moment, found: Iterable[tuple[Counting, list[Row]]]) -> int:
    """Write what was counted in the state of the moment; what is newer already stays. The number of tallies."""
    rows = [{"city": c.city, "class": c.cls, "day": c.today, "statement": c.name, "batch": at.batch, "hash": at.hash, "at": at.at,
             "rows": json.dumps(sorted(told))} for c, told in found]
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
def _brought_forward(conn: Connection, counting: Counting, at: dt.datetime, kept: list[Row]) -> list[Row] | None:
    """The kept rows and what changed since: whatever does not depend on zones is a sum over single assets."""
    kind = catalogue.load().classes[counting.cls]
    then = Sight(as_of=at).rows(kind)
    before = counting.sentence(then.sql.replace(_MOMENT, "«kept_at»"), changed=True, moment="kept_at")
    script = sql.script("tally_difference", changed=_changed(counting), now=counting.sentence("asset", changed=True), before=before,
                        moved=sql.script("tally_moved") if "zone" in counting.reads else "false")
    found = _execute(conn, script, counting, {"kept_at": at, "as_of": None, "most": MOST + 1}).all()
    if found[0].moved or found[0].changed > MOST:
        return None
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, verdict, *amounts in [*kept, *_rows(row[2:] for row in found if row.key is not None)]:
        sums[key, verdict] = [a + b for a, b in zip(sums[key, verdict], amounts, strict=True)]
    if any(n < 0 or (n == 0 and (measure or part)) for n, measure, part in sums.values()):
        return None  # nothing counts less than nothing: whatever is wrong, it is not told
    return [(key, verdict, *amounts) for (key, verdict), amounts in sums.items() if amounts[0]]  # type: ignore[misc]


def _changed(counting: Counting) -> str:
    return sql.script("tally_changed", inspected=sql.script("tally_inspected") if "inspection" in counting.reads else "")


def _execute(conn: Connection, script: str, counting: Counting, values: Mapping[str, Any]) -> Any:
    """A script with those of the values that it binds."""
    statement = text(script)
    bound = {"class": counting.cls, "city": counting.city, "today": counting.today, **counting.values, **values}
    return conn.execute(statement, {name: bound[name] for name in statement._bindparams})


def _rows(found: Iterable[Any]) -> list[Row]:
    return [(key, verdict, int(count), int(measure), int(part)) for key, verdict, count, measure, part in found]
