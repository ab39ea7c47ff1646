"""Which kept coverage fits: by all that it was computed from, so that what does not fit is never used."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from registry import sql
from registry.catalogue import load
from registry.coverage import rules, straight
from registry.coverage.straight import Run
from registry.scope import Sight
from registry.standards.service import ServiceRule
from registry.store import layers
from registry.store.cities import City

_FIND = """SELECT id, revision, facilities, from_day, span, facts FROM coverage_kept
WHERE city = :city AND rule = :rule AND edition = :edition AND made_of = :made_of
  AND from_day <= :today AND (until_day IS NULL OR until_day > :today)"""


@dataclass(frozen=True)
class Source:
    """What a coverage is computed from at this moment, but for the rows of the facilities.

    hash: of the rule, the versions of all zones in it, the engines and this algorithm. facilities: version of their
    layer. written: whether this transaction has written anything, temporary tables too.
    """

    hash: bytes
    facilities: int
    written: bool


@dataclass(frozen=True)
class State:
    """A kept coverage. facilities, day: the version of their layer and the day that it was settled with. span: cells that
    a parcel reaches over beyond its own. zones: kind → edition used."""

    id: int
    revision: int
    facilities: int
    day: dt.date
    span: int
    zones: dict[str, str | None]

    def settled(self, made_of: Source, today: dt.date) -> bool:
        """Whether the facilities that it knows are those of now, each serving or not as it does today."""
        return self.facilities == made_of.facilities and self.day == today


def whole(sight: Sight, rule: ServiceRule, city: City) -> bool:
    """Whether this is the sight of everything at the present moment, which alone is kept."""
    principal = sight.principal
    return (sight.as_of is None and sight.on is None and principal.scope.unlimited
            and principal.scope.city in (None, city.key)
            and all(principal.mask(key).open for key in (rule.facility, *zones(rule))))


def zones(rule: ServiceRule) -> list[str]:
    """The kinds of zones that the rule is made of, and the one that its rows are told by."""
    known = load().zones
    return sorted({v for v in vars(rule).values() if isinstance(v, str) and v in known} | {rules.DISTRICT})


def source(run: Run) -> Source | None:
    """What a run would be computed from; None where nothing can be kept: a batch is open or tried out in this
    transaction, or whoever asks may not read what is kept. Ask before reading any row."""
    here = run.conn.execute(sql.statement("coverage_kept_here"), {"city": run.city.key}).one()
    if not here.usable:
        return None
    kinds = zones(run.rule)
    found = layers.states(run.conn, run.city.key, [run.rule.facility, *kinds])
    fragments, _ = straight.told(run)
    said = [repr(run.rule), repr(run.edition), run.city.srid, here.engine, _algorithm(), fragments["thing"],
            fragments["reason"], [(k, found[k].version, found[k].born) for k in kinds]]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest()
    return Source(digest, found[run.rule.facility].version, here.written)


def find(run: Run, made_of: Source) -> State | None:
    """The kept coverage that fits today."""
    row = run.conn.execute(text(_FIND), key(run) | {"made_of": made_of.hash, "today": run.today}).first()
    return State(row.id, row.revision, row.facilities, row.from_day, row.span, row.facts["zones"]) if row else None


def still(conn: Connection, state: State) -> bool:
    """Whether nobody has changed it since it was found: then all that was read of it is of one moment."""
    return bool(conn.execute(text("SELECT revision FROM coverage_kept WHERE id = :id"), {"id": state.id}).scalar()
                == state.revision)


def key(run: Run) -> dict[str, str]:
    """What a kept coverage is named by."""
    return {"city": run.city.key, "rule": run.rule.code, "edition": run.edition.key}


def until(run: Run) -> dt.date | None:
    """The day from which on other zones may hold; None: no zone begins or ends later than today."""
    found: Any = run.conn.execute(sql.statement("coverage_kept_until"), {
        "city": run.city.key, "kinds": zones(run.rule), "today": run.today}).scalar()
    return found


@lru_cache(maxsize=1)
def _algorithm() -> str:
    """Hash of the code that computes."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for file in (*sorted(sql.HERE.glob("coverage_*.sql")), *sorted(here.glob("kept*.py")), here / "straight.py"):
        digest.update(file.read_bytes())
    return digest.hexdigest()
