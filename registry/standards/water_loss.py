"""Water loss (CJJ 92-2016 as revised in 2018): the overall rate R_WL, the loss rate R_BL, and its grade; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from registry.errors import BadDeclaration, BadValue
from registry.kinds.label import Label
from registry.standards import numbers
from registry.standards.bands import at_most
from registry.standards.figure import percent
from registry.standards.numbers import Table

# What a water company enters of a year: the codes of the figures, all volumes in one unit.
SUPPLIED, BILLED, CORRECTION = "water_supplied_m3", "water_billed_m3", "water_loss_correction_percent"
FIGURES = {SUPPLIED: Label("供水总量", "Water supplied"), BILLED: Label("注册用户用水量", "Water of registered users"),
           CORRECTION: Label("漏损率总修正值", "Sum of the corrections of water loss")}


@dataclass(frozen=True)
class Volumes:
    """What was supplied (Qs) and what registered users took (Qa), in one unit.

    BadValue: a volume that is negative or no number, or more taken than supplied.
    """

    supplied: float
    billed: float

    def __post_init__(self) -> None:
        for name, value in ((SUPPLIED, self.supplied), (BILLED, self.billed)):
            if not (math.isfinite(value) and value >= 0):
                raise BadValue(name=name, value=value, why_zh="应为不小于 0 的水量", why_en="a volume of at least 0 is needed")
        if self.billed > self.supplied:
            raise BadValue(name=BILLED, value=self.billed, why_zh=f"多于供水总量 {self.supplied:g}",
                           why_en=f"it is more than was supplied ({self.supplied:g})")

    @property
    def lost(self) -> float:
        """Qs − Qa, in the unit of both."""
        return self.supplied - self.billed


def overall_percent(volumes: Volumes) -> float | None:
    """R_WL = (Qs − Qa) / Qs in percent; None where nothing was supplied."""
    return percent(volumes.lost, volumes.supplied)


def regional_percent(several: Iterable[Volumes]) -> float | None:
    """R_WL of a region: each utility weighs by what it supplied."""
    found = list(several)
    return overall_percent(Volumes(math.fsum(v.supplied for v in found), math.fsum(v.billed for v in found))) if found else None


def loss_percent(overall: float | None, correction: float | None) -> float | None:
    """R_BL = R_WL − Rn in percent; None where one is unknown. Rn is entered: see `corrections`."""
    return None if overall is None or correction is None else overall - correction


def corrections() -> Table:
    """The formulas of R1 (户表), R2 (pipe length per supply), R3 (pressure) and R4 (frost); TableAbsent where there are none."""
    return numbers.table("water_loss_corrections")


def grade(loss: float | None, edition: str | None = None) -> str | None:
    """一级 or 二级 of a loss rate R_BL in percent; None for one above both, or unknown."""
    found = edges(edition)
    return None if loss is None or not math.isfinite(loss) else next((g for g, edge in found if at_most(loss, edge)), None)


def edges(edition: str | None = None) -> list[tuple[str, float]]:
    """The grades with their upper edges in percent, the best first; BadDeclaration where they do not rise."""
    table = numbers.table("water_loss", edition)
    found = [(str(g), float(edge)) for g, edge in table.data["grades"]["edges"].items()]
    if any(a[1] >= b[1] for a, b in zip(found, found[1:], strict=False)):
        raise BadDeclaration(where=table.file, why_zh="分级界限应逐级递增", why_en="the edges of the grades must rise")
    return found
