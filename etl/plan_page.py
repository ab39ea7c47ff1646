"""A plan as one page that needs nothing else: counts, a map of the changes, fields, conflicts, samples, refusals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection

from etl.report import plain
from registry import catalogue, moment
from registry.kinds import FeatureKind, Label
from registry.store import plan_rows
from registry.store.plans import Plan

NAME = "plan.html"
VERDICTS = {"new": ("新增", "insert"), "changed": ("修改", "update"), "missing": ("删除", "delete")}
COUNTED = (("new", *VERDICTS["new"], "new"), ("changed", *VERDICTS["changed"], "changed"), ("same", "不变", "same", "same"),
           ("missing", *VERDICTS["missing"], "deleted"), ("refused", "拒收", "refused", "refused"),
           ("conflict", "冲突", "conflicts", "conflicts"))
WIDTH, HEIGHT, MARGIN = 960, 640, 20  # of the drawing
REFUSALS = 50  # listed; the reject file has all


def page(conn: Connection, plan: Plan) -> str:
    """The HTML of a plan; Chinese first, English beside."""
    kind = catalogue.load().kind(plan.kind)
    names = {f.key: f.title for f in kind.fields} | {"geometry": Label("几何", "geometry")}
    told = plan.report["plan"] or {}
    import jinja2  # a load that is written at once has no page

    folder = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    templates = jinja2.Environment(loader=folder, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return templates.get_template("plan.html").render(
        plan=plan, title=kind.title, counts=[(c, zh, en, plan.counts[key]) for c, zh, en, key in COUNTED], map=drawing(conn, plan),
        names=names, value=partial(_value, kind), samples=told.get("samples", []), seconds=told.get("seconds"), verdicts=VERDICTS,
        problems={code: plain(code) for code in plan.report["problems"]},
        refusals=[e for e in plan.report["examples"] if e["refuses"]][:REFUSALS], facts=list(_facts(plan)))


def drawing(conn: Connection, plan: Plan) -> dict[str, Any]:
    """Districts as SVG paths and changes as dots, on a drawing of 960 × 640 at most."""
    count = {verdict: plan.counts[key] for verdict, _, _, key in COUNTED if verdict in VERDICTS}
    dots = {verdict: plan_rows.points(conn, plan.differences, verdict, n) for verdict, n in count.items()}
    outline = [(name, shape) for name, shape in plan_rows.outline(conn, plan.city) if shape is not None and not shape.is_empty]
    every = [p for some in dots.values() for p in some] + [c for _, s in outline for c in (s.bounds[:2], s.bounds[2:])]
    place = _Place(every or [(0.0, 0.0)])
    return {"width": round(place.width), "height": round(place.height),
            "outline": [{"name": name, "path": place.path(s), **dict(zip("xy", place(*s.representative_point().coords[0]), strict=True))}
                        for name, s in outline],
            "dots": [(verdict, [place(x, y) for x, y in some]) for verdict, some in dots.items()],
            "every": max((-(-n // plan_rows.DRAWN) for n in count.values()), default=1) if max(count.values()) > plan_rows.DRAWN else None}


class _Place:
    """From lon/lat to the drawing: degrees of longitude are shortened as they are at that latitude."""

    def __init__(self, points: list[tuple[float, float]]) -> None:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        self.west, self.north = min(xs), max(ys)
        self.shorten = math.cos(math.radians((min(ys) + max(ys)) / 2))
        wide, high = max((max(xs) - self.west) * self.shorten, 1e-4), max(self.north - min(ys), 1e-4)
        self.scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
        self.width, self.height = wide * self.scale + 2 * MARGIN, high * self.scale + 2 * MARGIN

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        return (round(MARGIN + (x - self.west) * self.shorten * self.scale, 1),
                round(MARGIN + (self.north - y) * self.scale, 1))

    def path(self, shape: Any) -> str:
        """Every ring of a shape."""
        rings = shapely.get_rings(shapely.get_parts(shape))
        return "".join("M" + "L".join("{} {}".format(*self(x, y)) for x, y in shapely.get_coordinates(ring)) + "Z" for ring in rings)


def _value(kind: FeatureKind, field: str, said: Any) -> str:
    """A value as people read it: a code by its title."""
    codes = kind.by_key[field].codes if field in kind.by_key else None
    if codes is not None:
        said = next((c.title.zh for c in codes.codes if c.value == said), said)
    return "—" if said is None else "是 yes" if said is True else "否 no" if said is False else str(said)


def _facts(plan: Plan) -> Iterator[tuple[str, str, str]]:
    told = plan.report
    yield "城市", "city", plan.city
    yield "来源", "source", plan.source
    yield "SHA-256", "", plan.source_sha256
    yield "操作人", "actor", plan.actor
    yield "原因", "reason", plan.reason
    yield "比对时间", "compared at", moment.local(plan.created_at)
    yield "程序", "program", plan.code_version
    for zh, en, key in (("编码", "encoding", "encoding"), ("坐标系", "CRS", "crs")):
        if told[key]:
            yield zh, en, f"{told[key]['name']}（{told[key]['evidence']['zh']} · {told[key]['evidence']['en']}）"
    yield "列", "columns", "，".join(f"{column} → {field}" for field, column in told["columns"]["mapped"].items())
