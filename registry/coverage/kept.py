"""Coverage from what is kept: the answer of a full run (to 1e-9), after computing again only what changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from registry.coverage import kept_build, kept_change, kept_state, rules, straight
from registry.coverage.kept_state import State
from registry.coverage.straight import Run
from registry.scope import WHOLE, Sight
from registry.standards.service import Edition, ServiceRule
from registry.store.cities import City

WORTH_PARCELS = 5_000  # of fewer, a full run takes less than half a second
TRIES = 3
_NO_SUMS = {"parcels": 0, "area_m2": 0.0, "covered_m2": 0.0, "people": None, "people_covered": None, "peopled_m2": 0.0, "gap_m2": 0.0,
            "gaps": 0, "slivers": 0, "sliver_m2": 0.0}


@dataclass(frozen=True)
class Known:
    """The figures of a run, as its methods of the same names tell them."""

    total: dict[str, Any]
    divided: list[dict[str, Any]]
    layers: dict[str, Any]
    by_tier: list[Any]


@dataclass(frozen=True)
class KeptRun(Run):
    """A run whose figures are known already, told by districts; it has no shapes and no tables."""

    known: Known = field(kw_only=True)

    def total(self) -> dict[str, Any]:
        return self.known.total

    def slivers(self) -> dict[str, Any]:
        return self.known.total

    def divided(self, kind: str) -> list[dict[str, Any]]:
        return self.known.divided

    def layers(self) -> dict[str, Any]:
        return self.known.layers

    def by_tier(self) -> list[Any]:
        return self.known.by_tier


def answers(rule: ServiceRule, edition: Edition) -> bool:
    """Whether what is kept tells all of an answer: of land, by radii that go by size alone."""
    return rule.basis != "length" and not any(t.where for t in edition.tiers)


def prepare(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None, sight: Sight = WHOLE) -> Run:
    """The run of a coverage told by districts: from what is kept where that may be used, else in full.

    The sight of everything at the present moment is kept for cities of many parcels; it is made and brought up to date
    in a transaction of its own. Errors as straight.prepare.
    """
    run = _begun(conn, rules.find(rule), city, edition, sight)
    for _ in range(TRIES):
        state = settled(run)
        if state is None:
            break
        known = _known(run, state)
        if kept_state.still(conn, state):
            return KeptRun(**{f.name: getattr(run, f.name) for f in dataclasses.fields(Run) if f.init} | {"zones": dict(state.zones)}, known=known)
    straight.fill(run)
    return run


def sums_if(run: Run, added: Sequence[Mapping[str, Any]], removed: Sequence[int]) -> list[Mapping[str, Any]] | None:
    """Sums before and after (see kept_change.what_if) with other facilities; None where nothing is kept to tell it from.

    run: of the facilities as they would be.
    """
    for _ in range(TRIES):
        state = settled(run)
        if state is None:
            return None
        found = kept_change.what_if(run, state, added, removed)
        if found and found[0]["revision"] == state.revision:  # else somebody has changed it since it was found
            return found
    return None


def refresh(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None) -> bool:
    """Bring what is kept up to date, or make it, in the transaction of `conn`; False when it cannot be kept now:
    somebody else is at it, or wrote zones meanwhile (then roll back)."""
    run = _begun(conn, rules.find(rule), city, edition, WHOLE)
    locked = conn.execute(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
                          {"name": f"coverage {kept_state.key(run)}"}).scalar_one()
    made_of = kept_state.source(run) if locked else None
    if made_of is None:
        return False
    state = kept_state.find(run, made_of)
    if state is None or kept_change.differing(run, state) > kept_change.MOST:
        return kept_build.build(run, made_of)
    kept_change.settle(run, state, made_of.facilities)
    return True


def settled(run: Run) -> State | None:
    """What is kept, of the facilities of now; brought up to date first where it is not. None where it cannot be had."""
    if not kept_state.whole(run.sight, run.rule, run.city) or (made_of := kept_state.source(run)) is None:
        return None
    state = kept_state.find(run, made_of)
    if state is not None and state.settled(made_of, run.today):
        return state
    if state is None and (made_of.written or not _worth(run)):
        return None
    if made_of.written:  # what nobody else sees yet is kept with it, or not at all
        refresh(run.conn, run.rule, run.city, edition=run.edition.key)
    else:
        _refresh_apart(run)
    state = kept_state.find(run, made_of)
    return state if state is not None and state.settled(made_of, run.today) else None


def _begun(conn: Connection, rule: ServiceRule, city: City, edition: str | None, sight: Sight) -> Run:
    return Run(conn, rule, rule.edition(edition), city, sight, straight.serial(), {})


def _worth(run: Run) -> bool:
    count = run.conn.execute(text("SELECT count(*) FROM zone WHERE city = :city AND kind = :kind"), {
        "city": run.city.key, "kind": run.rule.denominator}).scalar_one()
    return bool(count >= WORTH_PARCELS)


def _refresh_apart(run: Run) -> None:
    """Refresh in a transaction of its own; where that cannot be, whoever asks computes for itself."""
    try:
        with run.conn.engine.connect() as apart, apart.begin() as transaction:
            limit = run.conn.execute(text("SELECT current_setting('statement_timeout')")).scalar_one()
            apart.execute(text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": limit})
            if not refresh(apart, run.rule, run.city, edition=run.edition.key):
                transaction.rollback()
    except (DBAPIError, PoolTimeout):
        return


def _known(run: Run, state: State) -> Known:
    rows = [dict(r) for r in run.run("coverage_kept_sum", kept=state.id).mappings()]
    return Known(next((r for r in rows if r["whole"]), _NO_SUMS), [r for r in rows if not r["whole"]],
                 dict(run.run("coverage_kept_layers", kept=state.id).mappings().one()),
                 list(run.run("coverage_kept_by_tier", kept=state.id)))
