"""The damage-area family of 完好率: what is left of a facility's area when its damages are taken off, each by its factor; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registry.errors import BadValue
from registry.standards import numbers

# CJJ 36 rates the upkeep of four kinds of facility, each by its own damages.
FACILITIES = ("carriageway", "sidewalk", "subgrade_drainage", "other")


@dataclass(frozen=True)
class Damage:
    """Damage of one kind on a facility: its area in m² (or quantity in the facility's unit), and K where the record has it."""

    kind: str
    amount: float
    factor: float | None = None


def intact_percent(facility: str, amount: float, damages: Iterable[Damage]) -> float | None:
    """(F − Σ Fᵢ·Kᵢ) / F in percent, not below 0; None where there is no area (CJJ 36, the chapter on upkeep).

    K comes from the record of the inspection, else from the bureau's table `damage_factors`: TableAbsent where it has none.
    BadValue: a negative amount, a facility or damage that the table does not know.
    """
    if facility not in FACILITIES:
        known = ", ".join(FACILITIES)
        raise BadValue(name="facility", value=facility[:40], why_zh=f"可用：{known}", why_en=f"known: {known}")
    found = list(damages)
    for value in (amount, *(d.amount for d in found), *(d.factor for d in found if d.factor is not None)):
        if not value >= 0:
            raise BadValue(name="amount", value=value, why_zh="不能为负", why_en="it must not be negative")
    taken = sum(d.amount * (d.factor if d.factor is not None else factor(facility, d.kind)) for d in found)
    return max(0.0, 100 - 100 * taken / amount) if amount else None


def factor(facility: str, kind: str) -> float:
    """K of a kind of damage; TableAbsent, or BadValue where the bureau's table does not have it."""
    said: Mapping[str, float] = numbers.table("damage_factors").data.get(facility, {}).get("factors", {})
    if kind not in said:
        known = "、".join(said) or "-"
        raise BadValue(name="damage", value=kind[:40], why_zh=f"换算系数表没有；已有：{known}",
                       why_en=f"the table of factors does not have it; known: {known}")
    return float(said[kind])


def composite_percent(parts: Mapping[str, float | None]) -> float | None:
    """The rate over the four kinds by the table's weights; None where a kind with a weight is unknown. TableAbsent."""
    weights: Mapping[str, float] = numbers.table("damage_factors").data["weights"]
    if any(parts.get(f) is None for f, w in weights.items() if w):
        return None
    return sum((parts[f] or 0.0) * w for f, w in weights.items() if w) / sum(weights.values())
