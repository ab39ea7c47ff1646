"""Candidates that somebody names: the rows of a class or zone kind as they are seen, or a file of theirs."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from registry import catalogue, geo
from registry.coverage.siting import kinds
from registry.coverage.siting.ask import Ask, wrong
from registry.coverage.siting.candidates import Candidates, drawn
from registry.coverage.siting.facility import Facility
from registry.coverage.straight import Run
from registry.cql import queryables
from registry.db.columns import read
from registry.db.fragments import Fragment
from registry.errors import BadFile, NeedsAnswer
from registry.kinds import FeatureKind, FieldProblem
from registry.kinds.problems import sentence
from registry.scope import Sight
from registry.store.cities import City
from registry.store.query import Query, condition
from registry.store.rows import fetch

MOST = 20_000  # candidates of one question
FAR_M = 50_000.0  # no facility serves farther, see Ask.radius_m
ID_COLUMNS = ("id", "code", "编号", "编码")
NAME_COLUMNS = ("name", "名称")


def kind(name: str, key: str, sight: Sight) -> FeatureKind:
    """The class or zone kind as it is seen; BadValue of the parameter `name` says which there are."""
    known = {k.key: k for k in catalogue.load().kinds if sight.sees(k)}
    if key not in known:
        shown = ", ".join(known)
        raise wrong(name, key, f"没有这个类别；可用：{shown}", f"no such class or zone kind; known: {shown}")
    return sight.seen(known[key])


def of_registry(run: Run, ask: Ask, facility: Facility, sight: Sight) -> Candidates:
    """The rows of `ask.candidates` that fit `ask.where`; ids are those of the registry. BadValue.

    Of the class that the rule counts, each serves by its own fields, and parts of one code are one facility.
    """
    city = run.city
    found = kind("candidates", str(ask.candidates), sight)
    query = Query(found, city.key, equals=_equals(found, ask), sight=sight,
                  during=(sight.today, sight.today) if found.table == "zone" else None)
    where, params = condition(query)
    cost = Fragment(read(_cost_field(found, ask.cost)) if ask.cost else "1")
    own = kinds.of_rule(run, found)
    rows = fetch(run.conn, f"SELECT a.id, a.name, ST_AsBinary(ST_Transform(a.geom, %(srid)s)) AS shape, CAST({cost.driver} AS float8) AS cost, "
                 f"{own.columns} FROM {query.source} a WHERE {where} ORDER BY a.id LIMIT {MOST + 1}",
                 {**params, **own.values, "srid": city.srid}, keep=False)
    _check_count(len(rows))
    rows, others = own.united([kinds.Row(*r) for r in rows])
    shapes, radius = drawn([r.shape for r in rows], facility, own.fits(rows))
    named = "name" in found.by_column
    made = Candidates([str(r.id) for r in rows], shapes, radius, np.array([_number(r.cost) for r in rows], dtype=float), found.key,
                      [r.name if named else None for r in rows],
                      [f"/collections/{found.key}/items/{r.id}?city={city.key}" for r in rows], left_out=Counter(others))
    return made.only(~shapely.is_empty(made.shapes), "no_geometry")


def _equals(found: FeatureKind, ask: Ask) -> dict[str, tuple[Any, ...]]:
    known = {q.key: q for q in queryables(found).values() if q.simple and q.field}
    made: dict[str, tuple[Any, ...]] = {}
    for name, values in ask.where.items():
        if name not in known:
            shown = ", ".join(known)
            raise wrong("where", name, f"没有字段 {name[:40]}；可用：{shown}", f"no field {name[:40]}; known: {shown}")
        asked = known[name].field
        assert asked is not None
        try:
            made[name] = tuple(None if v in ("", "unknown") and not (asked.codes and v in asked.codes.values) else asked.parse(v)[0]
                               for v in values)
        except FieldProblem as problem:
            raise wrong("where", f"{name}:{','.join(values)}", sentence(problem.code, "zh", **problem.facts),
                        sentence(problem.code, "en", **problem.facts)) from None
    return made


def _cost_field(found: FeatureKind, name: str) -> Any:
    numbers = {f.key: f for f in found.fields if f.type in ("integer", "number")}
    if name not in numbers:
        shown = ", ".join(numbers) or "-"
        raise wrong("cost", name, f"没有这个数字字段；可用：{shown}", f"no such number field; known: {shown}")
    return numbers[name]


def of_file(file: Path, city: City, ask: Ask, facility: Facility) -> Candidates:
    """The features of a GeoJSON, GeoPackage or other vector file. BadFile, NeedsAnswer (a CRS that is none of ours)."""
    frame = _frame(file, city)
    _check_count(len(frame))
    ids = _column(frame, ID_COLUMNS)
    keys = [str(n + 1) for n in range(len(frame))] if ids is None else [str(v) for v in ids]
    if len(set(keys)) < len(keys):
        raise BadFile(file=str(file), why_zh="有两个备选点的编号相同", why_en="two candidates have the same id")
    names = _column(frame, NAME_COLUMNS)
    if ask.cost and ask.cost not in frame.columns:
        raise wrong("cost", ask.cost, "文件中没有这个字段", "the file has no such field")
    cost = np.array([_number(v) for v in frame[ask.cost]], dtype=float) if ask.cost else np.ones(len(frame))
    shapes, radius = drawn(facility.stored(np.asarray(frame.geometry.array, dtype=object)), facility)
    made = Candidates(keys, shapes, radius, cost, file.name, [None if v is None else str(v) for v in names]
                      if names is not None else [None] * len(keys), [None] * len(keys))
    made = made.only(~_abroad(np.asarray(frame.geometry.array, dtype=object), city), "outside_city")
    return made.only(~shapely.is_empty(made.shapes), "no_geometry")


def polygons(file: Path, city: City) -> shapely.Geometry:
    """All of a file as one shape in the working CRS."""
    return shapely.union_all(shapely.make_valid(np.asarray(_frame(file, city).geometry.array, dtype=object)))


def _abroad(shapes: np.ndarray, city: City) -> np.ndarray:
    """What lies FAR_M beyond the box of the city (working CRS), where it serves nobody."""
    if city.extent is None or city.extent.is_empty:
        return np.zeros(len(shapes), dtype=bool)
    way = geo.transformer(geo.STORED, city.srid)
    xy = np.column_stack(way.transform(*shapely.get_coordinates(shapely.segmentize(shapely.box(*city.extent.bounds), 0.1)).T))
    near = shapely.buffer(shapely.box(*xy.min(axis=0), *xy.max(axis=0)), FAR_M)
    found: np.ndarray = ~shapely.intersects(near, shapes) & ~shapely.is_empty(shapes)
    return found


def _frame(file: Path, city: City) -> Any:
    import geopandas  # with pandas half a second at each start, and few bring a file

    try:
        frame = geopandas.read_file(file)
    except Exception as error:  # whatever a driver says of a file is about the file
        raise BadFile(file=str(file), why_zh="读不出（应为 GeoJSON、GeoPackage 等矢量文件）",
                      why_en="cannot be read (a GeoJSON, GeoPackage or other vector file is needed)") from error
    if not isinstance(frame, geopandas.GeoDataFrame) or frame.empty:
        raise BadFile(file=str(file), why_zh="没有要素", why_en="there are no features")
    if frame.crs is None or geo.old_datum(frame.crs):
        raise NeedsAnswer(file=str(file), why_zh="没有坐标系，或是 1954/1980 年的旧基准；请先转到 CGCS2000",
                          why_en="it has no CRS, or one of the old datums; transform it to CGCS2000 first")
    way = geo.transformer(frame.crs.to_wkt(), city.srid)
    shapes = shapely.transform(shapely.force_2d(np.asarray(frame.geometry.array, dtype=object)),
                               lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise BadFile(file=str(file), why_zh="有坐标不在其坐标系的范围内", why_en="some coordinates lie outside its CRS")
    return frame.set_geometry(geopandas.GeoSeries(list(shapes), index=frame.index, crs=city.srid))


def _column(frame: Any, names: tuple[str, ...]) -> Any:
    return next((frame[n] for n in names if n in frame.columns), None)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _check_count(count: int) -> None:
    if count > MOST:
        raise wrong("candidates", count, f"备选点超过 {MOST:,} 个", f"more than {MOST:,} candidates")
