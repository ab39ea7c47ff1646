"""Coverage from what is kept: the answer of a full run (to 1e-9), after computing again only what changed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, FrozenResult, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from registry.coverage import kept_build, kept_change, kept_state, rules, straight
from registry.coverage.kept_change import Change
from registry.coverage.kept_state import Source
from registry.coverage.straight import Run
from registry.db.fragments import Fragment
from registry.scope import WHOLE, Sight
from registry.standards.service import Edition, ServiceRule
from registry.store.cities import City

WORTH_PARCELS = 5_000  # of fewer, a full run takes less than half a second
TRIES = 3
# Statement of a full run → the one over what is kept, with the tables of the change that it reads.
_INSTEAD = {
    "coverage_total": ("coverage_kept_total", "sum"), "coverage_slivers": ("coverage_kept_slivers", "sum"),
    "coverage_divisions": ("coverage_kept_divisions", "sum"), "coverage_engine": ("coverage_kept_engine", "hit"),
    "coverage_facilities": ("coverage_kept_by_tier", "changed", "came", "row")}


@dataclass(frozen=True)
class KeptRun(Run):
    """A run whose figures are known already; whatever else is asked of it computes in full first."""

    known: dict[str, FrozenResult[Any]] = field(default_factory=dict)
    filled: list[bool] = field(default_factory=list)

    def run(self, statement: str, *tables: str, **more: Any) -> Any:
        if not self.filled and statement in self.known:
            return self.known[statement]()
        self._fill()
        return super().run(statement, *tables, **more)

    def divisions(self, kind: str) -> str:
        if kind == rules.DISTRICT:  # read by what is known, or filled with the rest
            return f"{kind}_tile"
        self._fill()
        return super().divisions(kind)

    def _fill(self) -> None:
        if not self.filled:
            self.filled.append(True)
            straight.fill(self)
            super().divisions(rules.DISTRICT)


def answers(rule: ServiceRule, edition: Edition) -> bool:
    """Whether what is kept tells all of an answer: of land, by radii that go by size alone."""
    return rule.basis != "length" and not any(t.where for t in edition.tiers)


def prepare(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None, sight: Sight = WHOLE,
            assets: Fragment | None = None) -> Run:
    """The run of a coverage told by districts: from what is kept where that may be used, else in full.

    The sight of everything at the present moment is kept for cities of many parcels; it is made and brought up to date
    in a transaction of its own. assets: other rows of the facility class than those that are seen. Errors as straight.prepare.
    """
    found = rules.find(rule)
    run = Run(conn, found, found.edition(edition), city, sight, straight.serial(), {}, assets)
    if kept_state.whole(sight, found, city):
        for _ in range(TRIES):
            made_of = kept_state.source(run)
            if made_of is None or not _there(run, made_of):
                break
            if (answer := _answer(run, made_of)) is not None:
                return answer
    straight.fill(run)
    return run


def refresh(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None) -> bool:
    """Bring what is kept up to date, or make it, in the transaction of `conn`; False when it cannot be kept now:
    somebody else is at it, or wrote zones meanwhile (then roll back)."""
    found = rules.find(rule)
    run = Run(conn, found, found.edition(edition), city, WHOLE, straight.serial(), {})
    locked = conn.execute(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
                          {"name": f"coverage {kept_state.key(run)}"}).scalar_one()
    made_of = kept_state.source(run) if locked else None
    if made_of is None:
        return False
    state = kept_state.find(run, made_of)
    change = kept_change.find(run, state) if state else None
    if change is None:
        return kept_build.build(run, made_of)
    kept_change.settle(change, made_of.facilities)
    return True


def _there(run: Run, made_of: Source) -> bool:
    """Whether there is something to answer from, once what can be done for it is done."""
    state = kept_state.find(run, made_of)
    if made_of.written:  # of what nobody else sees yet nothing can be kept in another transaction
        return state is not None
    if state is None and not _worth(run):
        return False
    if state is None or state.facilities != made_of.facilities:
        _refresh_apart(run)
    return True


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


def _answer(run: Run, made_of: Source) -> Run | None:
    """The figures from what is kept; None where there is nothing that fits, or somebody changed it meanwhile."""
    state = kept_state.find(run, made_of)
    change = kept_change.find(run, state) if state else None
    if state is None or change is None:
        return None
    known = _figures(change)
    if not kept_state.still(run.conn, state):
        return None
    return KeptRun(**{f.name: getattr(run, f.name) for f in dataclasses.fields(Run)} | {"zones": dict(state.zones)}, known=known)


def _figures(change: Change) -> dict[str, FrozenResult[Any]]:
    change.execute("coverage_kept_sum", "block", fragments={"sum": change.run.table("sum")})
    return {asked: change.execute(statement, *tables).freeze() for asked, (statement, *tables) in _INSTEAD.items()}
