"""CCTV lists by CJJ 181: the defects of a stretch from manhole to manhole into F, G, RI and MI, and their levels."""

from __future__ import annotations

from typing import Any

from registry.errors import BadValue
from registry.kinds import Code, CodeList, Field
from registry.kinds.codes import fold
from registry.standards import drain
from registry.standards.drain import FUNCTIONAL, STRUCTURAL, Defect, Stretch
from registry.standards.sheets.sheet import Findings, Said, Sheet, falls_short, reaches_beyond

LEVEL = CodeList("defect_level", "缺陷等级|Level of a defect", tuple(
    Code(str(n), f"{n}级|Level {n}", aliases=names) for n, names in enumerate(
        (("Ⅰ", "Ⅰ级", "一级", "一"), ("Ⅱ", "Ⅱ级", "二级", "二"), ("Ⅲ", "Ⅲ级", "三级", "三"), ("Ⅳ", "Ⅳ级", "四级", "四")), 1)))
GRADES = CodeList("drain_level", "管道缺陷等级|Level of a drain", (
    Code("I", "Ⅰ级|Level I", "#2e9e5b", ("Ⅰ", "一级", "1级", "1")), Code("II", "Ⅱ级|Level II", "#e0a100", ("Ⅱ", "二级", "2级", "2")),
    Code("III", "Ⅲ级|Level III", "#e2541b", ("Ⅲ", "三级", "3级", "3")), Code("IV", "Ⅳ级|Level IV", "#b3001b", ("Ⅳ", "四级", "4级", "4"))),
    source="CJJ 181-2012")
PLACE = CodeList("drain_place", "地区重要性|Place", (
    Code("centre", "中心商业区、甲类建筑附近|Centre", aliases=("中心商业", "中心", "甲类民用建筑")),
    Code("trunk", "交通干道、乙类建筑附近|Trunk road", aliases=("交通干道", "主干道", "乙类民用建筑")),
    Code("traffic", "其他行车道路、丙类建筑附近|Other traffic", aliases=("其他行车道路", "丙类民用建筑")),
    Code("other", "其他区域|Elsewhere", aliases=("其他",))), source="CJJ 181-2012 地区重要性参数 K")
SOIL = CodeList("drain_soil", "土质|Soil", (
    Code("general", "一般土层|General", aliases=("一般土", "一般")), Code("silt_sand", "粉砂层|Silty sand", aliases=("粉砂",)),
    Code("loess_I", "Ⅰ级湿陷性黄土|Loess I"), Code("loess_II", "Ⅱ级湿陷性黄土|Loess II"), Code("loess_III", "Ⅲ级湿陷性黄土|Loess III"),
    Code("loess_IV", "Ⅳ级湿陷性黄土|Loess IV"), Code("expansive_strong", "强膨胀土|Strongly expansive"),
    Code("expansive_medium", "中膨胀土|Expansive"), Code("expansive_weak", "弱膨胀土|Weakly expansive"), Code("mud", "淤泥|Mud"),
    Code("muddy_soil", "淤泥质土|Muddy soil"), Code("red_clay", "红粘土|Red clay", aliases=("红黏土",))), source="CJJ 181-2012 土质影响参数 T")
_INDEX = {"f": "F（结构性缺陷参数）|F", "g": "G（功能性缺陷参数）|G", "ri": "修复指数|RI", "mi": "养护指数|MI"}
UNTOLD = ("unidentified", "other")  # media that may be a drain's
FIELDS = (
    Field("inspected_m", "检测长度（m）|Inspected length", "number", unit="m", minimum=0, maximum=100_000, aliases=("检测长度", "检测长度(米)")),
    Field("diameter_mm", "管径（mm）|Diameter", "number", unit="mm", minimum=0, maximum=20_000, aliases=("管径", "直径", "直径（mm）", "管道直径")),
    Field("place", "地区重要性|Place", "code", codes=PLACE, aliases=("地区类别", "K", "所在地区")),
    Field("soil", "土质|Soil", "code", codes=SOIL, aliases=("土质影响", "T", "土质类别")),
    *(Field(key, label, "number", minimum=0, maximum=10, aliases=(key.upper(),)) for key, label in _INDEX.items()))
ROWS = (
    Field("defect", "缺陷代码|Defect", max_length=20, aliases=("缺陷名称", "缺陷", "代码", "缺陷名称及代码")),
    Field("level", "缺陷等级|Level", "code", codes=LEVEL, aliases=("等级", "级别")),
    Field("at_m", "距离（m）|At", "number", unit="m", minimum=0, aliases=("距离", "缺陷距离", "位置（m）", "纵向距离")),
    Field("long_m", "缺陷长度（m）|Length", "number", unit="m", minimum=0, aliases=("缺陷长度", "长度（m）", "纵向长度")),
    Field("clock", "环向位置|Clock position", max_length=20, aliases=("时钟位置", "时钟表示", "环向")))


