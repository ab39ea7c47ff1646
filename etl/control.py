"""Control points known in two systems, and the transformation that fits them best, with its residuals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyproj import CRS, Transformer

from registry import geo

FEWEST = {"similarity": 3, "helmert": 4}  # one more than solves the equations, or nothing could be checked
LEAST_WIDTH = 0.02    # breadth of the points over their length below which they lie on a line
SHOWN = 12            # residuals listed in the report; the batch keeps all
_ARCSECOND = np.pi / 180 / 3600
Fitter = Callable[[np.ndarray, np.ndarray], str]


@dataclass(frozen=True)
class Points:
    """Places known in both systems: n × 2 coordinates each, x = easting or longitude."""

    names: tuple[str, ...]
    source: np.ndarray
    target: np.ndarray

    def without(self, at: int) -> Points:
        keep = np.arange(len(self.names)) != at
        return Points(tuple(n for n, k in zip(self.names, keep, strict=True) if k), self.source[keep], self.target[keep])


@dataclass(frozen=True)
class Fit:
    """A fitted transformation as a PROJ pipeline. Metres: residuals (target minus transformed, east and north) of
    each point, their RMS, and the accuracy expected elsewhere: RMS of each point judged by a fit without it."""

    method: str
    pipeline: str
    parameters: dict[str, float]
    names: tuple[str, ...]
    residuals_m: np.ndarray
    accuracy_m: float

    @property
    def rms_m(self) -> float:
        return float(np.sqrt((self.residuals_m ** 2).sum(axis=1).mean()))

    @property
    def worst(self) -> tuple[str, float]:
        """The point that fits least and by how much."""
        lengths = np.hypot(*self.residuals_m.T)
        return self.names[int(lengths.argmax())], float(lengths.max())

    def as_dict(self) -> dict[str, Any]:
        return {"method": self.method, "pipeline": self.pipeline, "parameters": self.parameters,
                "rms_m": round(self.rms_m, 5), "accuracy_m": round(self.accuracy_m, 5),
                "residuals_m": {n: [round(float(e), 5), round(float(k), 5)]
                                for n, (e, k) in zip(self.names, self.residuals_m, strict=True)}}

    def listed(self) -> str:
        """Residuals as text: `K1 +0.003 −0.002; …`, the largest first."""
        order = np.argsort(-np.hypot(*self.residuals_m.T))[:SHOWN]
        parts = [f"{self.names[i]} {self.residuals_m[i][0]:+.3f} {self.residuals_m[i][1]:+.3f}" for i in order]
        return "; ".join(parts) + (" …" if len(self.names) > SHOWN else "")


def similarity(points: Points) -> Fit:
    """Four parameters, plane to plane, least squares: E = tE + a·x − b·y, N = tN + b·x + a·y. Target in metres."""
    found = _similar(points)
    s, turned = np.hypot(*found[:2]), np.degrees(np.arctan2(found[1], found[0])) * 3600
    parameters = {"rotation_arcsec": float(turned), "scale_ppm": float((s - 1) * 1e6), "shift_east_m": float(found[2]),
                  "shift_north_m": float(found[3])}
    return _fit("similarity", points, _affine(found), parameters, lambda p: _affine(_similar(p)), _plane)


def helmert(points: Points, source: CRS) -> Fit:
    """Seven parameters (position vector) between the ellipsoids; source in the given CRS, target in degrees of
    EPSG:4490. Heights are taken as 0 in both: good for places, says nothing of heights."""
    to_degrees = in_degrees(source)
    ellipsoid = ellipsoid_of(source)

    def pipeline(p: Points) -> str:
        return seven(_bursa_wolf(p, to_degrees, ellipsoid), ellipsoid)

    parameters = _bursa_wolf(points, to_degrees, ellipsoid)
    degrees = Points(points.names, to_degrees(points.source), points.target)
    return _fit("helmert", degrees, seven(parameters, ellipsoid), parameters,
                lambda p: pipeline(Points(p.names, points.source[[points.names.index(n) for n in p.names]], p.target)),
                _on_ground)


def seven(parameters: dict[str, float], ellipsoid: str, convention: str = "position_vector") -> str:
    """PROJ pipeline of a 7-parameter Helmert transformation, degrees on an ellipsoid to degrees of CGCS2000.

    parameters: dx dy dz in metres, rx ry rz in arc-seconds, s in ppm.
    """
    names = {"dx": "x", "dy": "y", "dz": "z", "rx": "rx", "ry": "ry", "rz": "rz", "s": "s"}
    said = " ".join(f"+{names[k]}={v!r}" for k, v in parameters.items())
    return (f"+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart {ellipsoid} "
            f"+step +proj=helmert {said} +convention={convention} +step +inv +proj=cart +ellps=GRS80 "
            "+step +proj=unitconvert +xy_in=rad +xy_out=deg")


def ellipsoid_of(source: CRS) -> str:
    """The ellipsoid of a CRS in PROJ's words."""
    geodetic = source.geodetic_crs
    assert geodetic is not None and geodetic.ellipsoid is not None
    return f"+a={geodetic.ellipsoid.semi_major_metre!r} +rf={geodetic.ellipsoid.inverse_flattening!r}"


