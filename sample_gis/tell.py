"""What is told about the files: README in two languages, the expected outcome, and the demo's manifest."""

from __future__ import annotations

import json
import math
from pathlib import Path

import geopandas as gpd
import shapely

from sample_gis.files import LOADS, File
from sample_gis.works import OBSERVATIONS, WORKS

RECORDS = {"works": WORKS, "observations": OBSERVATIONS}
CITY = ("demo", "示范市", "Demo City")
ZH = {"duplicate": "编码重复", "missing_code": "缺少编码", "unknown_code": "代码表外的值", "empty_geometry": "没有图形",
      "outside_city": "在城市之外", "date": "不可能的日期", "no_such_asset": "没有这个编码的设施", "repaired_geometry": "自相交（蝴蝶结）",
      "cut_text": "被列宽截断的半个汉字", "date_precision": "只有年月"}
EN = {"duplicate": "duplicate code", "missing_code": "code missing", "unknown_code": "value outside the code list",
      "empty_geometry": "no geometry", "outside_city": "outside the city", "date": "impossible date",
      "no_such_asset": "no asset has this code", "repaired_geometry": "self-intersecting (bow-tie)",
      "cut_text": "half a character at the column's end", "date_precision": "year and month only"}
OUTCOME = {"refused": "拒收 refused", "repaired": "修复后收入 repaired and loaded"}
TIERS = ((5000.0, 500.0), (2000.0, 300.0))


def extent(districts: gpd.GeoDataFrame) -> list[float]:
    """The city's box in degrees, a little wider than its districts."""
    x0, y0, x1, y1 = districts.to_crs("EPSG:4490").total_bounds
    low = [math.floor(v * 200) / 200 - 0.005 for v in (x0, y0)]
    high = [math.ceil(v * 200) / 200 + 0.005 for v in (x1, y1)]
    return [round(v, 3) for v in (*low, *high)]


def park_coverage(tables: dict[str, gpd.GeoDataFrame], open_only: bool) -> dict:
    """Tiered coverage by shapely in EPSG:4549, as a check on the registry's own (standards.md 6.1)."""
    parks = tables["park"]
    parks = parks[~parks["state"].isin(["废弃", "移除"])]  # no longer there, for the registry as well
    parks = parks[(parks["build_status"] == "建成") & ((parks["open_to_public"] == "是") | (not open_only))]
    old = shapely.union_all(tables["historic_district"].geometry.to_numpy())
    buffers = []
    for _, rows in parks.groupby("park_code"):
        shape = shapely.union_all(shapely.make_valid(rows.geometry.to_numpy()))
        radius = next((r for size, r in TIERS if shape.area >= size), 0.0)
        radius = radius or (300.0 if shape.area >= 1000 and shape.intersects(old) else 0.0)
        if radius:
            buffers.append(shape.buffer(radius, quad_segs=64))
    homes = tables["residential"].geometry.dropna().to_numpy()
    town = shapely.union_all(tables["built_up_area"].geometry.to_numpy())
    land = shapely.union_all(shapely.make_valid(homes)).intersection(town)
    served = shapely.union_all(buffers).intersection(land)
    return {"percent": round(100 * served.area / land.area, 3), "numerator_m2": round(served.area),
            "denominator_m2": round(land.area)}


def write_expected(folder: Path, told: dict[str, dict], facts: dict) -> None:
    (folder / "expected.json").write_text(json.dumps({**facts, "files": told}, ensure_ascii=False, indent=1) + "\n",
                                          encoding="utf-8")


def write_manifest(folder: Path, box: list[float]) -> None:
    """`demo.toml`: zones first, then assets, then the sheet that updates them."""
    lines = ["# 由 make.py 写出 — written by make.py; registry demo 依次载入 loads these files in this order", "[city]",
             *(f'{k} = "{v}"' for k, v in zip(("key", "zh", "en"), CITY, strict=True)), f"extent = {box}", ""]
    for file in LOADS:
        lines += ["[[load]]", f'file = "{file.name}"', f'class = "{file.kind}"', ""]
    for kind, (name, _, _) in RECORDS.items():
        lines += ["[[records]]", f'file = "{name}"', f'of = "{kind}"', ""]
    (folder / "demo.toml").write_text("\n".join(lines), encoding="utf-8")


