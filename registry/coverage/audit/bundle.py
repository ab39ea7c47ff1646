"""The frozen coverage as one zip: layers, rule, figure, parcels, rows, hashes, and a script that recomputes the percentage."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely

from registry.coverage import straight
from registry.coverage.straight import Run

HERE = Path(__file__).parent
LAYERS = {
    "facilities": ("facility", "r.id, r.thing, r.area_m2, r.fits, r.tier, r.radius_m, r.error_m"),
    "land": ("drawn", "r.id, r.code, r.population"),
    "bounds": ("bound", "1 AS id"),
    "historic": ("historic", "r.id, r.code"),
    "rows": ("row", "r.id, r.thing, r.reason"),
}
PARCELS = ("id", "code", "size", "covered", "nearest_id", "nearest_m")
README = """# 覆盖率审计包 · Frozen coverage

{title_zh}：{value} %（{standard} {clause}）。坐标系 EPSG:{srid}，单位米。
{title_en}: {value} % ({standard} {clause}). All metres are of EPSG:{srid}.

- `layers.gpkg`：冻结的图层 facilities（合并后的设施）、rows（每个设施及不计的原因）、land（原样的用地或线路）、bounds（范围）、historic（历史街区）。
  The frozen layers: facilities (united), rows (each asset and why it does not serve), land (or lines, as drawn), bounds, historic.
- `rule.json`：规则的这一版；`figure.json`：完整的答案，含敏感性和独立栅格校验。
  The edition of the rule; the whole answer with its sensitivity and the independent raster check.
- `parcels.csv`：每块用地的面积（或长度）、被覆盖部分、最近设施与距离；`rows.csv`：各区一行。
  Each parcel with its size (m², of lines m), what of it is served, the nearest facility and its distance; a row for each division.
- `MANIFEST.json`：各文件的 SHA-256。`python recompute.py` 先核对它们，再只用 geopandas 和 shapely 重算，相差不超过 1e-9。
  SHA-256 of the files. `python recompute.py` checks them, then recomputes by geopandas and shapely alone, to 1e-9.
"""


def write(run: Run, figure: dict[str, Any], file: Path) -> None:
    """Write the zip of a run and its audited figure. OSError where the file cannot be written."""
    with TemporaryDirectory(prefix="registry-audit-") as folder:
        layers = Path(folder) / "layers.gpkg"
        for name in LAYERS:
            _layer(run, name, layers)
        parts = {"layers.gpkg": layers.read_bytes() if layers.exists() else b"", "rule.json": _json(_rule(run)),
                 "figure.json": _json(figure), "parcels.csv": _parcels(run), "rows.csv": _rows(figure),
                 "README.md": _readme(run, figure), "recompute.py": (HERE / "recompute.py").read_bytes()}
        manifest = {"sha256": {name: sha256(content).hexdigest() for name, content in parts.items()}, "inputs": figure["audit"]["inputs"]}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in (*parts.items(), ("MANIFEST.json", _json(manifest))):
                packed.writestr(name, content)


def _layer(run: Run, name: str, file: Path) -> None:
    import pyogrio.raw  # with pandas half a second at each start, and few ask for a bundle

    table, columns = LAYERS[name]
    found = run.run("coverage_frozen", fragments={"layer": run.table(table), "columns": columns})
    names = list(found.keys())[:-1]  # the geometry comes last
    rows = found.all()
    if not rows:
        return
    shapes = [bytes(r.wkb) for r in rows]
    data = [_column([r[n] for r in rows]) for n in range(len(names))]
    pyogrio.raw.write(str(file), np.array(shapes, dtype=object), [d for d, _ in data], names, field_mask=[m for _, m in data],
                      layer=name, driver="GPKG", geometry_type=_kind(shapes), crs=f"EPSG:{run.city.srid}", append=file.exists())


def _column(values: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """The values of a field and where there are none."""
    missing = np.array([v is None for v in values])
    there = [v for v in values if v is not None]
    if all(isinstance(v, int) for v in there):
        return np.array([0 if v is None else v for v in values], dtype=np.int64), missing
    if all(isinstance(v, int | float) for v in there):
        return np.array([np.nan if v is None else v for v in values], dtype=float), missing
    return np.array([None if v is None else str(v) for v in values], dtype=object), missing


def _kind(shapes: list[bytes]) -> str:
    kinds = {shape.geom_type for shape in shapely.from_wkb(shapes)}
    return kinds.pop() if len(kinds) == 1 else "Unknown"


def _rule(run: Run) -> dict[str, Any]:
    rule = run.rule.as_dict() | {"editions": None, "edition": run.edition.as_dict()}
    return {key: value for key, value in rule.items() if key != "editions"} | {
        "quad_segs": run.quad_segs, "bounded": straight.limited(run), "without": list(run.without), "zones": run.zones}


def _parcels(run: Run) -> bytes:
    run.serving()
    return _csv(PARCELS, run.run("coverage_parcels", "land", "cover", "serving").all())


def _rows(figure: dict[str, Any]) -> bytes:
    names = ("key", "title_zh", "title_en", "value", "numerator", "denominator", "people", "people_covered")
    whole = figure | {"key": "total"}
    return _csv(names, [(r["key"], r["title"]["zh"], r["title"]["en"], *(r[n] for n in names[3:])) for r in (whole, *figure["by"])])


def _csv(names: tuple[str, ...], rows: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([names, *(tuple(r) for r in rows)])
    return out.getvalue().encode("utf-8-sig")


def _readme(run: Run, figure: dict[str, Any]) -> bytes:
    return README.format(title_zh=figure["title"]["zh"], title_en=figure["title"]["en"], value=figure["value"], srid=run.city.srid,
                         standard=run.edition.standard, clause=run.edition.clause).encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
