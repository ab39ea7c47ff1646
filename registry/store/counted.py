"""When an asset counts: the reasons that take it out of rates, coverage and inventories, as SQL conditions."""

from __future__ import annotations

from collections.abc import Sequence

from registry.db.columns import literal, read
from registry.kinds import AssetClass, Label

# Stands for the day asked about until the expression is put into a statement of either style.
TODAY = "CAST(«today» AS date)"

REASONS = {
    "retired": Label("已停用", "Retired"),
    "removed": Label("已移除", "Removed"),
    "abandoned": Label("已废弃", "Abandoned"),
    "not_yet_installed": Label("尚未建成", "Not yet installed"),
    "not_in_service": Label("未投用（规划、在建等）", "Not in service (planned, under construction …)"),
    "service_unknown": Label("是否投用不明", "Not known to be in service"),
    "no_measure": Label("没有长度或面积", "Without length or area"),
    "no_geometry": Label("没有图形", "Without geometry"),
}

Condition = tuple[str, str]  # (reason or verdict, SQL condition over the row `a`)


def gone(on: str = TODAY) -> list[Condition]:
    """What is no longer there: retired on or before the day, or removed (GB/T 47678.5 表2 移除)."""
    return [("retired", f"a.retired_on <= {on}"), ("removed", "a.state = 'removed'")]


def not_counting(cls: AssetClass, on: str = TODAY) -> list[Condition]:
    """What does not count in a rate or as a facility; the first reason that holds is the one told."""
    conditions = [*gone(on), ("abandoned", "a.state = 'abandoned'"),
                  ("not_yet_installed", f"a.installed_on > {on}")]
    if cls.in_service:
        value = read(cls.by_key[cls.in_service.field])
        working = ", ".join(literal(v) for v in cls.in_service.values)
        conditions += [("service_unknown", f"{value} IS NULL"), ("not_in_service", f"{value} NOT IN ({working})")]
    return conditions


def first_of(conditions: Sequence[Condition], otherwise: str = "NULL") -> str:
    """The expression of the first condition that holds; `otherwise` is SQL."""
    if not conditions:
        return otherwise
    return f"CASE {' '.join(f'WHEN {sql} THEN {literal(name)}' for name, sql in conditions)} ELSE {otherwise} END"


def any_of(conditions: Sequence[Condition]) -> str:
    """The expression that is true where one of the conditions holds, and false elsewhere (never null)."""
    return f"({' OR '.join(f'({sql}) IS TRUE' for _, sql in conditions)})" if conditions else "false"
