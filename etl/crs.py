"""Which CRS: --crs, the file's own word, the mapping, else what the size of the coordinates tells."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from etl import sizes
from etl.sizes import WGS84, Guess
from registry import geo
from registry.errors import BadValue, NeedsAnswer

NEARLY_ALL = 0.9
MARGIN_DEG = 3.0   # a city may reach over the edge of its zone
FEW = 5            # below so many rows each is judged by itself, not the file
# Shifts of tens to over 100 m to CGCS2000; the parameters are local and classified (standards.md §12.1).
_OLD_DATUMS = {"xian": ("西安 80", "Xi'an 1980"), "beijing": ("北京 54", "Beijing 1954")}
_SHAPES = 5000  # looked at
_FAR = 1e9      # beyond any projection: unset doubles and no-data values


@dataclass(frozen=True)
class Crs:
    """The CRS chosen and why. `swap`: the file has north before east. `target`: what PROJ takes it to."""

    text: str | int
    name: str
    source: str                  # user, file, mapping, heuristic
    evidence_zh: str
    evidence_en: str
    swap: bool = False
    target: int = geo.STORED
    declared: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "source": self.source, "swapped": self.swap, "declared": self.declared,
                "evidence": {"zh": self.evidence_zh, "en": self.evidence_en}}

    def to_stored(self, xy: np.ndarray) -> np.ndarray:
        """Coordinates (n × 2) in EPSG:4490, x = longitude, not yet snapped; what has no place there is inf.

        WGS 84 and CGCS2000 differ by decimetres at most and count as one (§12.1).
        """
        if self.swap:
            xy = xy[:, ::-1]
        if self.text == self.target or len(xy) == 0:
            return np.ascontiguousarray(xy)
        return np.column_stack(_transformer(self.text, self.target).transform(xy[:, 0], xy[:, 1]))


@dataclass(frozen=True)
class Sample:
    """Coordinates of some shapes, and for each the shape it belongs to (in order)."""

    xy: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, shapes: np.ndarray) -> Sample:
        """A sample of a batch; what is no number, and 0, 0 as empty cells become, says nothing."""
        shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        if len(shapes) > _SHAPES:
            shapes = shapes[np.linspace(0, len(shapes) - 1, _SHAPES).astype(int)]
        xy, owner = shapely.get_coordinates(shapes, return_index=True)
        sound = (np.abs(xy) <= _FAR).all(axis=1) & ~(xy == 0).all(axis=1)
        return cls(xy[sound], owner[sound])


def decide(file: str, sample: Sample, *, user: str | None = None, wkt: str | None = None, weak: bool = False,
           mapping: str | None = None, extent: Any = None, working: int | None = None) -> Crs:
    """Choose and check by a sample of shapes. `weak`: nobody chose the file's CRS (GeoJSON's default).

    extent: of the city in EPSG:4490, or None; working: its working CRS, or None for a city not yet known.
    """
    xy = sample.xy
    if user:
        return _checked(file, sample, _named(file, user, "user", xy, "用户指定", "as told by the user"), extent)
    if wkt and not weak:
        return _checked(file, sample, _of_file(file, wkt, xy), extent)
    if mapping:
        return _checked(file, sample, _named(file, mapping, "mapping", xy, "映射文件", "by the mapping"), extent)
    if wkt and sizes.degrees(xy) and not sizes.turned_degrees(xy):
        return _checked(file, sample, _of_file(file, wkt, xy), extent)
    return _checked(file, sample, _by_size(file, sample, extent, working), extent)


# -- the ladder ----------------------------------------------------------------------------------
def _named(file: str, text: str, source: str, xy: np.ndarray, zh: str, en: str) -> Crs:
    found = geo.crs(int(text.rpartition(":")[2]) if text.upper().startswith("EPSG:") and text[5:].isdigit() else text)
    return _settled(file, found, found.to_epsg(), text, source, xy, zh, en)


def _of_file(file: str, wkt: str, xy: np.ndarray) -> Crs:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = CRS.from_wkt(wkt)
            code = found.to_epsg()  # never with a lowered confidence: a local grid then gets a wrong zone
    except (CRSError, ValueError):
        raise NeedsAnswer(file=file, why_zh="坐标系说明（.prj）无法解读；请用 --crs 指明，例如 --crs EPSG:4549",
                          why_en="its CRS (.prj) cannot be understood; tell it with --crs, for example "
                                 "--crs EPSG:4549") from None
    zh, en = "文件声明", "as the file says"
    if code is None:
        zh += "（EPSG 中没有，按其参数换算）"
        en += " (not in EPSG; converted by its own parameters)"
    return _settled(file, found, code, wkt, "file", xy, zh, en)


def _settled(file: str, found: CRS, code: int | None, text: str, source: str, xy: np.ndarray, zh: str,
             en: str) -> Crs:
    """A named CRS, set right where the coordinates show zone prefix or axes otherwise."""
    _usable(file, found)
    label = _label(found, code)
    made = Crs(code or text, label, source, zh, en, target=_target(file, found), declared=label)
    low, high = sizes.span(xy)
    if found.is_geographic:
        if max(abs(low).max(), abs(high).max()) > 361:
            raise NeedsAnswer(file=file, why_zh=f"{zh}，{found.name} 是经纬度，坐标却大到 {max(abs(low).max(), abs(high).max()):.10g}；请用 --crs 指明",
                              why_en=f"{en}; {found.name} is in degrees, yet the coordinates reach "
                                     f"{max(abs(low).max(), abs(high).max()):.10g}; tell the CRS with --crs")
        if not (len(xy) and sizes.turned_degrees(xy)):
            return made
        return replace(made, swap=True, evidence_zh=zh + "；坐标是先纬度后经度，已对调",
                       evidence_en=en + "; latitude stands first, swapped")
    if len(xy) and found.is_projected and max(abs(low).max(), abs(high).max()) <= 361 and \
            found.axis_info[0].unit_conversion_factor < 100:
        raise NeedsAnswer(file=file, why_zh=f"坐标不是 {found.name}（{zh}）：那是投影坐标，这里却都在 ±361 以内，像经纬度；请用 --crs 指明",
                          why_en=f"the coordinates are not {found.name} ({en}): that is projected, yet all of them "
                                 "lie within ±361, like degrees; "
                                 "tell the CRS with --crs")
    other = sizes.sibling(code, low, high) if code else None
    if other is None:
        return made
    right, swap, why = other
    return replace(made, text=right, name=_label(geo.crs(right), right), swap=swap, evidence_zh=f"{zh} {label}；{why[0]}",
                   evidence_en=f"{en} {label}; {why[1]}", target=geo.STORED)


def _by_size(file: str, sample: Sample, extent: Any, working: int | None) -> Crs:
    """The CRS whose coordinates have this size and fall into the city."""
    found = sizes.guesses(sample.xy, working, extent is not None)
    if not found:
        raise _unknown(file, sample.xy)
    scored = [(_share_inside(guess, sample, extent, working), guess) for guess in found]
    best = max(share for share, _ in scored)
    fitting = [guess for share, guess in scored if share == best]
    undecided = len(found) > 1 and (extent is None and working is None or len({g.srid for g in fitting}) > 1)
    if undecided or (best == 0 and (extent is not None or len(found) > 1)):
        names_zh, names_en = "、".join(str(g) for g in found), ", ".join(str(g) for g in found)
        raise NeedsAnswer(file=file, why_zh=f"没有坐标系说明，按坐标大小可能是 {names_zh}，无法断定；请用 --crs 指明",
                          why_en=f"it names no CRS; by size it may be {names_en}, which cannot be told; "
                                 "tell it with --crs")
    guess = fitting[0]
    zh, en = f"没有坐标系说明；{guess.zh}", f"no CRS named; {guess.en}"
    if extent is not None:
        zh += f"，{best:.0%} 落在城市范围内"
        en += f"; {best:.0%} fall into the city"
    return Crs(guess.srid, _label(geo.crs(guess.srid), guess.srid), "heuristic", zh, en, guess.swap,
               target=_target(file, geo.crs(guess.srid)))


def _unknown(file: str, xy: np.ndarray) -> NeedsAnswer:
    low, high = sizes.span(xy)
    digits = 3 if abs(high).max() < 1000 else 0
    x, y = (f"{low[k]:.{digits}f}～{high[k]:.{digits}f}" for k in (0, 1))
    zh, en = f"没有坐标系说明，坐标（x {x}，y {y}）", f"it names no CRS and its coordinates (x {x}, y {y}) "
    if sizes.unprefixed(xy):
        zh += "像不带带号的高斯坐标，不知是哪一带；请用 --crs 指明，例如 --crs EPSG:4549，或先 registry city add"
        en += ("look like Gauss-Kruger without zone prefix; tell the zone with --crs, for example --crs EPSG:4549, "
               "or run registry city add first")
    elif sizes.degrees(xy):
        zh += "可能是国外的经纬度，也可能是地方坐标系；请用 --crs 指明，例如 --crs EPSG:4326"
        en += "may be degrees abroad or a local grid; tell it with --crs, for example --crs EPSG:4326"
    else:
        zh += "像地方坐标系；请先换算为 CGCS2000，或用 --crs 指明"
        en += "look like a local grid; convert it to CGCS2000 first, or tell the CRS with --crs"
    return NeedsAnswer(file=file, why_zh=zh, why_en=en)


def _share_inside(guess: Guess, sample: Sample, extent: Any, working: int | None) -> float:
    """Share of the sample that falls into the city, or near the zone of its working CRS; 1 where neither is known."""
    made = Crs(guess.srid, "", "", "", "", guess.swap, target=_target("", geo.crs(guess.srid)))
    placed = made.to_stored(sample.xy)
    if extent is not None:
        return _inside(placed, sample.owner, extent)
    if working is None:
        return 1.0
    return _in_area(placed, geo.crs(working))


# -- checks --------------------------------------------------------------------------------------
def _checked(file: str, sample: Sample, made: Crs, extent: Any) -> Crs:
    """Refuse a CRS under which nearly nothing lies in its own area, or in the city."""
    if len(sample.xy) == 0:
        return made
    placed = made.to_stored(sample.xy)
    area = _in_area(placed, geo.crs(made.text))
    if area < 1 - NEARLY_ALL:
        raise NeedsAnswer(file=file, why_zh=f"坐标不是 {made.name}（{made.evidence_zh}）：{1 - area:.0%} "
                                            "的点换算后不在它的适用范围；请用 --crs 指明",
                          why_en=f"the coordinates are not {made.name} ({made.evidence_en}): "
                                 f"{1 - area:.0%} of the points are outside "
                                 "the area it is for; tell the CRS with --crs")
    if extent is not None and len(np.unique(sample.owner)) >= FEW:
        inside = _inside(placed, sample.owner, extent)
        if inside < 1 - NEARLY_ALL:
            lon, lat = np.nanmedian(np.where(np.isfinite(placed), placed, np.nan), axis=0)
            raise NeedsAnswer(file=file, why_zh=f"按 {made.name}（{made.evidence_zh}）换算，{1 - inside:.0%} 的图形在城市范围之外"
                                                f"（中位 {lon:.3f}, {lat:.3f}）；请核对 --crs 和 --city",
                              why_en=f"as {made.name} ({made.evidence_en}), {1 - inside:.0%} of the "
                                     "shapes lie outside the city "
                                     f"(median {lon:.3f}, {lat:.3f}); check --crs and --city")
    return made


def _usable(file: str, found: CRS) -> None:
    """Refuse what cannot be taken to CGCS2000 without parameters that only the city has."""
    datum = found.geodetic_crs.datum.name if found.geodetic_crs and found.geodetic_crs.datum else ""
    for word, (zh, en) in _OLD_DATUMS.items():
        if word in datum.casefold() or word in found.name.casefold():
            raise NeedsAnswer(file=file, why_zh=f"坐标系是{zh}（{found.name}），没有当地转换参数不能换算为 CGCS2000；请先在测绘部门换算",
                              why_en=f"its CRS is {en} ({found.name}); without local parameters it "
                                     "cannot be converted to CGCS2000; "
                                     "have the survey office convert it first")
    if found.is_engineering or found.is_vertical or found.is_geocentric or found.geodetic_crs is None:
        raise NeedsAnswer(file=file, why_zh=f"坐标系 {found.name} 是地方坐标系，没有参数不能换算；请先换算为 CGCS2000",
                          why_en=f"its CRS {found.name} is a local grid and cannot be converted without "
                                 "parameters; convert it to CGCS2000 first")


def _target(file: str, found: CRS) -> int:
    """CGCS2000 where PROJ has a true way to it, else WGS 84; a way that loses the datum is refused."""
    target = _true_way(found.to_wkt())
    if target is None:
        raise NeedsAnswer(file=file, why_zh=f"坐标系 {found.name} 没有到 CGCS2000 的转换参数；请先换算",
                          why_en=f"there is no known transformation from {found.name} to CGCS2000; "
                                 "convert it first")
    return target


@lru_cache(maxsize=64)
def _true_way(wkt: str) -> int | None:
    found = CRS.from_wkt(wkt)
    if found.equals(CRS.from_epsg(geo.STORED), ignore_axis_order=True):
        return geo.STORED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for target in (geo.STORED, WGS84):
            try:
                if TransformerGroup(found, CRS.from_epsg(target), always_xy=True, allow_ballpark=False).transformers:
                    return target
            except (IndexError, ProjError):  # pyproj finds no operation at all, as for an unknown projection
                continue
    return None


@lru_cache(maxsize=64)
def _transformer(text: str | int, target: int) -> Transformer:
    return geo.transformer(text, target)


def _inside(placed: np.ndarray, owner: np.ndarray, extent: Any) -> float:
    """Share of shapes whose box meets the city: a district may be larger than the city's extent."""
    if not len(owner):
        return 0.0
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    low, high = np.minimum.reduceat(placed, first), np.maximum.reduceat(placed, first)
    sound = (np.isfinite(low) & np.isfinite(high)).all(axis=1)
    boxes = shapely.box(low[sound, 0], low[sound, 1], high[sound, 0], high[sound, 1])
    shapely.prepare(extent)
    return float(shapely.intersects(extent, boxes).sum() / len(first))


