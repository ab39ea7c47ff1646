"""How the walking network is joined: distances and their source, read from the table; pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from registry.errors import BadDeclaration
from registry.kinds.label import Label

TABLE = Path(__file__).parent / "tables" / "walking.toml"
_NUMBERS = ("max_snap_m", "frontage_step_m", "frontage_within_m", "grid_m")


@dataclass(frozen=True)
class Joining:
    """Distances in metres.

    max_snap_m: an entrance farther from the network is dropped. frontage_step_m: between points of a boundary.
    frontage_within_m: a point of a parcel's boundary fronts a road within it. grid_m: lines are noded on this grid.
    """

    max_snap_m: float
    frontage_step_m: float
    frontage_within_m: float
    grid_m: float
    label: Label
    source: str
    confidence: str

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _NUMBERS} | {
            "title": self.label.as_dict(), "source": self.source, "confidence": self.confidence, "table": TABLE.name}


@lru_cache(maxsize=1)
def load() -> Joining:
    """The table; BadDeclaration where a number is missing or none."""
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    for name in _NUMBERS:
        if not isinstance(data.get(name), int | float) or not 0 < data[name] < float("inf"):
            raise BadDeclaration(where=TABLE.name, why_zh=f"{name} 应为大于 0 的数", why_en=f"{name} must be a number above 0")
    return Joining(**{name: float(data[name]) for name in _NUMBERS}, label=Label.of(data["label"]), source=data["source"],
                   confidence=data["confidence"])