def in_degrees(source: CRS) -> Callable[[np.ndarray], np.ndarray]:
    """Coordinates of a CRS to degrees on its own ellipsoid, x = longitude: no change of datum."""
    if source.is_geographic:
        return np.asarray
    made = Transformer.from_crs(source, source.geodetic_crs, always_xy=True)
    return lambda xy: np.column_stack(made.transform(xy[:, 0], xy[:, 1]))


def weakness(points: Points, method: str) -> tuple[str, str] | None:
    """Why nothing sound can be fitted to these points, or None."""
    least = FEWEST[method]
    if len(points.names) < least:
        return f"控制点只有 {len(points.names)} 个，至少要 {least} 个", f"{len(points.names)} control points; at least {least} are needed"
    if len(np.unique(points.source, axis=0)) < len(points.names) or len(np.unique(points.target, axis=0)) < len(points.names):
        return "有重复的控制点", "a control point stands twice"
    for side in (points.source, points.target):
        length, width = np.linalg.svd(side - side.mean(axis=0), compute_uv=False)
        if width < LEAST_WIDTH * length:
            return "控制点几乎在一条直线上，直线之外无法检核", "the control points lie nearly on a line; nothing is known beside it"
    return None


def _fit(method: str, points: Points, pipeline: str, parameters: dict[str, float], refit: Callable[[Points], str],
         measured: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Fit:
    left_out = []
    for at in range(len(points.names)):
        placed = apply(refit(points.without(at)), points.source[at:at + 1])
        left_out.append(measured(placed, points.target[at:at + 1])[0])
    residuals = measured(apply(pipeline, points.source), points.target)
    expected = float(np.sqrt((np.array(left_out) ** 2).sum(axis=1).mean()))
    return Fit(method, pipeline, parameters, points.names, residuals, expected)


def apply(pipeline: str, xy: np.ndarray) -> np.ndarray:
    """Coordinates through a PROJ pipeline."""
    return np.column_stack(Transformer.from_pipeline(pipeline).transform(xy[:, 0], xy[:, 1]))


def _similar(points: Points) -> np.ndarray:
    """(a, b, tE, tN), solved about the centres, since squares of coordinates of millions eat the digits."""
    source, target = points.source - points.source.mean(axis=0), points.target - points.target.mean(axis=0)
    square = (source ** 2).sum()
    a = (source * target).sum() / square
    b = (source[:, 0] * target[:, 1] - source[:, 1] * target[:, 0]).sum() / square
    (x, y), (east, north) = points.source.mean(axis=0), points.target.mean(axis=0)
    return np.array([a, b, east - a * x + b * y, north - b * x - a * y])


def _affine(found: np.ndarray) -> str:
    a, b, east, north = (float(v) for v in found)
    return f"+proj=affine +xoff={east!r} +yoff={north!r} +s11={a!r} +s12={-b!r} +s21={b!r} +s22={a!r}"


def _bursa_wolf(points: Points, to_degrees: Callable[[np.ndarray], np.ndarray], ellipsoid: str) -> dict[str, float]:
    """dx … s by least squares about the centre of the points: about the earth's, a city's points tell too little."""
    one, two = _geocentric(to_degrees(points.source), ellipsoid), _geocentric(points.target, "+ellps=GRS80")
    centre = one.mean(axis=0)
    x, y, z = ((one - centre) / 6.4e6).T
    zero, unit = np.zeros(len(x)), np.ones(len(x))
    rows = np.stack([np.column_stack([unit, zero, zero, zero, z, -y, x]), np.column_stack([zero, unit, zero, -z, zero, x, y]),
                     np.column_stack([zero, zero, unit, y, -x, zero, z])], axis=1).reshape(-1, 7)
    solved = np.linalg.lstsq(rows, (two - one).reshape(-1), rcond=None)[0]
    rx, ry, rz, s = solved[3:] / 6.4e6
    turned = np.array([[s, -rz, ry], [rz, s, -rx], [-ry, rx, s]])
    dx, dy, dz = solved[:3] - turned @ centre
    said = (dx, dy, dz, rx / _ARCSECOND, ry / _ARCSECOND, rz / _ARCSECOND, s * 1e6)
    return dict(zip(("dx", "dy", "dz", "rx", "ry", "rz", "s"), map(float, said), strict=True))


def _geocentric(degrees: np.ndarray, ellipsoid: str) -> np.ndarray:
    made = Transformer.from_pipeline("+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
                                     f"+step +proj=cart {ellipsoid}")
    return np.column_stack(made.transform(degrees[:, 0], degrees[:, 1], np.zeros(len(degrees))))


def _plane(placed: np.ndarray, target: np.ndarray) -> np.ndarray:
    return target - placed


def _on_ground(placed: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Metres between places in degrees, in the zone they lie in."""
    metres = geo.transformer(geo.STORED, geo.working_srid(float(target[:, 0].mean()), float(target[:, 1].mean())))
    return np.column_stack(metres.transform(target[:, 0], target[:, 1])) - \
        np.column_stack(metres.transform(placed[:, 0], placed[:, 1]))
