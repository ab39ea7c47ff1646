"""The deliberate faults: rows that a loader must refuse, repair or remark on, each with what is expected."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon

from sample_gis.files import File

AWAY = 120_000.0  # m eastward: outside the city at every scale that one zone can hold
LONG_NOTE = "灯杆倾斜约5度，已报修待换"  # longer than the column and cut inside a character

# file → (problem, key of the column, value written); None where the problem itself says it
PLAN: dict[str, list[tuple[str, str | None, str | None]]] = {
    "单元网格.shp": [("duplicate", "code", None)],
    "居住用地.shp": [("repaired_geometry", None, None), ("empty_geometry", None, None)],
    "城市道路.shp": [("missing_code", "code", None), ("date", "installed_on", "20230231"), ("empty_geometry", None, None),
                 ("unknown_code", "surface", "玻璃")],
    "桥梁.shp": [("duplicate", "code", None), ("unknown_code", "size", "超大桥")],
    "路灯_云栖区.shp": [("duplicate", "code", None), ("duplicate", "code", None), ("missing_code", "code", None),
                    ("date", "installed_on", "20230231"), ("date", "installed_on", "20241301")],
    "路灯_澄湖区.shp": [("unknown_code", "state", "半坏"), ("unknown_code", "lit", "闪烁"), ("empty_geometry", None, None),
                    ("cut_text", "note", LONG_NOTE), ("cut_text", "note", LONG_NOTE)],
    "streetlight_wangshan.shp": [("outside_city", None, None), ("duplicate", "code", None)],
    "窨井.shp": [("missing_code", "code", None), ("duplicate", "code", None), ("unknown_code", "defect", "长草"),
               ("empty_geometry", None, None)],
    "排水管线.shp": [("duplicate", "code", None), ("outside_city", None, None), ("unknown_code", "material", "竹")],
    "pipe_utilities.shp": [("date", "laid", "20150931"), ("empty_geometry", None, None)],
    "公厕.csv": [("duplicate", "code", None), ("unknown_code", "kind", "四类"), ("date", "installed_on", "2023-02-31"),
               ("outside_city", None, None), ("empty_geometry", None, None), ("missing_code", "code", None)],
    "转运站.shp": [("unknown_code", "mode", "骡马")],
    "公园.shp": [("repaired_geometry", None, None), ("unknown_code", "park_type", "果园")],
    "绿地.shp": [("repaired_geometry", None, None), ("repaired_geometry", None, None), ("missing_code", "code", None)],
    "路灯巡检2025.xlsx": [("no_such_asset", "code", "3306970118999999"), ("unknown_code", "lit", "闪烁"),
                      ("duplicate", "code", None)],
}
ACCEPTED = ("repaired_geometry", "cut_text", "date_precision")


@dataclass
class Fault:
    """A faulty row as it stands in the file: row numbers begin at 1 and leave out the heading."""

    row: int
    problem: str
    column: str | None
    value: str | None
    outcome: str
    other: int | None = None


def spoil(table: gpd.GeoDataFrame, file: File, rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """The table with its faults. Rows to be refused are added, so that what is accepted stays the plan's number."""
    table = table.reset_index(drop=True)
    base, extra, marks, repaired = len(table), [], [], []
    for n, (problem, key, value) in enumerate(PLAN.get(file.name, [])):
        if problem in ACCEPTED:
            repaired.append((_amend(table, problem, key, value, repaired, rng), problem, key, value))
            continue
        source = int(rng.integers(0, base))
        row = table.iloc[[source]].copy()
        _break(row, problem, key, value, n, file)
        row["_at"] = float(rng.integers(source, base)) + 0.1 + 0.01 * n
        extra.append(row)
        marks.append((base + n, problem, key, value, source))
        row.index = [base + n]
    table["_at"] = np.arange(base, dtype=float)
    table = pd.concat([table, *extra]).sort_values("_at", kind="stable")
    place = {label: k + 1 for k, label in enumerate(table.index)}
    titles = {c.key: c.title for c in file.columns}
    faults = [Fault(place[label], problem, titles.get(key), _said(problem, value, table, label, key), "refused",
                    place[source] if problem == "duplicate" else None)
              for label, problem, key, value, source in marks]
    faults += [Fault(place[label], problem, titles.get(key), value, "repaired") for label, problem, key, value in repaired]
    table = table.drop(columns="_at").reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4549"), sorted(faults, key=lambda f: f.row)


def _said(problem: str, value: str | None, table: pd.DataFrame, label: int, key: str | None) -> str | None:
    return str(table.loc[label, key]) if problem == "duplicate" else value


def _break(row: gpd.GeoDataFrame, problem: str, key: str | None, value: str | None, n: int, file: File) -> None:
    """A copy of a good row with a code of its own and one fault."""
    if problem == "duplicate":
        return
    code = str(row["code"].iloc[0])
    row["code"] = code[:-6] + f"{990001 + n}" if code.isdigit() else code[:6] + f"F{n + 1}"
    if problem == "missing_code":
        row["code"] = None
    elif problem == "empty_geometry":
        row["geometry"] = gpd.GeoSeries([None], index=row.index, crs="EPSG:4549")
    elif problem == "outside_city":
        row["geometry"] = row.geometry.translate(AWAY)
    elif problem == "no_such_asset":
        row["code"] = value
    else:
        row[key] = value


def _amend(table: gpd.GeoDataFrame, problem: str, key: str | None, value: str | None, taken: list,
           rng: np.random.Generator) -> int:
    """A good row changed so that it can be repaired; its number."""
    used = {t[0] for t in taken}
    if problem == "cut_text":
        row = next(int(k) for k in rng.permutation(len(table)) if k not in used)
        table.at[row, key] = value
        return row
    order = np.argsort(table.geometry.area.to_numpy(), kind="stable")
    for row in (int(k) for k in order if k not in used):
        twisted = bow_tie(table.geometry.iloc[row])
        if twisted is not None:
            table.loc[[row], "geometry"] = gpd.GeoSeries([twisted], index=[row], crs="EPSG:4549")
            return row
    raise ValueError("no polygon is simple enough for a bow-tie")


def bow_tie(shape: Polygon) -> Polygon | None:
    """The polygon with two neighbouring corners exchanged, if that makes it cross itself and repairable."""
    ring = list(shape.exterior.coords)[:-1]
    if len(ring) > 7:
        return None
    for k in range(len(ring)):
        turned = ring.copy()
        turned[k], turned[k - 1] = turned[k - 1], turned[k]
        twisted = Polygon(turned)
        if not twisted.is_valid and shapely.make_valid(twisted).area > 0.2 * shape.area:
            return twisted
    return None


def summary(rows: int, faults: list[Fault], noted: dict[str, int]) -> dict:
    """What a loader should say about the file."""
    refused: dict[str, int] = {}
    notes = dict(noted)
    for fault in faults:
        book = notes if fault.problem in ACCEPTED else refused
        book[fault.problem] = book.get(fault.problem, 0) + 1
    return {"rows": rows, "accepted": rows - sum(refused.values()), "refused": refused, "noted": notes,
            "faults": [{k: v for k, v in asdict(f).items() if v is not None} for f in faults]}
