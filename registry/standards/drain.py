"""Drains by CJJ 181: the defects of a stretch into S, F and G, and with place, size and soil into RI and MI; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import BadValue
from registry.standards import numbers
from registry.standards.bands import at_least, at_most, step
from registry.standards.numbers import Table

FAMILY = "drain"
LEVELS = ("I", "II", "III", "IV")
MEDIA = ("drainage", "rain", "sewage", "combined")  # what a pipe carries that the standard is for
STRUCTURAL, FUNCTIONAL = "structural", "functional"
DENSITIES = ("local", "partial", "whole")


@dataclass(frozen=True)
class Defect:
    """One defect of a stretch. level: 1–4. at_m: metres from the starting manhole; length_m: along the pipe, 0 for a point."""

    code: str
    level: int
    at_m: float
    length_m: float = 0.0


@dataclass(frozen=True)
class Stretch:
    """What the defects of one kind (structural or functional) come to, over a stretch from manhole to manhole.

    mean: S (functional: Y). worst: the largest score. value: F (functional: G). density: S_M, None without defects.
    level: Ⅰ–Ⅳ of `value`.
    """

    kind: str
    mean: float
    worst: float
    value: float
    density: float | None
    level: str
    counted: int


def table(edition: str | None = None) -> Table:
    """The table of this edition, else the default one."""
    return numbers.table(FAMILY, edition)


def kind_of(code: str, edition: str | None = None) -> str:
    """`structural` or `functional`; BadValue for a code that the standard does not have."""
    said = table(edition).data
    for kind in (STRUCTURAL, FUNCTIONAL):
        if code in _codes(said, kind):
            return kind
    known = ", ".join((*_codes(said, STRUCTURAL), *_codes(said, FUNCTIONAL)))
    raise BadValue(name="code", value=code[:20], why_zh=f"没有这种缺陷；可用：{known}", why_en=f"no such defect; known: {known}")


def score(defect: Defect, edition: str | None = None) -> float | None:
    """P of a defect by its code and level; None for what is recorded and not computed (浮渣). BadValue: no such level."""
    scores = table(edition).data[kind_of(defect.code, edition)][defect.code]["scores"]
    if not scores:
        return None
    if not 1 <= defect.level <= len(scores):
        raise BadValue(name=defect.code, value=defect.level, why_zh=f"等级应为 1～{len(scores)}",
                       why_en=f"its level is 1 to {len(scores)}")
    return float(scores[defect.level - 1])


def level_of(code: str, measured: float, edition: str | None = None) -> int | None:
    """The level of a defect by what was measured (percent of the diameter or section; wall thicknesses for 错口).

    An upper bound belongs to its level. None where the standard tells the level by the look of it.
    """
    upper = table(edition).data[kind_of(code, edition)][code].get("upper")
    return step(measured, upper) + 1 if upper else None


def assess(defects: Iterable[Defect], length_m: float, kind: str = STRUCTURAL, edition: str | None = None) -> Stretch:
    """The indices of a stretch that was inspected over `length_m` metres; no defects: F = 0, Ⅰ.

    A stretch that was not inspected has none of this: ask only of those that were. BadValue: length, place or level.
    """
    if not length_m > 0:
        raise BadValue(name="length_m", value=length_m, why_zh="应大于 0", why_en="it must be above 0")
    said = table(edition).data
    own = [d for d in defects if kind_of(d.code, edition) == kind and score(d, edition) is not None]
    groups = _groups(own, said["spacing"], edition)
    if not groups:
        return Stretch(kind, 0.0, 0.0, 0.0, None, LEVELS[0], 0)
    weighted = [(said["spacing"]["alpha"] if near else 1.0) * points for points, _, near in groups]
    mean = sum(weighted) / len(groups)
    worst = max(points for points, _, _ in groups)
    value = min(max(worst, mean), float(said["spacing"]["most"]))
    density = sum(w * long for w, (_, long, _) in zip(weighted, groups, strict=True)) / (mean * length_m)
    return Stretch(kind, mean, worst, value, density, level_of_value(value, edition), len(groups))


def level_of_value(value: float, edition: str | None = None) -> str:
    """Ⅰ–Ⅳ of an F or G; an edge belongs to the milder level."""
    return LEVELS[step(value, table(edition).data["class"]["upper"])]


def density_class(density: float | None, edition: str | None = None) -> str | None:
    """`local` below 0.1, `partial` up to 0.5, `whole` beyond."""
    if density is None:
        return None
    low, high = table(edition).data["density"]["upper"]
    return DENSITIES[0] if not at_least(density, low) else DENSITIES[1] if at_most(density, high) else DENSITIES[2]


def place_points(place: str, edition: str | None = None) -> float:
    """K: 10 in centres and beside important buildings, 6 trunk roads, 3 other traffic, 0 elsewhere."""
    return _point("place", place, edition)


def soil_points(soil: str, edition: str | None = None) -> float:
    """T by the soil that the pipe lies in."""
    return _point("soil", soil, edition)


def size_points(diameter_mm: float, edition: str | None = None) -> float:
    """E by the diameter in mm: above 1500: 10, above 1000: 6, from 600: 3, else 0."""
    said = table(edition).data["size"]
    for above, points in said["above_mm"]:
        if diameter_mm > above:
            return float(points)
    least, points = said["least_mm"]
    return float(points) if diameter_mm >= least else 0.0


def repair_index(f: float, k: float, e: float, t: float, edition: str | None = None) -> float:
    """RI = 0.7F + 0.1K + 0.05E + 0.15T; K and E are 0 while F is below 4."""
    said = table(edition).data["repair"]
    k, e = (k, e) if at_least(f, said["counts_from_f"]) else (0.0, 0.0)
    w = said["structural"]
    return w["f"] * f + w["k"] * k + w["e"] * e + w["t"] * t


def maintenance_index(g: float, k: float, e: float, edition: str | None = None) -> float:
    """MI = 0.8G + 0.15K + 0.05E; K and E are 0 while G is below 4."""
    said = table(edition).data["repair"]
    k, e = (k, e) if at_least(g, said["counts_from_f"]) else (0.0, 0.0)
    w = said["functional"]
    return w["g"] * g + w["k"] * k + w["e"] * e


def repair_level(index: float | None, edition: str | None = None) -> str | None:
    """Ⅰ–Ⅳ of an RI or MI; None for a stretch that was not inspected."""
    return None if index is None else LEVELS[step(index, table(edition).data["repair"]["upper"])]


# -- inside --------------------------------------------------------------------------------------
def _codes(said: Mapping[str, Any], kind: str) -> list[str]:
    return [code for code, entry in said[kind].items() if isinstance(entry, dict)]


def _point(name: str, key: str, edition: str | None) -> float:
    said = {k: v for k, v in table(edition).data[name].items() if k not in ("clause", "confidence")}
    if key not in said:
        known = ", ".join(said)
        raise BadValue(name=name, value=str(key)[:40], why_zh=f"可用：{known}", why_en=f"known: {known}")
    return float(said[key])


def _groups(defects: Sequence[Defect], spacing: Mapping[str, Any], edition: str | None) -> list[tuple[float, float, bool]]:
    """(points, length in m, whether its nearest neighbour is within 1.5 m) of each group of defects along the pipe.

    Defects up to 1.0 m apart make one, whose points are added and end at 10: without that end F grows beyond its scale.
    """
    made: list[list[float]] = []  # points, start, end, length
    for defect in sorted(defects, key=lambda d: (d.at_m, d.at_m + d.length_m)):
        if not defect.at_m >= 0 or not defect.length_m >= 0:
            raise BadValue(name=defect.code, value=defect.at_m, why_zh="位置和长度不能为负",
                           why_en="place and length must not be negative")
        points, end = score(defect, edition) or 0.0, defect.at_m + defect.length_m
        long = max(defect.length_m, spacing["point_m"])
        if made and at_most(defect.at_m - made[-1][2], spacing["merged_m"]):
            last = made[-1]
            last[0] = min(last[0] + points, float(spacing["most"]))
            last[3] = max(last[3], end - last[1], long)
            last[2] = max(last[2], end)
        else:
            made.append([points, defect.at_m, end, long])
    gaps = [b[1] - a[2] for a, b in zip(made, made[1:], strict=False)]
    near = [any(at_most(g, spacing["near_m"]) for g in gaps[max(0, n - 1):n + 1]) for n in range(len(made))]
    return [(points, long, close) for (points, _, _, long), close in zip(made, near, strict=True)]
