"""Road tests by CJJ 36: ride, surface and skid, of the whole road or by stretches, into RQI, PCI, PQI and a grade."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import BadValue
from registry.kinds import Code, CodeList, Field
from registry.standards import road
from registry.standards.sheets.sheet import Findings, Said, Sheet, falls_short, reaches_beyond

GRADES = CodeList("road_grade", "道路等级评定|Grade of a road", (
    Code("A", "A|A", "#2e9e5b", ("A级", "优")), Code("B", "B|B", "#8bc34a", ("B级", "良")),
    Code("C", "C|C", "#e0a100", ("C级", "合格")), Code("D", "D|D", "#b3001b", ("D级", "不合格"))), source="CJJ 36-2016")
FROM, TO = (Field("from_m", "起点里程（m）|From", "number", unit="m", minimum=0, aliases=("起点桩号", "起始距离", "起点距离")),
            Field("to_m", "止点里程（m）|To", "number", unit="m", minimum=0, aliases=("止点桩号", "终点桩号", "终止距离", "终点里程（m）")))
MEASURED = (
    Field("iri", "国际平整度指数（m/km）|IRI", "number", unit="m/km", minimum=0, maximum=30, aliases=("IRI", "IRI(m/km)", "平整度IRI", "国际平整度")),
    Field("sigma_mm", "平整度标准差（mm）|σ", "number", unit="mm", minimum=0, maximum=30, aliases=("σ", "平整度σ", "标准差", "平整度标准差")),
    Field("rqi", "路面行驶质量指数|RQI", "number", minimum=0, maximum=4.98, aliases=("RQI", "行驶质量指数")),
    Field("pci", "路面状况指数|PCI", "number", minimum=0, maximum=100, aliases=("PCI", "路面损坏状况指数")),
    Field("pqi", "综合评价指数|PQI", "number", minimum=0, maximum=100, aliases=("PQI", "路面综合评价指数")),
    Field("bpn", "摆值|BPN", "number", minimum=0, maximum=150, aliases=("BPN", "抗滑摆值")),
    Field("sfc", "横向力系数|SFC", "number", minimum=0, maximum=1.5, aliases=("SFC",)))
INDEXES = ("rqi", "pci", "pqi")
Indexes = Mapping[str, float | None]


def judge(said: Said, asset: Said, edition: str | None) -> Findings:
    """RQI of IRI (or of σ), PQI of both, grades by the class of the road; of stretches the mean by their length.

    The grade is that of the PQI. What is not measured is taken from the index that the sheet states. Of stretches, an
    index that one of them lacks is not known; where they do not cover the road, they are a part of it; where they are
    longer than the road, nobody can say what of them is of it.
    """
    found = Findings("PQI = T·ω₁·RQI + ω₂·PCI", tables=[road.table(edition)])
    stretches: Sequence[Said] = said.get("stretches") or ()
    cls = asset.get("road_class")
    if cls is None:
        found.doubt("台账没有道路等级，无法评级", "the registry has no class of the road, so nothing can be graded")
    if not stretches:
        _tell(found, _indexes(said, cls, edition), said, cls, edition)
        return found
    lengths, each = _metres(stretches, [_indexes(s, cls, edition) for s in stretches])
    mean = {key: _mean([i[key] for i in each], lengths) for key in INDEXES}
    skid = {key: _least([s.get(key) for s in stretches]) for key in ("bpn", "sfc")}
    _tell(found, mean, skid, cls, edition)
    found.put("pqi_least", _least([i["pqi"] for i in each]))
    found.put("covered_m", covered := sum(lengths))
    if reaches_beyond(covered, whole := asset.get("length_m")):
        found.grade = None
        found.doubt(f"各段共 {covered:g} m，比台账的全长 {whole:g} m 长，不知哪些是这条路的，不评级",
                    f"the stretches are {covered:g} m together, longer than the {whole:g} m of the registry: not graded")
    elif falls_short(covered, whole):
        found.part = min(s["from_m"] for s in stretches), max(s["to_m"] for s in stretches)
        found.doubt(f"各段共 {covered:g} m，没有测完全长，只作为局部检测", f"the stretches cover {covered:g} m, less than the whole: a part only")
    return found


def settle(row: dict[str, Any]) -> dict[str, Any]:
    """A stretch needs both ends, and some length between them."""
    start, end = row.get("from_m"), row.get("to_m")
    if start is None or end is None or not end > start:
        raise BadValue(name="to_m", value=f"{start}～{end}", why_zh="检测段应有起点和止点，止点大于起点",
                       why_en="a stretch has a start and an end beyond it")
    return row


def _indexes(said: Said, cls: str | None, edition: str | None) -> Indexes:
    iri = said.get("iri")
    if iri is None and said.get("sigma_mm") is not None:
        iri = road.iri_of_sigma(said["sigma_mm"], edition)
    rqi = road.rqi(iri, edition) if iri is not None else said.get("rqi")
    pci = said.get("pci")
    pqi = road.pqi(rqi, pci, cls, edition)
    return {"rqi": rqi, "pci": pci, "pqi": pqi if pqi is not None else said.get("pqi")}


def _tell(found: Findings, indexes: Indexes, skid: Said, cls: str | None, edition: str | None) -> None:
    for key in INDEXES:
        found.put(key, indexes[key])
        found.put(f"{key}_grade", road.grade(key, indexes[key], cls, edition))
    found.put("skid_grade", road.skid_grade(cls, bpn=skid.get("bpn"), sfc=skid.get("sfc"), edition=edition))
    found.grade = road.grade("pqi", indexes["pqi"], cls, edition)
    lacks = [k.upper() for k in ("rqi", "pci") if indexes[k] is None]
    if indexes["pqi"] is None and lacks:
        found.doubt(f"缺少 {'、'.join(lacks)}，PQI 未知", f"PQI is unknown without {', '.join(lacks)}")


def _metres(stretches: Sequence[Said], each: Sequence[Indexes]) -> tuple[list[float], list[Indexes]]:
    """The road cut wherever a stretch begins or ends: each metre once, with the worst that any stretch says of it."""
    ends = sorted({s[end] for s in stretches for end in ("from_m", "to_m")})
    at = {metre: n for n, metre in enumerate(ends)}
    spans = [(at[s["from_m"]], at[s["to_m"]]) for s in stretches]
    found = {key: _worst(spans, [i[key] for i in each], len(ends)) for key in INDEXES}
    there = sorted(found[INDEXES[0]])
    return [ends[n + 1] - ends[n] for n in there], [{key: found[key][n] for key in INDEXES} for n in there]


def _worst(spans: Sequence[tuple[int, int]], values: Sequence[float | None], pieces: int) -> dict[int, float | None]:
    """Piece → the least value of the spans that it lies in, None where one of them has none: painted from the worst on."""
    made: dict[int, float | None] = {}
    free = list(range(pieces + 1))  # the first piece from here on that is not painted
    for n in sorted(range(len(spans)), key=lambda n: -math.inf if (value := values[n]) is None else value):
        piece, end = spans[n]
        while (piece := _first(free, piece)) < end:
            made[piece] = values[n]
            free[piece] = piece + 1
    return made


def _first(free: list[int], piece: int) -> int:
    while free[piece] != piece:
        free[piece] = free[free[piece]]
        piece = free[piece]
    return piece


def _mean(values: Sequence[float | None], lengths: Sequence[float]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(v * m for v, m in zip(known, lengths, strict=True)) / sum(lengths) if len(known) == len(values) else None


def _least(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return min(known) if known and len(known) == len(values) else None


ROAD_TEST = Sheet("road_test", "道路检测表|Road test", "regular", ("road",), MEASURED, (FROM, TO, *MEASURED), "stretches", ("from_m", "to_m"),
                  facts=("road_class", "length_m"), grades=GRADES, family=road.FAMILY, judge=judge, settle=settle,
                  names=("道路检测", "路面检测", "道路技术状况检测"))
