"""Rows that a source no longer speaks of: found, counted, and kept from being deleted by mistake."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from registry import sql
from registry.db.columns import discriminator, literal
from registry.errors import WriteRefused
from registry.store.differences import Differences


@dataclass
class Refused:
    """Rows of the file that were not staged: their codes, and how many of them tell none."""

    codes: set[str] = field(default_factory=set)
    without_code: int = 0


def find(conn: Connection, made: Differences, refused: Refused, at_most: float) -> int:
    """Add the missing rows to the differences; returns how many.

    WriteRefused when they are more than `at_most` percent of the source's live rows, when rows were refused that tell
    no code, so that nobody knows what they speak of, and for a source without geometry, which makes no assets.
    """
    if not made.geometry:
        raise WriteRefused(why_zh="没有几何的表只更新已有设施，不能用它删除（--delete-missing）",
                           why_en="a table without geometry only updates what is there; nothing can be deleted by it (--delete-missing)")
    if refused.without_code:
        raise WriteRefused(
            why_zh=f"有 {refused.without_code} 行被拒收且没有可读的编码，不知道说的是哪个设施；改好它们，或不用 --delete-missing",
            why_en=f"{refused.without_code} refused rows tell no code, so that nobody knows which assets they speak of; "
                   "correct them, or leave --delete-missing out")
    kind = made.kind
    count = conn.execute(
        sql.statement("stage_missing", table=kind.table, discriminator=discriminator(kind), key=literal(kind.key), diff=made.table),
        {"city": made.city, "source": made.source, "refused": sorted(refused.codes)}).rowcount
    if count:
        of = conn.execute(text(f"SELECT count(*) FROM {kind.table} a WHERE {made.here} AND a.city = :city AND a.source = :source"),
                          {"city": made.city, "source": made.source}).scalar_one()
        if count * 100 > at_most * of:
            raise WriteRefused(
                why_zh=f"来源 {made.source} 的 {of} 行中有 {count} 行（{count / of:.1%}）文件里没有，超过 {at_most:g}%；"
                       "确实要删请用 --delete-at-most 提高上限",
                why_en=f"{count} of the {of} rows of {made.source} ({count / of:.1%}) are not in the file, more than {at_most:g} %; "
                       "if they are to be deleted, raise the limit with --delete-at-most")
    return count
