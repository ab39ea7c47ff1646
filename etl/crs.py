"""Which CRS: --crs, the file's own word, the mapping, else what the size of the coordinates tells."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from etl import parameters, placing, sizes, ways
from etl.layer import Note
from etl.parameters import Datum
from etl.sizes import Guess
from etl.ways import Way
from registry import geo, shifted
from registry.errors import NeedsAnswer
from registry.shifted import Shifted

NEARLY_ALL = 0.9
FEW = 5         # below so many rows each is judged by itself, not the file
_SHAPES = 5000  # looked at
_FAR = 1e9      # beyond any projection: unset doubles and no-data values


@dataclass(frozen=True)
class Crs:
    """The CRS chosen and why. `swap`: the file has north before east. `target`: what PROJ takes it to.

    declared: what the file or a person says; name: what was confirmed, which may differ in zone prefix.
    way: leads to CGCS2000 in PROJ's stead. inside: share of the sample found in the city, None where none is known.
    """

    text: str | int
    name: str
    source: str                  # user, file, mapping, datum, heuristic
    evidence_zh: str
    evidence_en: str
    swap: bool = False
    target: int = geo.STORED
    declared: str | None = None
    way: Way | None = None
    inside: float | None = None
    notes: tuple[Note, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As reports print it and the batch keeps it."""
        return {"name": self.name, "source": self.source, "swapped": self.swap, "declared": self.declared,
                "confirmed": self.name, "inside_city": self.inside,
                "derived_from": self.way.facts.get("derived_from") if self.way else None,
                "transformation": self.way.facts if self.way else None,
                "evidence": {"zh": self.evidence_zh, "en": self.evidence_en}}

    def to_stored(self, xy: np.ndarray) -> np.ndarray:
        """Coordinates (n × 2) in EPSG:4490, x = longitude, not yet snapped; what has no place there is inf.

        WGS 84 and CGCS2000 differ by decimetres at most and count as one (§12.1).
        """
        if self.swap:
            xy = xy[:, ::-1]
        if len(xy) == 0 or self.way is None and self.text == self.target:
            return np.ascontiguousarray(xy)
        if self.way is not None:
            return np.ascontiguousarray(self.way(xy))
        return np.column_stack(geo.transformer(self.text, self.target).transform(xy[:, 0], xy[:, 1]))


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
           mapping: str | None = None, extent: Any = None, working: int | None = None, datum: Datum | None = None) -> Crs:
    """Choose and check by a sample of shapes. `weak`: nobody chose the file's CRS (GeoJSON's default).

    extent: of the city in EPSG:4490, or None; working: its working CRS, or None for a city not yet known.
    datum: local parameters to CGCS2000, used where the CRS does not lead there by itself.
    """
    made = _chosen(file, sample, user, None if weak else wkt, mapping, datum, working)
    if made is None and wkt and weak and sizes.degrees(sample.xy) and not sizes.turned_degrees(sample.xy):
        made = _of_file(file, wkt, sample.xy, None, None)
    return _checked(file, sample, made or _by_size(file, sample, extent, working), extent)


# -- the ladder ----------------------------------------------------------------------------------
def _chosen(file: str, sample: Sample, user: str | None, wkt: str | None, mapping: str | None, datum: Datum | None,
            working: int | None) -> Crs | None:
    """The CRS that somebody names: the user, the parameters, the file, the mapping."""
    told = datum.source if datum and not mapping else None  # what a mapping says of one layer is nearer
    for text, source, zh, en in ((user, "user", "用户指定", "as told by the user"),
                                 (told, "datum", "转换参数文件", "by the file of parameters")):
        if text:
            return _named(file, text, source, sample.xy, zh, en, datum, working)
    if wkt:
        return _of_file(file, wkt, sample.xy, datum, working)
    if mapping:
        return _named(file, mapping, "mapping", sample.xy, "映射文件", "by the mapping", datum, working)
    if datum is not None:
        return _by_datum(datum, None, parameters.LOCAL, "datum", "没有坐标系说明", "no CRS named", working)
    return None


def _named(file: str, text: str, source: str, xy: np.ndarray, zh: str, en: str, datum: Datum | None,
           working: int | None) -> Crs:
    shift = shifted.find(text)
    if shift is not None:
        return _unshifted(file, shift, source, xy, zh, en)
    if text.strip().casefold() == parameters.LOCAL:
        if datum is None:
            raise NeedsAnswer(file=file, why_zh=f"{zh}：地方坐标系，没有参数不能换算{placing.HELP[0]}",
                              why_en=f"{en}: a local grid, which cannot be converted without parameters{placing.HELP[1]}")
        return _by_datum(datum, None, parameters.LOCAL, source, zh, en, working)
    found = geo.crs(int(text.rpartition(":")[2]) if text.upper().startswith("EPSG:") and text[5:].isdigit() else text)
    return _settled(file, found, found.to_epsg(), text, source, xy, zh, en, datum, working)


def _unshifted(file: str, shift: Shifted, source: str, xy: np.ndarray, zh: str, en: str) -> Crs:
    if len(xy) and not sizes.degrees(xy) and not sizes.turned_degrees(xy):
        raise NeedsAnswer(file=file, why_zh=f"坐标不是 {shift.key}（{zh}）：那是经纬度，这里却不是；请用 --crs 指明",
                          why_en=f"the coordinates are not {shift.key} ({en}): that is in degrees and they are not; tell the "
                                 "CRS with --crs")
    way = ways.unshifted(shift)
    return Crs(shift.key, shift.key, source, f"{zh}；{way.zh}", f"{en}; {way.en}", len(xy) > 0 and sizes.turned_degrees(xy),
               declared=shift.key, way=way, notes=way.notes)


