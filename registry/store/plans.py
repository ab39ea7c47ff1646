"""Plans of loads: differences that are kept until somebody says that they shall be written, once, or not at all."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, text

from registry import catalogue, history, schema, sql
from registry.db.columns import content_columns, discriminator, literal
from registry.db.ours import PLANS
from registry.errors import NotFound, PlanSpent, PlanStale, UnknownCity
from registry.history import Batch
from registry.kinds import FeatureKind
from registry.store import cities, differences
from registry.store.cities import City
from registry.store.differences import Differences
from registry.store.staging import Stage
from registry.store.target import PLACED

DRAFT, READY, APPLIED, STALE = schema.PLAN_STATUS
NAMED = 20  # rows that a stale plan names
DEAD_AFTER_H = 24  # a draft is a question at a terminal; nobody thinks that long
# Seconds a row, measured with history and indexes on two shared cores; good enough to choose between now and tonight.
SECONDS = {"new": 25e-6, "changed": 60e-6, "deleted": 40e-6}


@dataclass(frozen=True)
class Plan:
    """One stored plan. `table`: of its differences, None when it is done with. `since`: the city's last batch then."""

    id: int
    city: str
    kind: str
    actor: str
    reason: str
    source: str
    source_sha256: str
    mapping: dict[str, Any]
    code_version: str
    terms: dict[str, Any]
    counts: dict[str, int]
    report: dict[str, Any]
    since: int
    table: str | None
    status: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    batch: int | None

    @property
    def differences(self) -> Differences:
        """What it would write; PlanSpent when that is not kept any more."""
        if self.table is None:
            raise PlanSpent(plan=self.id, why_zh=_STATE[self.status][0], why_en=_STATE[self.status][1])
        kind = catalogue.load().kind(self.kind)
        return Differences(kind, self.city, self.source, self.table, tuple(self.terms["fields"]), self.terms["geometry"])


_STATE = {APPLIED: ("已经执行过", "it was applied already"), STALE: ("已经过时", "it is stale"),
          DRAFT: ("没有做完", "it is unfinished"), READY: ("差异表不在", "its differences are gone")}
_COLUMNS = ('id, city, class AS kind, actor, reason, source, source_sha256, mapping, code_version, terms, counts, report, '
            'since, differences AS "table", status, created_at, ended_at, batch')


def seconds(counts: dict[str, int]) -> float:
    """How long writing will take, about."""
    return 0.2 + sum(counts.get(k, 0) * s for k, s in SECONDS.items())


def save(conn: Connection, stage: Stage, *, actor: str, reason: str, source_sha256: str, mapping: dict[str, Any],
         counts: dict[str, int], report: dict[str, Any], new_city: City | None = None, draft: bool = False) -> Plan:
    """Keep what `stage.compare()` told, in the caller's transaction; no asset is written.

    new_city: the city that was made for the comparison; it goes again, and is made when the plan is applied.
    """
    made = stage.differences
    conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:s, 0))"), {"s": PLANS})
    conn.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {PLANS}")
    table = f"{PLANS}.diff_{secrets.token_hex(8)}"
    conn.exec_driver_sql(sql.script("plan_keep", table=table, diff=made.table))
    terms = {"fields": list(made.fields), "geometry": made.geometry, "code_scheme": stage.code_scheme,
             "new_city": _as_json(new_city)}
    row = conn.execute(sql.statement("plan_insert", columns=_COLUMNS), {
        "city": made.city, "class": made.kind.key, "actor": actor, "reason": reason, "source": made.source,
        "sha": source_sha256, "code": history.code_version(), "since": _last_batch(conn, made.city), "table": table,
        "status": DRAFT if draft else READY,
        **{k: json.dumps(v, ensure_ascii=False, default=str) for k, v in
           (("mapping", mapping), ("terms", terms), ("counts", counts), ("report", report))}}).one()
    if new_city is not None:
        conn.execute(text("DELETE FROM city WHERE key = :k"), {"k": new_city.key})
    return Plan(*row)


def get(conn: Connection, id_: int) -> Plan:
    """The plan of this number, or NotFound."""
    row = conn.execute(text(f"SELECT {_COLUMNS} FROM plan WHERE id = :id"), {"id": id_}).one_or_none()
    if row is None:
        raise NotFound(what=f"plan {id_}")
    return Plan(*row)


def every(conn: Connection) -> list[Plan]:
    """All plans but the drafts, the newest first."""
    return [Plan(*r) for r in conn.execute(text(f"SELECT {_COLUMNS} FROM plan WHERE status <> 'draft' ORDER BY id DESC"))]


def apply(conn: Connection, id_: int) -> tuple[Plan, Batch]:
    """Write exactly what the plan says, in the caller's transaction.

    Of two who apply it at once, one waits for the other. PlanSpent when it was applied; PlanStale, naming the rows,
    when one that it touches is another by now, or one with the key of a new one is there.
    """
    conn.execute(text("SELECT FROM plan WHERE id = :id FOR UPDATE"), {"id": id_})
    plan = get(conn, id_)
    made = plan.differences
    if plan.status not in (READY, DRAFT):
        raise PlanSpent(plan=id_, why_zh=_STATE[plan.status][0], why_en=_STATE[plan.status][1])
    _city(conn, plan)
    history.lock(conn, plan.city)
    _unmoved(conn, plan, made)
    differences.remember(conn, made)
    batch = history.open_batch(conn, city=plan.city, kind="import", actor=plan.actor, reason=plan.reason, source=plan.source,
                               source_sha256=plan.source_sha256, mapping={**plan.mapping, "plan": plan.id})
    history.seal(conn, batch, plan.counts | differences.write(conn, made, batch))
    _end(conn, plan, APPLIED, batch.id)
    return plan, batch