def _crs(file: File) -> str:
    if file.form == "xlsx":
        return "—"
    return "经纬度 lon/lat" if file.form == "csv" else f"EPSG:{file.epsg}" + ("" if file.prj else "，无 no .prj")


def _encoding(file: File) -> str:
    marks = {"cpg": ".cpg", "ldid": "只有 only LDID 0x4D", "none": "无标记 no mark"}
    if file.form == "csv":
        return "UTF-8，BOM"
    return "—" if file.form == "xlsx" else f"{file.encoding}，{marks[file.mark]}"


HEAD = """# 示范市样例数据 · sample data of a pretend city

**本目录是虚构城市的合成数据。** 地名、单位、编码与数量均由程序生成，不对应任何真实城市；位置仅为演示而选。许可：CC0 1.0（公有领域）。

**Everything here is synthetic.** Names, offices, codes and quantities come from a program and describe no real city;
the place was chosen only so that the map shows something. Licence: CC0 1.0 (public domain).

重新生成 · to write it again: `python -m sample_gis.make --seed {seed} --scale {scale:g}`
（同一种子与规模，文件逐字节相同；`--scale 10` 得到十倍的数量 · the same seed and scale give the same bytes; `--scale 10` gives ten times as much）

数量约为一份地级市规划的十分之一 · quantities are about a tenth of one prefecture-level plan:
{facts}

载入顺序见 `demo.toml`，各文件应有的结果见 `expected.json` · order of loading: `demo.toml`; expected outcome: `expected.json`.
行号从 1 起，不计表头；编码重复时保留先出现的一行；`noted` 只计收入的行 · row numbers begin at 1 without the heading; of two
equal codes the first row is kept; `noted` counts accepted rows only.

## 文件 · files

| 文件 file | 类 class | CRS | 编码 encoding | 行 rows | 应收 accepted | 拒收 refused |
|---|---|---|---|---:|---:|---:|
"""


def write_readme(folder: Path, told: dict[str, dict], facts: dict[str, str], seed: int, scale: float) -> None:
    text = HEAD.format(seed=seed, scale=scale, facts="\n".join(f"- {k}: {v}" for k, v in facts.items()))
    for file in LOADS:
        t = told[file.name]
        text += (f"| {file.name} | {file.kind} | {_crs(file)} | {_encoding(file)} | {t['rows']} | {t['accepted']} | "
                 f"{sum(t['refused'].values())} |\n")
    text += ("\n## 故意的毛病 · deliberate faults\n\n| 文件 file | 行 row | 毛病 fault | 列 column | 值 value | 结果 outcome |\n"
             "|---|---:|---|---|---|---|\n")
    for file in LOADS:
        for fault in told[file.name]["faults"]:
            same = f"（同第 {fault['other']} 行 same as row {fault['other']}）" if "other" in fault else ""
            text += (f"| {file.name} | {fault['row']} | {ZH[fault['problem']]} {EN[fault['problem']]}{same} | "
                     f"{fault.get('column', '')} | {fault.get('value', '')} | {OUTCOME[fault['outcome']]} |\n")
    text += "\n## 列名 · columns\n\n列名超过 10 字节者，文件中被截断 · titles longer than ten bytes are cut in shapefiles.\n\n"
    for file in LOADS:
        text += f"- {file.name}: {'、'.join(c.title for c in file.columns)}\n"
    for name, heads, rows in RECORDS.values():
        text += f"- {name}: {'、'.join(heads)}（{len(rows)} 行 rows）\n"
    text += ("\n另有如实的缺漏：部分权属单位、建成日期为空，部分状态为“未知”；桥梁建成只到年月（记为当月第一天） · honest gaps: some "
             "owners and dates are empty, some states 未知; bridges give year and month only (first day taken).\n")
    (folder / "README.md").write_text(text, encoding="utf-8")
