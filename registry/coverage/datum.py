"""The datum guard: whether facilities and land are of one datum with the roads, tried before a figure is filed.

GCJ-02 and BD-09 shift a place by 300–1,200 m, which hardly moves the rate of a city and yet decides for a quarter of its
land. A layer that lies badly on the roads as it is stored, and well when taken back from a public map's coordinates (or the
roads when shifted like them), is of another datum than the roads; `registry.coverage.fit` has the measures. The roads are
checked the same way against survey control points, where the city has any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely

from registry.catalogue import load
from registry.coverage.fit import Outline, Roads, judge
from registry.coverage.network import kept
from registry.coverage.network.graph import Network
from registry.coverage.rules import served
from registry.coverage.straight import Run
from registry.db.fragments import for_text
from registry.errors import MixedDatum
from registry.geometry import from_wkb
from registry.kinds import Label
from registry.store import counted

AGREE, MIXED, UNKNOWN = "agree", "mixed", "unknown"
VERDICTS = {AGREE: Label("与道路同一基准", "of one datum with the roads"), MIXED: Label("与道路不是同一基准", "of another datum than the roads"),
            UNKNOWN: Label("无法判断", "cannot be told")}
WHY = {
    "no_roads": Label("没有道路可以对照", "there are no roads to compare with"),
    "no_layer": Label("没有图形", "there is nothing of it"),
    "too_few": Label("太少，看不出", "too few to tell"),
    "beyond_the_roads": Label("大多在道路数据的范围之外", "most of it lies beyond the roads that are known"),
    "not_shifted_here": Label("这里不在公开地图的偏移范围内", "public maps are not shifted here"),
    "no_clear_fit": Label("与道路看不出关系", "it has no clear relation to the roads"),
}
MOST_SHAPES = 2000  # of a layer, spread evenly over its ids
NO_CONTROL = Label("没有测量控制点，道路本身的基准没有检查", "there are no survey control points: the datum of the roads themselves was not checked")


@dataclass(frozen=True)
class Finding:
    """layers: key, title, verdict and evidence of each; roads: how many lines and metres they were compared with.

    control: the same of survey control points, against which the roads are judged; empty where there are none.
    """

    layers: list[dict[str, Any]]
    roads: dict[str, Any]
    control: list[dict[str, Any]]

    @property
    def verdict(self) -> str:
        """The worst of the layers; unknown is never agreement. Control points that tell nothing are as if there were none."""
        found = {layer["verdict"] for layer in self.layers}
        if any(layer["verdict"] == MIXED for layer in self.control):
            return MIXED
        return MIXED if MIXED in found else AGREE if found == {AGREE} else UNKNOWN

    def as_dict(self) -> dict[str, Any]:
        return {"verdict": self.verdict, "title": VERDICTS[self.verdict].as_dict(), "roads": self.roads, "layers": self._told(self.layers),
                "control": {"layers": self._told(self.control), "note": None if self.control else NO_CONTROL.as_dict()}}

    @staticmethod
    def _told(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"key": layer["key"], "title": layer["title"].as_dict(), "count": layer["count"], "verdict": layer["verdict"],
                 "verdict_title": VERDICTS[layer["verdict"]].as_dict(), "looks_like": layer.get("looks_like"),
                 "why": WHY[layer["why"]].as_dict() if layer["why"] else None, "hypotheses": layer.get("hypotheses", [])}
                for layer in layers]

    def require(self) -> None:
        """MixedDatum, with the evidence, where a layer is of another datum; what cannot be told is no reason to refuse."""
        mixed = [layer for layer in (*self.layers, *self.control) if layer["verdict"] == MIXED]
        if mixed:
            error = MixedDatum(why_zh="；".join(_sentence(layer).zh for layer in mixed), why_en="; ".join(_sentence(layer).en for layer in mixed))
            error.more = {"datum": self.as_dict()}
            raise error


def check(run: Run, network: Network | None = None) -> Finding:
    """Facilities and land of a prepared run against the roads (those of the network, where there is one already).

    Only what a run has in its temporary tables `facility` and `land` is looked at; nothing is written or raised.
    """
    lines = kept.lines(run.conn, run.city, run.sight) if network is None else network.edges
    roads = Roads.of(lines, run.city.srid) if len(lines) else None
    told = [(run.rule.facility, load().classes[run.rule.facility].title, "facility"),
            (run.rule.denominator, served(run.rule).title, "land")]
    layers = [{"key": key, "title": title, **_layer(run, table, roads)} for key, title, table in told]
    return Finding(layers, {"lines": len(lines), "length_m": float(shapely.length(lines).sum()) if len(lines) else 0.0}, _control(run, roads))


# -- inside --------------------------------------------------------------------------------------
def _layer(run: Run, table: str, roads: Roads | None) -> dict[str, Any]:
    rows = run.run("datum_shapes", fragments={"table": run.table(table)}, most=MOST_SHAPES).all()
    return _judged(rows, roads) if rows else {"count": 0, "verdict": UNKNOWN, "why": "no_layer"}


def _control(run: Run, roads: Roads | None) -> list[dict[str, Any]]:
    """The control points that are seen whole, class by class; none of a class without any."""
    found = []
    for cls in (c for c in load().classes.values() if c.control and run.sight.principal.mask(c.key).open):
        seen = run.sight.rows(cls)
        rows = run.run("datum_control", fragments={"assets": seen.text, "gone": for_text(counted.any_of(counted.gone()))}, **{"class": cls.key},
                       city=run.city.key, srid=run.city.srid, today=run.today, most=MOST_SHAPES, **seen.values).all()
        if rows:
            found.append({"key": cls.key, "title": cls.title, **_judged(rows, roads)})
    return found


def _judged(rows: list[Any], roads: Roads | None) -> dict[str, Any]:
    count = rows[0].count
    if roads is None:
        return {"count": count, "verdict": UNKNOWN, "why": "no_roads"}
    shapes = from_wkb(row.shape for row in rows)
    return {"count": count, **judge(Outline.drawn(shapes), roads)}


def _sentence(layer: dict[str, Any]) -> Label:
    side, _, system = layer["looks_like"].partition(":")
    score = {h["key"]: h["score"] for h in layer["hypotheses"]}
    stored, other = score.get("stored"), score[layer["looks_like"]]
    now = (f"{stored:.1f}", f"{stored:.1f}") if stored is not None else ("多在道路范围外", "mostly beyond the roads")
    zh, en = layer["title"].zh, layer["title"].en
    if side == "layer":
        return Label(f"{zh}像是 {system}：与道路的吻合度现为 {now[0]}，从 {system} 反算后为 {other:.1f}（标准差，3.5 以上为吻合）",
                     f"{en} looks like {system}: its fit to the roads is {now[1]} as stored and {other:.1f} taken back from {system} "
                     "(standard deviations; a fit from 3.5 on)")
    return Label(f"道路像是 {system}，而{zh}不是：吻合度现为 {now[0]}，把{zh}偏移成 {system} 后为 {other:.1f}（标准差，3.5 以上为吻合）",
                 f"the roads look like {system} and {en} does not: the fit is {now[1]} as stored and {other:.1f} with {en} shifted to "
                 f"{system} (standard deviations; a fit from 3.5 on)")
