"""Recomputes the percentage of a frozen coverage from the files beside it, by geopandas and shapely and nothing else.

python recompute.py [folder]: 0 when every file is as it was frozen and the percentage is the same to 1e-9, else 1.
从旁边的文件重新计算覆盖率，只用 geopandas 和 shapely：文件未改动、结果相差不超过 1e-9 时返回 0，否则返回 1。
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import STRtree

TOLERANCE = 1e-9


def layer(folder: Path, name: str) -> Any:
    """A layer in the order of its ids; None where it has no rows."""
    known = set(gpd.list_layers(folder / "layers.gpkg")["name"])
    return gpd.read_file(folder / "layers.gpkg", layer=name).sort_values("id") if name in known else None


def radii(facilities: Any, historic: Any, tiers: list[dict[str, Any]]) -> np.ndarray:
    """The radius of each facility by its area, by the districts that it touches and by what its fields fit (bit n: tier n)."""
    made = []
    near = shapely.union_all(historic.geometry.values) if historic is not None else shapely.Point()
    for shape, fits in zip(facilities.geometry.values, facilities["fits"].astype(int), strict=True):
        area = shape.area + (shape.length * 1e-4 if shape.area else 0)
        old = shapely.distance(shape, near) <= 0.001
        made.append(max((t["radius_m"] for n, t in enumerate(tiers) if int(fits) >> n & 1 and area >= t["min_m2"]
                         and (t["max_m2"] is None or area < t["max_m2"]) and (old or not t["needs_historic"])), default=0))
    return np.array(made, dtype=float)


def without_overlaps(shapes: np.ndarray, interiors: str) -> np.ndarray:
    """Each shape less what those before it have already."""
    made = shapes.copy()
    later, earlier = STRtree(shapes).query(shapes, predicate="intersects")
    for n in np.unique(later[earlier < later]):
        before = [shapes[m] for m in earlier[(later == n) & (earlier < n)] if shapely.relate_pattern(shapes[m], shapes[n], interiors)]
        if before:
            made[n] = shapely.difference(shapes[n], shapely.union_all(before))
    return made


def percent(folder: Path) -> float:
    """The percentage of the frozen layers."""
    rule = json.loads((folder / "rule.json").read_text(encoding="utf-8"))
    size = shapely.length if rule["basis"] == "length" else shapely.area
    interiors = "1********" if rule["basis"] == "length" else "2********"
    facilities, land, bounds = layer(folder, "facilities"), layer(folder, "land"), layer(folder, "bounds")
    served = np.zeros(0, dtype=object)
    if facilities is not None:
        radius = radii(facilities, layer(folder, "historic"), rule["edition"]["tiers"])
        served = shapely.buffer(facilities.geometry.values[radius > 0], radius[radius > 0], quad_segs=rule["quad_segs"])
    shapes = without_overlaps(np.asarray(land.geometry.values), interiors)
    weight = np.ones(len(shapes))
    if rule["basis"] == "population":
        weight = np.nan_to_num(land["population"].to_numpy(dtype=float) / np.where(size(shapes) > 0, size(shapes), np.inf))
    if rule["bounded"]:
        whole = shapely.union_all(bounds.geometry.values) if bounds is not None else shapely.Polygon()
        shapely.prepare(whole)
        cut = ~shapely.covers(whole, shapes)
        shapes[cut] = shapely.intersection(shapes[cut], whole)
    sizes, covered, tree = size(shapes), np.zeros(len(shapes)), STRtree(served)
    parcel, buffer = tree.query(shapes, predicate="intersects")
    order = np.argsort(parcel, kind="stable")
    parcel, buffer = parcel[order], buffer[order]
    each, first = np.unique(parcel, return_index=True)
    for n, near in zip(each, np.split(buffer, first[1:]), strict=True):
        part = size(shapely.intersection(shapes[n], shapely.union_all(served[near])))
        covered[n] = sizes[n] if part >= sizes[n] * (1 - 1e-9) else part
    return float(100 * (covered * weight).sum() / (sizes * weight).sum())


def changed(folder: Path) -> list[str]:
    """Files that are not as MANIFEST.json says."""
    told = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))["sha256"]
    return [name for name, digest in told.items()
            if not (folder / name).is_file() or hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest]


def main(folder: Path) -> int:
    if names := changed(folder):
        print("CHANGED 文件已改动:", ", ".join(names))
        return 1
    figure = json.loads((folder / "figure.json").read_text(encoding="utf-8"))
    found, told = percent(folder), figure["value"]
    same = abs(found - told) <= TOLERANCE * max(1.0, abs(told))
    print(f"recomputed 重算 {found!r} %, filed 申报 {told!r} %:", "same 一致" if same else "DIFFERENT 不一致")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
