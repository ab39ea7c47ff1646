"""Invalid shapes made valid, with what was wrong and what it did to their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely

from registry import geo

FAMILIES = {0: "point", 4: "point", 1: "line", 2: "line", 5: "line", 3: "polygon", 6: "polygon"}  # shapely type ids
MULTI = {"point": shapely.multipoints, "line": shapely.multilinestrings, "polygon": shapely.multipolygons}
MOST_LOST = 0.5  # of the area: a repair that takes more away has guessed what was meant
UNITS = {"polygon": "m²", "line": "m", "point": ""}
_TRIES = 3  # snapping what was made valid may make it invalid again
_ZH = {"Self-intersection": "自相交", "Ring Self-intersection": "环自相交", "Hole lies outside shell": "洞在外环之外",
       "Nested shells": "外环互相嵌套", "Holes are nested": "洞互相嵌套", "Interior is disconnected": "内部被洞隔断",
       "Duplicate Rings": "环重复", "Too few points in geometry component": "点太少",
       "Ring is not closed": "环没有闭合"}


@dataclass(frozen=True)
class Repair:
    """What became of one invalid shape. `shape` None: not repairable, or too much would be lost.

    fault: GEOS's name of what was wrong; reason: the same with its place (degrees); before, after: geodesic m² of
    polygons and m of lines, the former as its rings add up, so that loops drawn the other way round take away.
    """

    shape: Any
    fault: str
    reason: str
    before: float
    after: float
    unit: str

    @property
    def facts(self) -> dict[str, Any]:
        """What the sentence of the problem tells."""
        size = f"{self.before:.1f} → {self.after:.1f} {self.unit}"
        place = self.reason.removeprefix(self.fault).strip()
        return {"fault": self.fault, "before": self.before, "after": self.after, "unit": self.unit, "reason": self.reason,
                "told_zh": " ".join((title(self.fault)[0], f"{place}，{size}".lstrip("，"))),
                "told_en": f"{self.reason}, {size}"}


def repair(shape: Any) -> Repair:
    """Make an invalid shape (EPSG:4490) valid, in the manner of ST_MakeValid(…, 'method=structure')."""
    fault, reason = _reason(shape)
    family = FAMILIES.get(shapely.get_type_id(shape), "")
    made = _made(shape, family)
    before, after = geo.size(shape), geo.size(made) if made is not None else 0.0
    if family == "polygon" and after < before * (1 - MOST_LOST) * (1 - 1e-9):
        made = None
    return Repair(made, fault, reason, before, after, UNITS.get(family, ""))


def flat(shape: Any) -> list[Any]:
    """Parts without parts."""
    if not hasattr(shape, "geoms"):
        return [shape]
    return [p for part in shape.geoms for p in flat(part)]


def title(fault: str) -> tuple[str, str]:
    """What GEOS calls a fault, in Chinese and English."""
    return _ZH.get(fault, fault), fault


def _reason(shape: Any) -> tuple[str, str]:
    """GEOS's reason, bare and with its place rounded: `Self-intersection [120.58 30.01]`."""
    text = shapely.is_valid_reason(shape)
    name, _, place = text.partition("[")
    try:
        x, y = (float(v) for v in place.rstrip("]").split()[:2])
    except ValueError:
        return text, text
    return name.strip(), f"{name.strip()} [{x:.6f} {y:.6f}]"


def _made(shape: Any, family: str) -> Any:
    for _ in range(_TRIES):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        parts = [p for p in flat(shape) if not p.is_empty and FAMILIES.get(shapely.get_type_id(p)) == family]
        if not parts or family not in MULTI:
            return None
        shape = parts[0] if len(parts) == 1 else MULTI[family](parts)
        shape = shapely.transform(shape, geo.snap)
        if shapely.is_valid(shape):
            return shape
    return None
