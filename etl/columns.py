"""Which column is which field: the mapping's word, then names and aliases, then names cut at ten bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from etl.layer import Layer, Note
from etl.mapping import LayerMapping
from etl.propose import Proposal
from registry.errors import NeedsAnswer
from registry.kinds import COMMON, ZONE_COMMON, FeatureKind
from registry.kinds.codes import fold

SHARED = {f.key for f in (*COMMON, *ZONE_COMMON)}
# What is put behind a name that is there already: maintena_1 by GDAL, 道路名称(2) by this loader.
_AGAIN = re.compile(r"(_\d{1,2}|\(\d{1,3}\))$")


@dataclass
class Match:
    """Field key → column, how each was found, what is left over and why."""

    columns: dict[str, str] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)   # mapping, name, cut
    unmapped: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def match(kind: FeatureKind, layer: Layer, entry: LayerMapping | None = None) -> Match:
    """Match the columns of a layer with the fields of a class."""
    found = Match()
    names = [c.name for c in layer.columns]
    if entry is not None:
        _told(found, layer, entry, names)
    taken = set(found.columns.values())
    rest = [c for c in layer.columns if c.name not in taken]
    if entry is None or not entry.only:
        by_name: dict[str, list[str]] = {}
        for column in rest:
            known = kind.field_named(column.name)
            if known is not None:
                by_name.setdefault(known.key, []).append(column.name)
        for key, rivals in by_name.items():
            # 管理部件标识码 says more than 编号: of two names the longer wins, then the first.
            _take(found, key, sorted(rivals, key=lambda n: -len(fold(n))), "name")
        recognised = {n for some in by_name.values() for n in some}
        cut: dict[str, list[str]] = {}
        for column in (c for c in rest if c.cut and c.name not in recognised):
            keys = _beginning_with(kind, column.name)
            if len(keys) == 1:
                cut.setdefault(keys[0], []).append(column.name)
            elif keys:
                found.notes.append((f"列 {column.name} 像是被截断的字段名，可能是 {'、'.join(keys)}，无法断定；用映射文件指明",
                                    f"column {column.name} may be a cut name of {', '.join(keys)}; tell "
                                    "which in a mapping file"))
        for key, rivals in cut.items():
            _take(found, key, rivals, "cut")
    used = set(found.columns.values())
    found.unmapped = [n for n in names if n not in used]
    found.notes += [*_collisions(names, used), *_keyless(kind, layer, found)]
    return found


def _collisions(names: list[str], used: set[str]) -> list[Note]:
    """Columns whose names became the same when they were cut, so that a number was put behind one."""
    notes = []
    for name in names:
        stem = _AGAIN.sub("", name)
        other = next((n for n in names if n != name and n.startswith(stem)), None) if stem not in ("", name) else None
        if other is not None and name not in used:
            notes.append((f"列 {name} 与 {other} 的名字截断后相同，分不清原来是什么；若要导入，用 --field 或映射文件指明",
                          f"the names of {name} and {other} became the same when they were cut; to load it, tell its field "
                          "with --field or a mapping file"))
    return notes


def _keyless(kind: FeatureKind, layer: Layer, found: Match) -> list[Note]:
    """How rows are known again when there is no business key."""
    code = kind.by_column.get("code")
    if code is None or code.key in found.columns or kind.code_required or not layer.geometry:
        return []
    return [("没有编码列：再次导入时按图形认出同一行，图形改了就是新的一行；要按编码认，请用 --field 指明编码列",
             "no column of codes: rows are known again by their geometry, and one whose geometry changed is a new one; to "
             f"know them by code, tell its column with --field {code.key}=…")]


def enough(kind: FeatureKind, layer: Layer, found: Match, proposals: Sequence[Proposal]) -> None:
    """NeedsAnswer without a code where the class needs one, or with no known column at all: nothing could be loaded."""
    code = kind.by_column.get("code")
    shown = "、".join(c.name for c in layer.columns) or "-"
    if kind.code_required and code is not None and code.key not in found.columns:
        may_be = next((("；" + p.told[0], "; " + p.told[1]) for p in proposals if p.field is code), ("", ""))
        raise NeedsAnswer(file=layer.source, why_zh=f"{kind.title.zh}需要编码，没有认出编码列；文件的列：{shown}；"
                                                    f"用 --field {code.key}=列名 或 --mapping 指明{may_be[0]}",
                          why_en=f"{kind.title.en} needs a code and no column of codes was recognised among: {shown}; "
                                 f"tell it with --field {code.key}=COLUMN or --mapping{may_be[1]}")
    if not found.columns and not layer.geometry:
        raise NeedsAnswer(file=layer.source, why_zh=f"没有认出任何一列：{shown}；用 --field 或 --mapping 指明",
                          why_en=f"no column was recognised: {shown}; tell them with --field or --mapping")


def _told(found: Match, layer: Layer, entry: LayerMapping, names: list[str]) -> None:
    by_fold = {fold(n): n for n in reversed(names)}
    for key, column in entry.fields.items():
        actual = column if column in names else by_fold.get(fold(column))
        if actual is None:
            raise NeedsAnswer(file=layer.source, why_zh=f"映射文件为字段 {key} 指定的列 {column!r} 不在文件中；文件的列："
                                                        f"{'、'.join(names)}",
                              why_en=f"the mapping gives column {column!r} for {key}, which the file "
                                     f"lacks; it has: {', '.join(names)}")
        found.columns[key], found.how[key] = actual, "mapping"
    for table in (entry.where, entry.where_not):
        for column in table:
            if column not in names:
                raise NeedsAnswer(file=layer.source, why_zh=f"映射文件的条件列 {column!r} 不在文件中；文件的列：{'、'.join(names)}",
                                  why_en=f"the mapping's condition is on column {column!r}, which the "
                                         f"file lacks; it has: {', '.join(names)}")


def _take(found: Match, key: str, rivals: list[str], how: str) -> None:
    if key not in found.columns:
        found.columns[key], found.how[key] = rivals[0], how
        rivals = rivals[1:]
    for loser in rivals:
        found.notes.append((f"列 {loser} 也像字段 {key}，已用列 {found.columns[key]}，此列未导入",
                            f"column {loser} also means {key}; {found.columns[key]} is used, this one is "
                            "left out"))


def _beginning_with(kind: FeatureKind, name: str) -> list[str]:
    """Fields of which some name begins with a cut name."""
    beginning = fold(name)
    return [f.key for f in kind.fields if any(n.startswith(beginning) for n in f.names)] if beginning else []


def recognised(kind: FeatureKind, layer: Layer) -> tuple[float, int]:
    """(share of the columns that the class knows, how many of them are its own and not every class's)."""
    if not layer.columns:
        return 0.0, 0
    known = []
    for column in layer.columns:
        named = kind.field_named(column.name)
        keys = [named.key] if named else _beginning_with(kind, column.name) if column.cut else []
        if len(keys) == 1:
            known.append(keys[0])
    return len(set(known)) / len(layer.columns), len(set(known) - SHARED)
