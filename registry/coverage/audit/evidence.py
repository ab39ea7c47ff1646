"""The evidence beside a figure: hashes of the frozen layers, the working CRS and its error, what moves the figure, the check."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pyproj import Geod

from registry import geo
from registry.coverage import datum, rows, straight, who_serves
from registry.coverage.audit import check
from registry.coverage.straight import QUAD_SEGS, Run
from registry.errors import CheckFailed

BOUNDARY_M = 1.0
# Layer → what of a row is judged beside its geometry, and which rows are meant.
LAYERS = {"facility": ("coalesce(CAST(r.tier AS text), '')", "true"), "drawn": ("coalesce(CAST(r.population AS text), '')", "true"),
          "bound": ("''", "NOT ST_IsEmpty(r.geom)"), "historic": ("''", "true")}
NAMES = {"facility": "facilities", "drawn": "land", "bound": "bounds", "historic": "historic"}


def hashes(run: Run) -> dict[str, str]:
    """SHA-256 of the layers as they went in: facilities, land (or lines) as drawn, bounds, historic districts."""
    made = {}
    for layer, (facts, meant) in LAYERS.items():
        source = f"(SELECT 1 AS id, geom FROM {run.table(layer)})" if layer == "bound" else run.table(layer)
        made[f"{NAMES[layer]}_sha256"] = run.run("coverage_hash", fragments={
            "layer": source, "facts": facts, "meant": meant}).scalar_one()
    return made


def crs_name(run: Run) -> dict[str, Any]:
    """The working CRS."""
    return {"srid": run.city.srid, "name": geo.crs(run.city.srid).name}


def crs(run: Run) -> dict[str, Any]:
    """The working CRS; where the land lies, by how much its metres are off at worst (of areas, percent)."""
    made = crs_name(run)
    box = run.run("coverage_extent", "drawn").one()
    if box.west is None:
        return made
    factors = [_scale(run.city.srid, x, y) for x in (box.west, (box.west + box.east) / 2, box.east) for y in (box.south, box.north)]
    worst = max(factors, key=lambda k: abs(k - 1))
    return made | {"scale_error_ppm": (worst - 1) * 1e6, "area_error_percent": (worst ** 2 - 1) * 100}


def _scale(srid: int, x: float, y: float) -> float:
    """Metres of the map for one of the ellipsoid near a place; the CRSs of `geo.working_srid` are conformal."""
    lon, lat = geo.transformer(srid, geo.STORED).transform([x, x + 50], [y, y])
    true = Geod(ellps="GRS80").inv(lon[0], lat[0], lon[1], lat[1])[2]
    return 50 / true if true and math.isfinite(true) else 1.0


def evidence(run: Run, total: Any, value: float | None) -> dict[str, Any]:
    """What an auditor asks beside: hashes, error of the CRS, places of the facilities, whether the layers are of one datum, what
    moves the figure, and an independent figure. MixedDatum where they are not, CheckFailed where that differs."""
    of_one = datum.check(run)
    of_one.require()
    found = check.raster(run)
    return {"inputs": hashes(run), "crs": crs(run), "datum": of_one.as_dict(), **who_serves.places(run), "sensitivity": sensitivity(run, value), "check": _checked(value, found),
            "max_radial_deficit_m": _deficit(run), "bias": {
                "zh": "缓冲区内接于真圆，数字只会偏小", "en": "buffers are inscribed in true circles: the figure is never too high"}}


def _checked(value: float | None, found: check.Raster | None) -> dict[str, Any] | None:
    if value is None or found is None:
        return None
    difference = found.percent - value
    if not abs(difference) <= check.TOLERANCE_POINTS:
        raise CheckFailed(exact=f"{value:.4f}", raster=f"{found.percent:.4f}", difference=f"{abs(difference):.4f}",
                          tolerance=f"{check.TOLERANCE_POINTS:g}", cell=f"{found.cell_m:g}")
    return {"method": "raster_distance_transform", "percent": found.percent, "difference_points": difference,
            "cell_m": found.cell_m, "cells": found.cells, "tolerance_points": check.TOLERANCE_POINTS, "passed": True,
            "engine": check.ENGINE}


def sensitivity(run: Run, value: float | None) -> list[dict[str, Any]]:
    """The figure with one choice changed at a time, in percent and as points of difference."""
    changes: list[tuple[str, str, dict[str, Any]]] = [
        (f"quad_segs_{n}", f"quad_segs = {n}", {"quad_segs": n}) for n in (8, QUAD_SEGS) if n != run.quad_segs]
    changes += [(f"boundary_{sign:+.0f}m", f"{sign:+.0f} m", {"grow_m": sign}) for sign in (-BOUNDARY_M, BOUNDARY_M)]
    changes += [(f"edition_{key}", key, {"edition": e}) for key, e in run.rule.editions.items()
                if key != run.edition.key and e.serves == run.edition.serves]
    made = [_varied(run, name, title, changed, value) for name, title, changed in changes]
    return [{"what": f"quad_segs_{run.quad_segs}", "title": f"quad_segs = {run.quad_segs}", "percent": value, "difference_points": 0.0}, *made]


def _varied(run: Run, name: str, title: str, changed: dict[str, Any], value: float | None) -> dict[str, Any]:
    percent = rows.share(run, straight.covered(run, straight.variant(run, **changed))).value
    return {"what": name, "title": title, "percent": percent,
            "difference_points": None if percent is None or value is None else percent - value}


def _deficit(run: Run) -> float:
    """By how much a buffer falls short of its circle at worst, in metres: r(1 − cos(π/4q))."""
    radii = np.array([t.radius_m for t in run.edition.tiers])
    return float(radii.max() * (1 - math.cos(math.pi / (4 * run.quad_segs))))