def _in_area(placed: np.ndarray, found: CRS) -> float:
    """Share of points near the area that a CRS is meant for; EPSG's, not the file's."""
    x, y = placed[:, 0], placed[:, 1]
    west, south, east, north = -180.0, -90.0, 180.0, 90.0
    code = found.to_epsg()
    area = CRS.from_epsg(code).area_of_use if code else None
    if area is not None and area.west <= area.east:
        west, south, east, north = (area.west - MARGIN_DEG, area.south - MARGIN_DEG, area.east + MARGIN_DEG,
                                    area.north + MARGIN_DEG)
    with np.errstate(invalid="ignore"):
        return float(((x >= west) & (x <= east) & (y >= south) & (y <= north)).mean())


def _label(found: CRS, code: int | None) -> str:
    return f"EPSG:{code} {found.name}" if code else found.name


def working_for(placed: np.ndarray) -> int:
    """The working CRS of a city whose data lie here (degrees)."""
    sound = placed[np.isfinite(placed).all(axis=1)]
    if len(sound) == 0:
        raise BadValue(name="--city", value="", why_zh="没有可用的坐标来选定工作坐标系；请先 registry city add",
                       why_en="no usable coordinates to choose a working CRS from; run registry city add first")
    lon, lat = np.median(sound, axis=0)
    return geo.working_srid(float(lon), float(lat))