def retire(conn: Connection, id_: int) -> None:
    """A plan that can no longer be applied keeps its row and loses its differences.

    One that stood in the way of another only, and of what was rolled back with it, stays as it is.
    """
    plan = get(conn, id_)
    if plan.status not in (READY, DRAFT):
        return
    try:
        _unmoved(conn, plan, plan.differences)
    except PlanStale:
        _end(conn, plan, STALE, None)


def drop(conn: Connection, id_: int) -> Plan:
    """Forget a plan; NotFound."""
    plan = get(conn, id_)
    _drop_table(conn, plan)
    conn.execute(text("DELETE FROM plan WHERE id = :id"), {"id": id_})
    return plan


def sweep(conn: Connection) -> None:
    """Take away what the dead left: drafts of which nobody was asked any more, plans whose differences are gone."""
    for id_ in conn.execute(text("SELECT id FROM plan WHERE status = 'draft' AND created_at < now() - make_interval(hours => :h) "
                                 "FOR UPDATE SKIP LOCKED"), {"h": DEAD_AFTER_H}).scalars().all():
        drop(conn, id_)
    conn.execute(text("UPDATE plan SET status = 'stale', differences = NULL, ended_at = now() "
                      "WHERE status = 'ready' AND to_regclass(differences) IS NULL"))


# -- inside --------------------------------------------------------------------------------------
def _last_batch(conn: Connection, city: str) -> int:
    return conn.execute(text("SELECT id FROM batch WHERE city = :c ORDER BY at DESC, id DESC LIMIT 1"), {"c": city}).scalar() or 0


def _city(conn: Connection, plan: Plan) -> None:
    if cities.find(conn, plan.city) is not None:
        return
    said = plan.terms["new_city"]
    if said is None:
        raise UnknownCity(key=plan.city, known=", ".join(c.key for c in cities.every(conn)) or "-")
    extent = shapely.from_wkt(said["extent"]) if said["extent"] else None
    cities.put(conn, City(said["key"], said["zh"], said["en"], extent, said["srid"]))


def _as_json(city: City | None) -> dict[str, Any] | None:
    if city is None:
        return None
    return {"key": city.key, "zh": city.zh, "en": city.en, "srid": city.srid,
            "extent": shapely.to_wkt(city.extent, rounding_precision=-1) if city.extent is not None else None}


def _unmoved(conn: Connection, plan: Plan, made: Differences) -> None:
    """PlanStale when something that the plan relies on is another by now."""
    if _last_batch(conn, plan.city) == plan.since:
        return
    kind = made.kind
    has = set(conn.execute(text("SELECT attname FROM pg_attribute WHERE attrelid = CAST(:t AS regclass)"), {"t": made.table}).scalars())
    if not has.issuperset(content_columns(kind.table)):
        raise PlanStale(plan=plan.id, why_zh="数据库的结构已经升级", why_en="the schema of the database was upgraded")
    params = {"city": plan.city, "since": plan.since}
    if kind.table == "asset" and conn.execute(sql.statement("plan_divisions"), {**params, "kinds": list(PLACED)}).scalar_one():
        raise PlanStale(plan=plan.id, why_zh="区划改过，设施所在的区要重新判断", why_en="the divisions that place assets were changed")
    with differences.hashing(conn, sum(plan.counts.get(k, 0) for k in SECONDS)):
        rows = conn.execute(sql.statement(
            "plan_moved", diff=made.table, table=kind.table, discriminator=discriminator(kind), key=literal(kind.key),
            scope=_scope(kind)), {**params, "limit": NAMED + 1}).all()
    if rows:
        shown = ", ".join(f"{r.code or r.id}" for r in rows[:NAMED]) + (" …" if len(rows) > NAMED else "")
        stale = PlanStale(plan=plan.id, why_zh=f"这些设施在计划之后被改过、删掉或新建：{shown}",
                          why_en=f"these were changed, deleted or made since it was planned: {shown}")
        stale.more = {"rows": [{"row": r.row_no, "id": r.id, "code": r.code, "planned": r.planned, "found": r.found}
                               for r in rows[:NAMED]]}
        raise stale


def _scope(kind: FeatureKind) -> str:
    """In what a code is unique beside class and city."""
    column = "code_scheme" if kind.table == "asset" else "edition"
    return f"a.{column} = d.{column}"


def _end(conn: Connection, plan: Plan, status: str, batch: int | None) -> None:
    _drop_table(conn, plan)
    conn.execute(text("UPDATE plan SET status = :s, batch = :b, ended_at = clock_timestamp(), differences = NULL WHERE id = :id"),
                 {"s": status, "b": batch, "id": plan.id})


def _drop_table(conn: Connection, plan: Plan) -> None:
    if plan.table is not None:
        conn.exec_driver_sql(f"DROP TABLE IF EXISTS {plan.table}")
