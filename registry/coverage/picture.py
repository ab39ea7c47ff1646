"""A coverage as a picture (SVG): land, what is served, blind spots, facilities and, where there are any, proposed sites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import shapely

from registry import geo
from registry.catalogue import load
from registry.coverage.rules import DISTRICT, served
from registry.coverage.straight import Run
from registry.geometry import from_wkb
from registry.kinds import Label
from registry.standards.figure import percent

WIDTH, TALLEST, MARGIN, HEAD, FOOT = 1000, 900, 16, 64, 76  # pixels
BORDER = 0.02  # of the size, left free around what is drawn
FINE = 0.6  # pixels: what is finer is not drawn
COLORS = {"land": "#dfe5ea", "served": "#1565c0", "gaps": "#c2185b", "facility": "#2e9e5b", "sites": "#1b5e20", "district": "#78909c"}
SERVED, GAPS, SITES = Label("服务范围", "Area served"), Label("盲区", "Blind spots"), Label("建议选址（次序）", "Proposed sites (rank)")
_BARS_M = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


class _Sheet:
    """Places in the working CRS as places on the sheet."""

    def __init__(self, box: Sequence[float]) -> None:
        rim = BORDER * max(box[2] - box[0], box[3] - box[1], 50.0)
        west, south, east, north = box[0] - rim, box[1] - rim, box[2] + rim, box[3] + rim
        self.m_per_px = max((east - west) / (WIDTH - 2 * MARGIN), (north - south) / TALLEST)
        self.west, self.north = (west + east - self.m_per_px * (WIDTH - 2 * MARGIN)) / 2, north
        self.bottom = round(HEAD + (north - south) / self.m_per_px) + MARGIN
        self.height = self.bottom + FOOT

    def at(self, xy: np.ndarray) -> np.ndarray:
        return np.column_stack([MARGIN + (xy[:, 0] - self.west) / self.m_per_px, HEAD + (self.north - xy[:, 1]) / self.m_per_px])

    def drawn(self, shapes: Iterable[shapely.Geometry]) -> np.ndarray:
        """The parts of shapes on the sheet, without what nobody would see."""
        parts = shapely.get_parts(shapely.transform(np.array(list(shapes), dtype=object), self.at))
        parts = shapely.simplify(parts, FINE)
        large = (shapely.get_dimensions(parts) != 2) | (shapely.area(parts) > FINE ** 2)
        found: np.ndarray = parts[large & ~shapely.is_empty(parts)]
        return found


def svg(run: Run, sites: Sequence[Mapping[str, Any]] = (), *, credit: str = "") -> str:
    """The picture of a prepared run; sites: features of an answer of siting (EPSG:4490). Metres of the working CRS all through.

    credit: whose data it is, in the corner. Empty where there is nothing to be served.
    """
    land = _shapes(run, "land")
    if not len(land):
        return ""
    facilities = _shapes(run, "facility", where="s.tier IS NOT NULL")
    proposed = [_metres(run, f["geometry"]) for f in sites]
    sheet = _Sheet(shapely.total_bounds(np.array([*land, *proposed], dtype=object)))
    stroke = "fill:none;stroke-width:1.5;stroke:" if run.lines else "stroke:none;fill:"
    inside = [
        _paths(sheet, land, stroke + COLORS["land"]),
        _paths(sheet, _shapes(run, "served"),
               f"fill:{COLORS['served']};fill-opacity:.12;stroke:{COLORS['served']};stroke-opacity:.5;stroke-width:.6"),
        _paths(sheet, _shapes(run, "cover", "gap"), stroke + COLORS["gaps"]),
        _paths(sheet, run.shapes(DISTRICT).shapes,
               f"fill:none;stroke:{COLORS['district']};stroke-width:1;stroke-dasharray:6 3"),
        _paths(sheet, facilities, f"fill:{COLORS['facility']};stroke:{COLORS['facility']}"),
        *(_site(sheet, f["properties"]["rank"], shape) for f, shape in zip(sites, proposed, strict=True))]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {sheet.height}" width="{WIDTH}" height="{sheet.height}" '
            f'font-family="Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif" font-size="13" role="img">'
            f'<rect width="{WIDTH}" height="{sheet.height}" fill="#fff"/>'
            f'<clipPath id="map"><rect x="{MARGIN}" y="{HEAD}" width="{WIDTH - 2 * MARGIN}" height="{sheet.bottom - HEAD}"/></clipPath>'
            f'<g clip-path="url(#map)">{"".join(inside)}</g>{_head(run, sites)}{_foot(run, sheet, sites, credit)}</svg>')


# -- inside --------------------------------------------------------------------------------------
def _shapes(run: Run, table: str, column: str = "geom", where: str = "true") -> np.ndarray:
    found = run.run("coverage_shapes", fragments={"table": run.table(table), "column": column, "where": where}).all()
    return np.asarray(from_wkb(row.shape for row in found), dtype=object)


def _metres(run: Run, geometry: Mapping[str, Any]) -> shapely.Geometry:
    way = geo.transformer(geo.STORED, run.city.srid)
    return shapely.transform(shapely.geometry.shape(geometry), lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))


def _paths(sheet: _Sheet, shapes: np.ndarray, style: str) -> str:
    """One path of all lines and areas, and a dot for each point."""
    if not len(shapes):
        return ""
    parts = sheet.drawn(shapes)
    dots = parts[shapely.get_dimensions(parts) == 0]
    words = []
    for part in parts[shapely.get_dimensions(parts) > 0]:
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            words.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy) + ("Z" if part.geom_type == "Polygon" else ""))
    circles = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in shapely.get_coordinates(dots))
    return f'<g style="{style}" fill-rule="evenodd">' + (f'<path d="{"".join(words)}"/>' if words else "") + f"{circles}</g>"


def _site(sheet: _Sheet, rank: int, shape: shapely.Geometry) -> str:
    x, y = sheet.at(shapely.get_coordinates(shapely.centroid(shape)))[0]
    return (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{COLORS["sites"]}" stroke="#fff" stroke-width="2"/>'
            f'<text x="{x:.1f}" y="{y + 4.5:.1f}" text-anchor="middle" fill="#fff" font-weight="600">{rank}</text>')


def _head(run: Run, sites: Sequence[Mapping[str, Any]]) -> str:
    total = run.total()
    of = ("people_covered", "people") if run.rule.basis == "population" else ("covered_m2", "area_m2")
    now = percent(total[of[0]] or 0.0, total[of[1]] or 0.0)
    then = sites[-1]["properties"]["covered_percent"] if sites else None
    rate = "—" if now is None else f"{now:.2f} %" + (f" → {then:.2f} %" if then is not None else "")
    title = f"{run.city.zh} {run.city.en} · {run.rule.label.zh} {rate}"
    small = f"{run.rule.label.en} · {run.edition.standard} · {run.today.isoformat()}"
    return (f'<text x="{MARGIN}" y="28" font-size="19" font-weight="600" fill="#1f2933">{escape(title)}</text>'
            f'<text x="{MARGIN}" y="50" fill="#5f6b76">{escape(small)}</text>')


def _foot(run: Run, sheet: _Sheet, sites: Sequence[Mapping[str, Any]], credit: str) -> str:
    facility = load().classes[run.rule.facility].title
    items = [("land", served(run.rule).title), ("served", SERVED), ("gaps", GAPS), ("facility", facility)] + ([("sites", SITES)] if sites else [])
    y, x, words = sheet.bottom + 26, float(MARGIN), []
    for key, label in items:
        text = f"{label.zh} {label.en}"
        words.append(f'<rect x="{x:.0f}" y="{y - 11}" width="13" height="13" fill="{COLORS[key]}"/>'
                     f'<text x="{x + 19:.0f}" y="{y}" fill="#1f2933">{escape(text)}</text>')
        x += 46 + sum(13 if ord(c) > 0x2E80 else 7 for c in text)
    bar = next((b for b in reversed(_BARS_M) if b / sheet.m_per_px <= 160), _BARS_M[0])
    long = bar / sheet.m_per_px
    told = f"{bar / 1000:g} km" if bar >= 1000 else f"{bar} m"
    words.append(f'<path d="M{MARGIN} {y + 22}v6h{long:.1f}v-6" fill="none" stroke="#1f2933"/>'
                 f'<text x="{MARGIN + long + 8:.0f}" y="{y + 30}" fill="#1f2933">{told} · EPSG:{run.city.srid}</text>'
                 f'<text x="{WIDTH - MARGIN}" y="{y + 30}" text-anchor="end" fill="#5f6b76">{escape(credit)}</text>')
    return "".join(words)
