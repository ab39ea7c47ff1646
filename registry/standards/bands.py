"""Bands: the grade of a score, each with its lower edge inside and its upper edge outside."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import BadDeclaration

# A score that lies on an edge but for the rounding of floats lies on it: 20 × 0.6 × 3.8 + 0.4 × 36 is 60.
NEARLY = 1e-10


def at_least(score: float, edge: float) -> bool:
    """score ≥ edge, whatever the last digits of floats."""
    return score >= edge - NEARLY


def at_most(score: float, edge: float) -> bool:
    """score ≤ edge, whatever the last digits of floats."""
    return score <= edge + NEARLY


def step(score: float, upper: Sequence[float]) -> int:
    """How many of the rising upper edges a score is above; an edge belongs to what is below it."""
    return sum(not at_most(score, edge) for edge in upper)


@dataclass(frozen=True)
class Bands:
    """Grades from the best to the worst by their lower edges; the highest score that there is ends the first."""

    edges: tuple[tuple[str, float], ...]
    highest: float
    lowest: float = 0.0

    @classmethod
    def of(cls, said: Mapping[str, Any], highest: float, where: str) -> Bands:
        """From `{A = 90, B = 75, …}`; BadDeclaration where the edges do not fall from one to the next."""
        edges = tuple((grade, float(edge)) for grade, edge in said.items())
        falling = [highest, *(e for _, e in edges)]
        if not edges or any(a <= b for a, b in zip(falling, falling[1:], strict=False)):
            raise BadDeclaration(where=where, why_zh=f"分级界限应逐级递减：{dict(said)}",
                                 why_en=f"the edges of the grades must fall: {dict(said)}")
        return cls(edges, highest, edges[-1][1])

    def grade(self, score: float | None) -> str | None:
        """The grade of a score; None for none, or for one that is no score of this scale."""
        if score is None or not math.isfinite(score) or not (at_least(score, self.lowest) and at_most(score, self.highest)):
            return None
        return next(grade for grade, edge in self.edges if at_least(score, edge))

    @property
    def grades(self) -> tuple[str, ...]:
        return tuple(g for g, _ in self.edges)


def worst(grades: Iterable[str | None], order: tuple[str, ...]) -> str | None:
    """The worst of several grades, None when one of them is unknown or there is none."""
    found = list(grades)
    if not found or any(g not in order for g in found):
        return None
    return max((g for g in found if g is not None), key=order.index)
