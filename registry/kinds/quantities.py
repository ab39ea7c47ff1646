"""Units of quantities: which can be told in one another, and by what; everything else is only like itself."""

from __future__ import annotations

from registry.kinds.codes import fold

# Unit → (what it measures, how many of the first of that), and the other ways people write it.
UNITS: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "m": ("length", 1, ("米", "延米", "延长米")),
    "km": ("length", 1000, ("公里", "千米")),
    "m²": ("area", 1, ("平方米", "平米", "sqm")),
    "万m²": ("area", 10_000, ("万平方米", "万平米", "万平")),
    "ha": ("area", 10_000, ("公顷", "hm²")),
    "km²": ("area", 1_000_000, ("平方公里", "平方千米")),
    "m³": ("volume", 1, ("立方米", "方")),
    "万m³": ("volume", 10_000, ("万立方米", "万方")),
    "元": ("money", 1, ("CNY", "人民币元")),
    "万元": ("money", 10_000, ()),
    "亿元": ("money", 100_000_000, ()),
    "%": ("share", 1, ("percent",)),
}
_KNOWN = {fold(name): unit for unit, (_, _, others) in UNITS.items() for name in (unit, *others)}


def canonical(said: str) -> str:
    """How a unit is written here: 公里 and KM are km; one that nobody declared stays as it is, without outer blanks."""
    return _KNOWN.get(fold(said), said.strip())


def convert(quantity: float, unit: str, to: str) -> float | None:
    """The quantity in another unit; None where the two do not measure the same thing."""
    unit, to = canonical(unit), canonical(to)
    if unit == to or fold(unit) == fold(to):
        return quantity
    if unit not in UNITS or to not in UNITS or UNITS[unit][0] != UNITS[to][0]:
        return None
    return quantity * UNITS[unit][1] / UNITS[to][1]