def _by_datum(datum: Datum, found: CRS | None, name: str, source: str, zh: str, en: str, working: int | None) -> Crs:
    way = ways.by_parameters(datum, found, name, working)
    return Crs(name, name, source, f"{zh}；{way.zh}", f"{en}; {way.en}", datum.swap, declared=name, way=way, notes=way.notes)


def _of_file(file: str, wkt: str, xy: np.ndarray, datum: Datum | None, working: int | None) -> Crs:
    try:
        found, code = _read(wkt)
    except (CRSError, ValueError):
        raise NeedsAnswer(file=file, why_zh="坐标系说明（.prj）无法解读；请用 --crs 指明，例如 --crs EPSG:4549",
                          why_en="its CRS (.prj) cannot be understood; tell it with --crs, for example "
                                 "--crs EPSG:4549") from None
    zh, en = "文件声明", "as the file says"
    if code is None:
        zh += "（EPSG 中没有，按其参数换算）"
        en += " (not in EPSG; converted by its own parameters)"
    return _settled(file, found, code, wkt, "file", xy, zh, en, datum, working)


def _settled(file: str, found: CRS, code: int | None, text: str, source: str, xy: np.ndarray, zh: str,
             en: str, datum: Datum | None, working: int | None) -> Crs:
    """A named CRS, set right where the coordinates show zone prefix or axes otherwise."""
    lost = placing.needs_parameters(found)
    if lost is not None and (datum is None or shifted.find(text)):
        raise NeedsAnswer(file=file, why_zh=lost[0], why_en=lost[1])
    label = _label(found, code) if found.name != "unknown" else text[:80]
    if lost is not None or source == "datum":
        assert datum is not None
        return _parametrised(datum, found, code, label, source, xy, zh, en, working)
    made = Crs(code or text, label, source, zh, en, target=placing.true_way(found.to_wkt()) or geo.STORED, declared=label)
    if datum is not None:
        made = replace(made, notes=(("坐标系本身就能换算为 CGCS2000，没有用转换参数", "the CRS leads to CGCS2000 by itself; the "
                                                                 "parameters were not used"),))
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


def _parametrised(datum: Datum, found: CRS, code: int | None, label: str, source: str, xy: np.ndarray, zh: str, en: str,
                  working: int | None) -> Crs:
    """A CRS that local parameters lead from; seven parameters start from it, so its zone and axes are set right too."""
    other = sizes.sibling(code, *sizes.span(xy)) if code and len(xy) and datum.helmert is not None else None
    if other is None:
        turned = found.is_geographic and len(xy) > 0 and sizes.turned_degrees(xy)
        made = _by_datum(datum, found, label, source, f"{zh} {label}", f"{en} {label}", working)
        return replace(made, swap=made.swap or turned)
    right, swap, why = other
    made = _by_datum(datum, geo.crs(right), _label(geo.crs(right), right), source, f"{zh} {label}；{why[0]}",
                     f"{en} {label}; {why[1]}", working)
    return replace(made, swap=swap, declared=label)


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
               target=placing.true_way(geo.crs(guess.srid).to_wkt()) or geo.STORED)


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
        zh += f"像地方坐标系；请先换算为 CGCS2000，或用 --crs 指明{placing.HELP[0]}"
        en += f"look like a local grid; convert it to CGCS2000 first, or tell the CRS with --crs{placing.HELP[1]}"
    return NeedsAnswer(file=file, why_zh=zh, why_en=en)


def _share_inside(guess: Guess, sample: Sample, extent: Any, working: int | None) -> float:
    """Share of the sample that falls into the city, or near the zone of its working CRS; 1 where neither is known."""
    target = placing.true_way(geo.crs(guess.srid).to_wkt()) or geo.STORED
    placed = Crs(guess.srid, "", "", "", "", guess.swap, target=target).to_stored(sample.xy)
    if extent is not None:
        return placing.inside(placed, sample.owner, extent)
    return 1.0 if working is None else placing.in_area(placed, working)


def _checked(file: str, sample: Sample, made: Crs, extent: Any) -> Crs:
    """Refuse a CRS under which nearly nothing lies in its own area, or in the city."""
    if len(sample.xy) == 0:
        return made
    placed, evidence = made.to_stored(sample.xy), (made.evidence_zh, made.evidence_en)
    area = placing.in_area(placed, None if made.way else geo.crs(made.text).to_epsg())
    if area < 1 - NEARLY_ALL:
        raise placing.outside_area(file, made.name, evidence, 1 - area)
    if made.way is not None and (beyond := made.way.beyond(sample.xy[:, ::-1] if made.swap else sample.xy)) > ways.FEW_BESIDE:
        made = replace(made, notes=(*made.notes, (
            f"{beyond:.0%} 的点远在控制点范围之外，那里的转换没有检核", f"{beyond:.0%} of the points lie far beyond the control points, where "
                                                      "nothing vouches for the transformation")))
    if extent is None:
        return made
    share = placing.inside(placed, sample.owner, extent)
    if share < 1 - NEARLY_ALL and len(np.unique(sample.owner)) >= FEW:
        raise placing.outside_city(file, made.name, evidence, 1 - share, placed)
    return replace(made, inside=round(share, 4))


@lru_cache(maxsize=64)
def _read(wkt: str) -> tuple[CRS, int | None]:
    """A CRS and its EPSG code, looked up once: the files of a folder name the same, and each look-up takes 0.1 s."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = CRS.from_wkt(wkt)
        return found, found.to_epsg()  # never with a lowered confidence: a local grid then gets a wrong zone


def _label(found: CRS, code: int | None) -> str:
    return f"EPSG:{code} {found.name}" if code else found.name
