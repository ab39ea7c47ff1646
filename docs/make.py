"""Writes docs/classes.md from the declarations, so that no list is kept twice: python docs/make.py."""

from __future__ import annotations

from pathlib import Path

from registry import catalogue
from registry.kinds import AssetClass, FeatureKind, Field

HERE = Path(__file__).parent
HEAD = """# 设施类别与区域 · Classes and zones

由 `python docs/make.py` 从声明生成，请勿手改。Generated from the declarations; do not edit.

每个类别是 `registry/catalogue/` 中的一个声明。各类共有的字段只列一次。
Each class is one declaration in `registry/catalogue/`; fields that all classes share are listed once.
"""


def _type(field: Field) -> str:
    parts = [field.type]
    if field.codes:
        parts = ["代码 code: " + " / ".join(f"`{c.value}` {c.title.zh}" for c in field.codes.codes)]
    if field.unit:
        parts.append(field.unit)
    if field.minimum is not None or field.maximum is not None:
        low = "" if field.minimum is None else f"{field.minimum:g}"
        high = "" if field.maximum is None else f"{field.maximum:g}"
        parts.append(f"{low}～{high}")
    return ", ".join(parts)


def _fields(fields: list[Field]) -> list[str]:
    lines = ["| 字段 field | 中文 | English | 类型 type | 文件中的写法 names in files |", "|---|---|---|---|---|"]
    for f in fields:
        aliases = "、".join(f.aliases).replace("|", "\\|")
        mark = " \\*" if f.required else ""
        lines.append(f"| `{f.key}`{mark} | {f.title.zh} | {f.title.en} | {_type(f)} | {aliases} |")
    return lines


def _kind(kind: FeatureKind, shared: set[Field]) -> list[str]:
    lines = [f"\n## `{kind.key}` {kind.title.zh} · {kind.title.en}\n"]
    facts = ["图形 geometry: " + "/".join(kind.geometry)]
    if isinstance(kind, AssetClass):
        if kind.rating:
            facts.append(f"完好率按 rate by: {kind.rating.basis}")
        if kind.count_by:
            facts.append(f"按 `{kind.count_by}` 计数 counted by")
        if kind.in_service:
            facts.append(f"`{kind.in_service.field}` 为 in {'/'.join(kind.in_service.values)} 时在用 in service")
    if kind.group_by:
        facts.append(f"默认分组 grouped by: `{kind.group_by}`")
    return [*lines, "；".join(facts) + "\n", *_fields([f for f in kind.fields if f not in shared])]


def page() -> str:
    """The whole page."""
    found = catalogue.load()
    lines = [HEAD]
    for title, kinds in (("设施 · Assets", list(found.classes.values())), ("区域 · Zones", list(found.zones.values()))):
        shared = {f for f in kinds[0].fields if all(f in k.fields for k in kinds)}
        lines += [f"\n# {title}\n", "共有字段 shared fields:\n", *_fields([f for f in kinds[0].fields if f in shared])]
        for kind in kinds:
            lines += _kind(kind, shared)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE / "classes.md").write_text(page(), encoding="utf-8")