def judge(said: Said, asset: Said, edition: str | None) -> Findings:
    """F and G with their levels, RI and MI where place, soil and diameter are known; graded by the level of F.

    A stretch of which less was seen than it is long is a part. Without the inspected length nothing is computed: a pipe
    without CCTV is not inspected, never Ⅰ.
    """
    found = Findings("F = max(S_max, S)；RI = 0.7F + 0.1K + 0.05E + 0.15T", tables=[drain.table(edition)])
    medium = asset.get("medium")
    if medium is not None and medium not in (*drain.MEDIA, *UNTOLD):
        raise BadValue(name="form", value=medium, why_zh="CJJ 181 只用于排水管道", why_en="CJJ 181 is for drains only")
    length = said.get("inspected_m")
    if not length:
        found.doubt("没有检测长度，不评定", "nothing is judged without the inspected length")
        return found
    defects = [Defect(r["defect"], r["level"] or 1, r["at_m"], r.get("long_m") or 0.0) for r in said.get("defects") or ()]
    beyond = [d for d in defects if d.at_m > length]
    if beyond:
        raise BadValue(name="at_m", value=beyond[0].at_m, why_zh=f"超出检测长度 {length:g} m", why_en=f"lies beyond the inspected {length:g} m")
    structural, functional = (drain.assess(defects, length, kind, edition) for kind in (STRUCTURAL, FUNCTIONAL))
    _tell(found, structural, "f", "s", edition)
    _tell(found, functional, "g", "y", edition)
    _repair(found, said, asset, edition)
    found.grade = structural.level
    if reaches_beyond(length, whole := asset.get("length_m")):
        found.doubt(f"检测了 {length:g} m，台账的管段只有 {whole:g} m；缺陷密度按检测长度算，请核对管段",
                    f"{length:g} m were seen, the pipe of the registry has {whole:g} m; check that it is this one")
    elif falls_short(length, whole):
        found.part = 0.0, length
        found.doubt(f"只检测了 {length:g} m，没有到管段全长，只作为局部检测", f"{length:g} m were seen, less than the pipe: a part only")
    return found


def settle(row: dict[str, Any]) -> dict[str, Any]:
    """The defect by its code, its level as a number; BadValue where there is none such, or its place is missing."""
    raw = str(row.get("defect") or "")
    known = {fold(n): code for kind in (STRUCTURAL, FUNCTIONAL) for code, entry in drain.table().data[kind].items()
             if isinstance(entry, dict) for n in (code, *entry["label"].split("|"), f"({code}){entry['label'].split('|')[0]}")}
    code = known.get(fold(raw))
    if code is None:
        raise BadValue(name="defect", value=raw[:20], why_zh="没有这种缺陷", why_en="no such defect")
    if row.get("at_m") is None:
        raise BadValue(name="at_m", value="", why_zh="应有缺陷的距离", why_en="the distance of the defect is needed")
    level = int(row["level"]) if row.get("level") is not None else None
    if level is None and drain.table().data[drain.kind_of(code)][code]["scores"]:
        raise BadValue(name="level", value="", why_zh="应有缺陷等级", why_en="the level of the defect is needed")
    drain.score(Defect(code, level or 1, row["at_m"]))
    return row | {"defect": code, "level": level}


# -- inside --------------------------------------------------------------------------------------
def _tell(found: Findings, stretch: Stretch, value: str, mean: str, edition: str | None) -> None:
    found.put(value, stretch.value)
    found.put(f"{value}_level", stretch.level)
    found.put(mean, stretch.mean)
    found.put(f"{mean}_max", stretch.worst)
    found.put(f"{mean}m", stretch.density)
    found.put(f"{mean}m_class", drain.density_class(stretch.density, edition))


def _repair(found: Findings, said: Said, asset: Said, edition: str | None) -> None:
    """RI and MI. K and E count from a certain F on only: below, they need not be known; T always counts."""
    f, g = float(found.scores["f"]), float(found.scores["g"])
    place, soil = said.get("place"), said.get("soil")
    diameter = said.get("diameter_mm") or asset.get("diameter_mm")
    k = drain.place_points(place, edition) if place else None
    e = drain.size_points(diameter, edition) if diameter else None
    t = drain.soil_points(soil, edition) if soil else None
    from_f = drain.table(edition).data["repair"]["counts_from_f"]
    lacks = [zh for zh, v in (("地区重要性 K", k), ("管径 E", e)) if v is None and max(f, g) >= from_f]
    if t is not None and (f < from_f or (k is not None and e is not None)):
        found.put("ri", ri := drain.repair_index(f, k or 0.0, e or 0.0, t, edition))
        found.put("ri_level", drain.repair_level(ri, edition))
    if g < from_f or (k is not None and e is not None):
        found.put("mi", mi := drain.maintenance_index(g, k or 0.0, e or 0.0, edition))
        found.put("mi_level", drain.repair_level(mi, edition))
    lacks += ["土质 T"] if t is None else []
    if lacks:
        found.doubt(f"缺少{'、'.join(lacks)}，修复指数或养护指数未知", "RI or MI is unknown: place K, diameter E or soil T is missing")


CCTV = Sheet("cctv", "管道 CCTV 检测表|CCTV of drains", "regular", ("pipe",), FIELDS, ROWS, "defects", ("defect", "level", "at_m", "long_m", "clock"),
             facts=("diameter_mm", "length_m", "medium"), grades=GRADES, family=drain.FAMILY, judge=judge, settle=settle,
             names=("管道CCTV", "CCTV检测", "管道内窥检测"))
