"""Ways to CGCS2000 that PROJ does not know by itself: back from shifted maps, and by local parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from etl import control, sizes
from etl.control import Fit, Points
from etl.layer import Note
from etl.parameters import Datum
from registry import geo
from registry.shifted import Shifted

WIDEST_PPM = 10_000   # beyond one part in a hundred a scale is a wrong unit or a wrong point
BESIDE = 0.2          # of the points' extent: so far beyond them a fit is trusted
FEW_BESIDE = 0.05     # share of the shapes that may lie farther
Step = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Way:
    """Coordinates of a file (x = easting or longitude) to degrees of EPSG:4490.

    name: of the system it starts from. facts: what the batch keeps. accuracy_m: as told or estimated, None: unknown.
    """

    name: str
    steps: tuple[Step, ...]
    zh: str
    en: str
    facts: dict[str, Any]
    accuracy_m: float | None = None
    reach: Any = None                      # where the control points lie, in the file's coordinates
    notes: tuple[Note, ...] = field(default=())

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        for step in self.steps:
            xy = step(xy)
        return xy

    def beyond(self, xy: np.ndarray) -> float:
        """Share of the coordinates that lie where no control point vouches for the fit."""
        if self.reach is None or not len(xy):
            return 0.0
        return float(1 - shapely.intersects_xy(self.reach, xy[:, 0], xy[:, 1]).mean())


def unshifted(shift: Shifted) -> Way:
    """Back from GCJ-02 or BD-09."""
    return Way(shift.key, (shift.back,), f"{shift.zh}，迭代反算为 CGCS2000", f"{shift.en}, taken back to CGCS2000 by iteration",
               {"method": "shifted", "derived_from": shift.key, "accuracy_m": shift.accuracy_m}, shift.accuracy_m,
               notes=((f"坐标由 {shift.key} 反算而来，估计精度约 {shift.accuracy_m:g} 米，不是测量成果",
                       f"the coordinates are derived from {shift.key}: accurate to about {shift.accuracy_m:g} m, no survey"),))


def by_parameters(datum: Datum, source: CRS | None, name: str, working: int | None) -> Way:
    """The way that a person's parameters give. `source`: CRS of the file's coordinates, None for a plane without one;
    working: CRS of the city, of which bare control points may be."""
    if datum.helmert is not None:
        return _helmert(datum, source, name)
    if datum.pipeline is not None:
        return _pipeline(datum, name)
    assert datum.points is not None
    return _fitted(datum, datum.points, source, name, working)


def _helmert(datum: Datum, source: CRS | None, name: str) -> Way:
    assert datum.helmert is not None
    if source is None or source.geodetic_crs is None:
        raise datum.wrong("七参数要知道源坐标系（椭球和投影）：请写 from，例如 from = \"EPSG:2437\"",
                          "seven parameters need the CRS they start from (ellipsoid and projection): tell it with from, "
                          "for example from = \"EPSG:2437\"")
    pipeline = control.seven(datum.helmert, control.ellipsoid_of(source), datum.convention)
    told = ", ".join(f"{k} {v:g}" for k, v in datum.helmert.items())
    facts = {"method": "helmert", "parameters": datum.helmert, "convention": datum.convention, "pipeline": pipeline}
    return _made(datum, name, (control.in_degrees(source), _projected(datum, pipeline)),
                 f"七参数（{told}；米、角秒、ppm；{datum.convention}）",
                 f"seven parameters ({told}; metres, arc-seconds, ppm; {datum.convention})", facts)


def _pipeline(datum: Datum, name: str) -> Way:
    assert datum.pipeline is not None
    steps: tuple[Step, ...] = (_projected(datum, datum.pipeline),)
    to = geo.crs(datum.to or geo.STORED)
    if to.to_epsg() != geo.STORED:
        steps += (_stored(to),)
    return _made(datum, name, steps, f"PROJ 管线，到 {to.name}", f"PROJ pipeline, to {to.name}",
                 {"method": "pipeline", "pipeline": datum.pipeline, "to": to.name})


def _fitted(datum: Datum, points: Points, source: CRS | None, name: str, working: int | None) -> Way:
    to = _target(datum, points, working)
    weak = control.weakness(points, datum.method)
    if weak is not None:
        raise datum.wrong(*weak)
    steps: tuple[Step, ...]
    if datum.method == "helmert":
        if source is None or source.geodetic_crs is None:
            raise datum.wrong("拟合七参数要知道源坐标系：请写 from", "to fit seven parameters the CRS they start from is needed: tell it with from")
        degrees = _stored(to)(points.target) if to.to_epsg() != geo.STORED else points.target
        points = Points(points.names, points.source, degrees)
        fit = control.helmert(points, source)
        steps = (control.in_degrees(source), _projected(datum, fit.pipeline))
        to = geo.crs(geo.STORED)
    else:
        if source is not None and source.is_geographic:
            raise datum.wrong("四参数是平面到平面的，源坐标却是经纬度；请用 method = \"helmert\"",
                              "a similarity leads from plane to plane, yet the source is in degrees; use method = \"helmert\"")
        if to.is_geographic:
            plane = geo.working_srid(*(float(v) for v in np.median(points.target, axis=0)))
            target = np.column_stack(geo.transformer(to.to_wkt(), plane).transform(*points.target.T))
            points, to = Points(points.names, points.source, target), geo.crs(plane)
        fit = control.similarity(points)
        steps = (_projected(datum, fit.pipeline), _stored(to))
    _sound(datum, points, fit)
    zh, en = ("七参数", "seven parameters") if fit.method == "helmert" else ("四参数相似变换", "similarity of four parameters")
    hull = shapely.convex_hull(shapely.multipoints(points.source))
    made = _made(datum, name, steps, f"由 {len(points.names)} 个控制点拟合的{zh}，到 {to.name}",
                 f"{en} fitted to {len(points.names)} control points, to {to.name}", {**fit.as_dict(), "to": to.name},
                 fit.accuracy_m, (_told(fit),))
    return Way(**{**made.__dict__, "reach": hull.buffer(BESIDE * float(np.ptp(points.source, axis=0).max()))})


def _sound(datum: Datum, points: Points, fit: Fit) -> None:
    """Refuse a fit beyond the limit, and name what does not fit."""
    point, most = fit.worst
    if fit.rms_m > datum.limit_m:
        zh = en = ""
        if fit.method == "similarity" and control.similarity(
                Points(points.names, points.source[:, ::-1], points.target)).rms_m <= datum.limit_m:
            zh, en = "；源坐标像是先北后东，请对调", "; the source coordinates seem to stand north before east: swap them"
        raise datum.wrong(f"拟合不好：中误差 {fit.rms_m:.3f} 米，超过限差 {datum.limit_m:g} 米（limit_m）；残差最大的是 {point}，{most:.3f} 米"
                          f"；残差（东 北，米）：{fit.listed()}{zh}",
                          f"the fit is poor: RMS {fit.rms_m:.3f} m, over the limit of {datum.limit_m:g} m (limit_m); the worst is "
                          f"{point}, {most:.3f} m; residuals (east north, m): {fit.listed()}{en}")
    scale = fit.parameters.get("scale_ppm", fit.parameters.get("s", 0.0))
    if abs(scale) > WIDEST_PPM:
        raise datum.wrong(f"拟合的尺度偏差达 {scale / 1e4:.1f}%，单位或点位不对", f"the fitted scale is off by {scale / 1e4:.1f} %: wrong "
                                                                     "units or points")


def _target(datum: Datum, points: Points, working: int | None) -> CRS:
    """The CRS that control points lead to: as told, or by the size of their coordinates where that is plain."""
    if datum.to is not None:
        return geo.crs(datum.to)
    found = {g.srid for g in sizes.guesses(points.target, working) if not g.swap}
    if len(found) != 1:
        raise datum.wrong("看不出目标坐标是什么坐标系；请在 .toml 里写 points 和 to，例如 to = \"EPSG:4549\"",
                          "the CRS of the target coordinates cannot be told; in a .toml, name it with to beside points, for example to = \"EPSG:4549\"")
    return geo.crs(found.pop())


def _projected(datum: Datum, pipeline: str) -> Step:
    try:
        made = Transformer.from_pipeline(pipeline)
    except ProjError as error:
        raise datum.wrong(f"PROJ 不认识这条管线：{error}", f"PROJ does not know this pipeline: {error}") from None
    return lambda xy: np.column_stack(made.transform(xy[:, 0], xy[:, 1]))


def _stored(source: CRS) -> Step:
    made = geo.transformer(source.to_wkt(), geo.STORED)
    return lambda xy: np.column_stack(made.transform(xy[:, 0], xy[:, 1]))


def _told(fit: Fit) -> Note:
    point, most = fit.worst
    parameters = ", ".join(f"{k} {v:.10g}" for k, v in fit.parameters.items())
    return (f"坐标转换参数：{parameters}；中误差 {fit.rms_m:.3f} 米，最大残差 {most:.3f} 米（{point}），估计精度 {fit.accuracy_m:.3f} 米"
            f"（逐点剔除检核）；残差（东 北，米）：{fit.listed()}",
            f"parameters: {parameters}; RMS {fit.rms_m:.3f} m, largest residual {most:.3f} m ({point}), estimated accuracy "
            f"{fit.accuracy_m:.3f} m (each point judged by the others); residuals (east north, m): {fit.listed()}")


def _made(datum: Datum, name: str, steps: tuple[Step, ...], zh: str, en: str, facts: dict[str, Any],
          estimated_m: float | None = None, notes: tuple[Note, ...] = ()) -> Way:
    accuracy = datum.accuracy_m if datum.accuracy_m is not None else estimated_m
    if accuracy is None:
        notes += (("转换参数由用户给出，没有说明精度（accuracy_m），精度未知", "the parameters are the user's and tell no accuracy "
                                                             "(accuracy_m): it is unknown"),)
    elif estimated_m is None:
        notes += ((f"坐标转换的精度按用户所说：{accuracy:g} 米", f"accuracy of the transformation as told by the user: {accuracy:g} m"),)
    return Way(name, steps, zh, en, {**facts, "parameters_from": datum.file.name, "said_by": datum.said_by,
                                     "accuracy_m": None if accuracy is None else round(accuracy, 4)}, accuracy, None, notes)
