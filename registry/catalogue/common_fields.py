"""The common fields with the further names that a class's own files give them, and measured fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registry.kinds import COMMON, ZONE_COMMON, Code, CodeList, Field

# How column heads write a unit behind the name: 长度(m), 面积（平方米）; widths and ㎡ fold to these forms.
_UNITS = {"m": ("m", "米"), "m²": ("m2", "平方米"), "mm": ("mm", "毫米"), "W": ("W", "瓦"),
          "t/d": ("t/d", "吨/日")}


def also(key: str, *aliases: str, **changes: Any) -> Field:
    """The common asset field `key`, known under further names in one class."""
    return _also(COMMON, key, aliases, changes)


def zone_also(key: str, *aliases: str, **changes: Any) -> Field:
    """The common zone field `key`, known under further names in one kind of zone."""
    return _also(ZONE_COMMON, key, aliases, changes)


def _also(fields: tuple[Field, ...], key: str, aliases: tuple[str, ...], changes: dict[str, Any]) -> Field:
    found = next(f for f in fields if f.key == key)
    return replace(found, aliases=(*found.aliases, *aliases), **changes)


def measured(key: str, label: str, unit: str, *aliases: str, low: float | None = 0,
             high: float | None = None, **more: Any) -> Field:
    """A number in a unit; the Chinese names are also known with the unit in brackets behind them.

    A head with another unit (公顷, 亩, km) stays unknown on purpose: the number would be wrong.
    """
    heads = [label.partition("|")[0], *(a for a in aliases if not a.isascii())]
    spelled = tuple(f"{head}({u})" for head in heads for u in _UNITS.get(unit, ()))
    return Field(key, label, "number", unit=unit, minimum=low, maximum=high,
                 aliases=(*aliases, *spelled), **more)


def length_m(label: str = "长度|Length", *aliases: str, **more: Any) -> Field:
    """The surveyed length, which wins over the one measured on the geometry.

    ArcGIS's SHAPE_Leng is not among the names: it is the geometry's own, and may be in degrees.
    """
    names = () if label.startswith("长度|") else ("长度",)
    return measured("length_m", label, "m", *names, *aliases, "length", "CD", high=1_000_000,
                    column="length_m", **more)


def area_m2(label: str = "面积|Area", *aliases: str, **more: Any) -> Field:
    """The surveyed area, which wins over the one measured on the geometry (SHAPE_Area: see length_m)."""
    names = () if label.startswith("面积|") else ("面积",)
    return measured("area_m2", label, "m²", *names, *aliases, "area", "MJ", high=1e12,
                    column="area_m2", **more)


POSITION_CLASS = CodeList("position_class", "定位精度等级|Class of positional accuracy", (
    Code("A", "A 级 ±0.5 m|Class A, 0.5 m", "#2e7d32", aliases=("A级", "甲")),
    Code("B", "B 级 ±1.0 m|Class B, 1.0 m", "#f9a825", aliases=("B级", "乙")),
    Code("C", "C 级 ±10 m|Class C, 10 m", "#c62828", aliases=("C级", "丙")),
), source="GB/T 30428.2 部件定位精度 A ±0.5 m、B ±1.0 m、C ±10.0 m")


def position_class() -> Field:
    """How well the place of a facility is known: what is served from it is known no better."""
    return Field("position_class", "定位精度等级|Positional accuracy", "code", codes=POSITION_CLASS,
                 aliases=("定位精度", "精度等级", "位置精度", "DWJD", "accuracy"))
