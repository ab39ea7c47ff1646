"""This year's inspection sheets: road tests, bridge reports and CCTV lists of what stands in the city, with some slips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from sample_gis.files import columns
from sample_gis.write import Column, write_xlsx

Rows = list[dict[str, Any]]
DECK, SPAN = ("桥面铺装", "桥头平顺", "伸缩装置", "排水系统", "人行道", "栏杆"), ("主梁", "横向联系")
PIER, ABUTMENT = ("盖梁", "墩身", "基础", "支座"), ("台帽", "台身", "基础", "支座")
DEFECTS = (("PL", 4), ("BX", 4), ("CK", 4), ("TJ", 4), ("SL", 4), ("FS", 3), ("TL", 2), ("CJ", 4), ("ZW", 4), ("SG", 4))
LATE = "2025-11-20"  # the day of the slips, so that they spoil nothing else


@dataclass
class SheetFile:
    """One sheet: class, form of inspection, title of the sheet, columns, and how its rows are drawn from a table.

    slips: (problem told, rows of one inspection); what is wrong stands in the first row.
    """

    name: str
    kind: str
    form: str
    title: str
    columns: list[Column]
    draw: Callable[[gpd.GeoDataFrame, np.random.Generator], Rows]
    slips: Callable[[gpd.GeoDataFrame], list[tuple[str, Rows]]] = field(default=lambda table: [])


def road_rows(roads: gpd.GeoDataFrame, rng: np.random.Generator) -> Rows:
    """Every segment above branch roads; long ones by two stretches. The first tells a PQI that is not that of its parts."""
    rows: Rows = []
    mean = {"快速路": (2.0, 91), "主干路": (2.7, 86), "次干路": (3.4, 82)}
    chosen = roads[roads["road_class"].isin(mean)]
    for n, (code, cls, length) in enumerate(zip(chosen["code"], chosen["road_class"], chosen["length_m"], strict=True)):
        cuts = [(None, None)] if length < 400 else [(0, round(length / 2)), (round(length / 2), length)]
        for start, end in cuts:
            iri, pci = mean[cls][0] + rng.gamma(2, 0.35), min(100.0, max(20.0, mean[cls][1] + rng.normal(0, 8)))
            rows.append({"code": code, "day": f"2025-04-{n % 28 + 1:02d}", "start": start, "end": end, "iri": f"{iri:.2f}", "pci": f"{pci:.1f}",
                         "pqi": None, "by": "示范检测公司"})
    first = next(r for r in rows if r["start"] is None)
    first["pqi"] = "99.5"
    return rows


def road_slips(roads: gpd.GeoDataFrame) -> list[tuple[str, Rows]]:
    code = roads["code"][roads["road_class"] == "街巷"].tolist()
    good = {"day": LATE, "iri": "3.10", "pci": "80.0"}
    return [("unknown_asset", [{"code": "DL9999-01", **good}]), ("range", [{"code": code[0], **good, "iri": "-3.10"}]),
            ("range", [{"code": code[1], **good, "pci": "182.0"}]), ("date", [{"code": code[2], **good, "day": "2025-02-31"}])]


def bridge_rows(bridges: gpd.GeoDataFrame, rng: np.random.Generator) -> Rows:
    """Of every fourth bridge each element, of the others the scores of the three parts; Ⅰ类 by word, some never inspected."""
    rows: Rows = []
    for n, (code, care, spans) in enumerate(zip(bridges["code"], bridges["care"], bridges["spans"], strict=True)):
        base = {"code": code, "day": f"2025-05-{n % 28 + 1:02d}", "by": "示范检测公司"}
        if n % 10 == 9:
            continue
        if care == "Ⅰ类":
            rows.append({**base, "grade": "合格"})
        elif n % 4 == 0:
            parts = [("桥面系", 1, DECK), *(("上部结构", k + 1, SPAN) for k in range(int(spans))), *(("桥墩", k + 1, PIER) for k in range(int(spans) - 1)),
                     *(("桥台", k + 1, ABUTMENT) for k in range(2))]
            rows += [{**base, "part": part, "number": number, "element": element, "mdp": str(int(rng.choice([0, 5, 10, 20, 35], p=[.4, .25, .2, .1, .05])))}
                     for part, number, elements in parts for element in elements]
        else:
            m, s, x = (f"{min(100.0, max(40.0, v)):.1f}" for v in rng.normal((86, 90, 90), 7))
            rows.append({**base, "bci_m": m, "bci_s": s, "bci_x": x})
    worst = next(r for r in rows if r.get("bci_m"))
    worst["override"], worst["reason"] = "D", "支座大面积脱空，直接评为不合格"
    return rows


def bridge_slips(bridges: gpd.GeoDataFrame) -> list[tuple[str, Rows]]:
    code = bridges["code"].tolist()
    return [("range", [{"code": code[1], "day": LATE, "part": "桥面系", "element": "桥面铺装", "mdp": "130"}]),
            ("against_standard", [{"code": code[2], "day": LATE, "part": "桥面系", "element": "主梁", "mdp": "10"}]),
            ("needs", [{"code": code[3], "day": LATE, "bci_m": "90.0", "bci_s": "90.0", "bci_x": "90.0", "override": "E"}])]


def pipe_rows(pipes: gpd.GeoDataFrame, rng: np.random.Generator) -> Rows:
    """Every third drain from manhole to manhole; a few given up half way. The others stay uninspected."""
    rows: Rows = []
    drains = pipes[pipes["medium"].isin(("雨水", "污水", "合流"))].iloc[::3]
    for n, (code, length) in enumerate(zip(drains["code"], drains["length"], strict=True)):
        seen = length if rng.random() > 0.04 else round(length / 2, 1)
        base = {"code": code, "day": f"2025-06-{n % 28 + 1:02d}", "seen": f"{seen:.1f}", "soil": ("一般土层", "粉砂层")[int(rng.random() < 0.2)],
                "place": ("其他行车道路", "交通干道", "中心商业")[int(rng.choice(3, p=[.6, .3, .1]))], "by": "示范管道检测队"}
        found = int(rng.choice(5, p=[.45, .25, .15, .1, .05]))
        for _ in range(found):
            letters, levels = DEFECTS[int(rng.integers(len(DEFECTS)))]
            level = min(levels, int(rng.choice([1, 2, 3, 4], p=[.5, .3, .15, .05])))
            rows.append({**base, "defect": letters, "level": str(level), "at": f"{rng.uniform(0, seen - 0.2):.1f}",
                         "clock": f"{rng.integers(1, 12):02d}{rng.integers(1, 12):02d}"})
        if not found:
            rows.append(base)
    return rows


def pipe_slips(pipes: gpd.GeoDataFrame) -> list[tuple[str, Rows]]:
    drains = pipes[pipes["medium"].isin(("雨水", "污水", "合流"))]["code"].tolist()
    good = {"day": LATE, "seen": "20.0", "defect": "PL", "level": "2", "at": "5.0"}
    return [("unknown_asset", [{"code": "YS999999", **good}]), ("against_standard", [{"code": drains[1], **good, "defect": "QQ"}]),
            ("unknown_code", [{"code": drains[2], **good, "level": "7"}, {"code": drains[2], **good, "at": "9.0"}]),
            ("against_standard", [{"code": drains[4], **good, "at": "64.0"}])]


SHEETS = [
    SheetFile("道路检测2025.xlsx", "road", "road_test", "道路检测", columns(
        "code=路段编号:C16, day=检测日期:C10, start=起点桩号:N8, end=止点桩号:N8, iri=IRI:N5.2, pci=PCI:N5.1, pqi=PQI:N5.1, by=检测单位:C30"),
        road_rows, road_slips),
    SheetFile("桥梁定检2025.xlsx", "bridge", "bridge_report", "桥梁定检", columns(
        "code=桥梁编号:C12, day=检测日期:C10, part=部位:C8, number=跨号:N4, element=构件:C12, mdp=扣分:N4, bci_m=BCIm:N5.1, bci_s=BCIs:N5.1, "
        "bci_x=BCIx:N5.1, grade=评定等级:C8, override=直接评定等级:C4, reason=直接评定理由:C40, by=检测单位:C30"), bridge_rows, bridge_slips),
    SheetFile("管道CCTV2025.xlsx", "pipe", "cctv", "管道检测", columns(
        "code=管线编号:C12, day=检测日期:C10, seen=检测长度:N6.1, place=地区重要性:C20, soil=土质:C12, defect=缺陷代码:C4, level=等级:C2, at=距离:N6.1, "
        "clock=环向位置:C6, by=检测单位:C30"), pipe_rows, pipe_slips),
]


def write_sheets(folder: Path, drawn: dict[str, gpd.GeoDataFrame], seed: int) -> dict[str, dict]:
    """Write the sheets and return what a loader should say of each: rows, inspections, refusals."""
    told = {}
    for n, sheet in enumerate(SHEETS):
        good = sheet.draw(drawn[sheet.kind], np.random.default_rng([seed, 1000 + n]))
        slips = sheet.slips(drawn[sheet.kind])
        rows, faults, refused = list(good), [], {}
        for problem, some in slips:
            faults.append({"row": len(rows) + 1, "problem": problem})
            faults += [{"row": len(rows) + k, "problem": "same_inspection"} for k in range(2, len(some) + 1)]
            rows += some
        for fault in faults:
            refused[fault["problem"]] = refused.get(fault["problem"], 0) + 1
        write_xlsx(folder / sheet.name, pd.DataFrame(rows, columns=[c.key for c in sheet.columns]).astype(object).where(lambda t: t.notna(), None),
                   sheet.columns, sheet.title)
        told[sheet.name] = {"class": sheet.kind, "inspection": sheet.form, "rows": len(rows), "accepted": len(good),
                            "inspections": len({(r["code"], r["day"]) for r in good}), "refused": refused, "faults": faults}
    return told
