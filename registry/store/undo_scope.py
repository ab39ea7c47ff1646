"""Who may undo a batch: one whose scope has all that the batch touched."""

from __future__ import annotations

from sqlalchemy import Connection, text

from registry import catalogue
from registry.db.columns import OF_CITY
from registry.db.fragments import Fragment
from registry.errors import Forbidden
from registry.scope import Sight
from registry.store import conflict, records


def demand(conn: Connection, sight: Sight, number: int) -> None:
    """Forbidden unless every version that the batch wrote or ended, and every asset it recorded something of, is seen.

    The table `undo_row` says what the batch touched.
    """
    scope = sight.principal.scope
    if scope.unlimited or not _outside(conn, sight, number):
        return
    raise Forbidden(who=sight.principal.name,
                    what_zh=f"撤销批次 {number}：它改了范围之外的行（范围：{conflict.border(scope, 'zh')}）",
                    what_en=f"undo batch {number}: it touched rows beyond their scope ({conflict.border(scope, 'en')})")


def _outside(conn: Connection, sight: Sight, number: int) -> bool:
    rows = {r.of_table: r.n for r in conn.execute(text("SELECT of_table, count(*) AS n FROM undo_row GROUP BY 1"))}
    if any(table in rows for table in OF_CITY):  # only whose scope has no limit within the city changes these
        return True
    touched = _count(conn, Fragment("(SELECT CAST(NULL AS bigint) AS end_batch, batch FROM asset UNION ALL "
                                    "SELECT end_batch, batch FROM asset_history)"), number)
    kinds = [k for k in catalogue.load().classes.values() if sight.sees(k)]
    if sum(_count(conn, sight.versions(k), number) for k in kinds) != touched:
        return True
    seen = records.assets(sight, kinds, deleted=True)
    return conn.execute(text(
        "SELECT EXISTS (SELECT FROM undo_row u WHERE u.asset_id IS NOT NULL AND u.of_table <> 'asset' "
        f"AND NOT EXISTS (SELECT FROM {seen.text} s WHERE s.id = u.asset_id))"), seen.values).scalar_one() is True


def _count(conn: Connection, versions: Fragment, number: int) -> int:
    """How many versions the batch wrote or ended."""
    return conn.execute(text(f"SELECT count(*) FROM {versions.text} v "
                             "WHERE v.batch = :number OR v.end_batch = :number"),
                        {**versions.values, "number": number}).scalar_one()
