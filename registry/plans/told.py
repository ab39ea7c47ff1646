"""What a target asks and what the registry tells of it: the words between those who ask and those who judge; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.plans.document import Target
from registry.plans.missing import Missing
from registry.plans.verdict import Found

WHOLE = {"class", "district"}  # what figures are published by as they are


@dataclass(frozen=True)
class Question:
    """A target, or the part of it that is about one class by one reading of its words.

    code: of the indicator or the observation; alone: no other question is asked for the target.
    """

    target: Target
    code: str | None = None
    cls: str | None = None
    alone: bool = True
    readings: int = 1

    @property
    def key(self) -> str:
        """Id of the row: that of the target, with class and reading where the target has several."""
        said = [self.target.id, *([self.cls] if not self.alone and self.cls else []), *([self.code] if self.readings > 1 and self.code else [])]
        return ":".join(said)

    @property
    def where(self) -> Mapping[str, Sequence[str]]:
        """Field of the class → values that are asked for."""
        return self.target.asks.get("where", {})

    @property
    def fine(self) -> bool:
        """Whether the answer is of something finer than a class or a district, so that masks hold in it as they do for assets."""
        return not self.where.keys() <= WHOLE


@dataclass(frozen=True)
class Told:
    """What the registry says.

    found: in the unit of the target. wanted: where it is not the target's own figure. answer: the figure as it is shown. parts: rows by year or district, each with a
    verdict, which then make the verdict of the whole. measure_unit: of the gap in the basis.
    """

    found: Found | None = None
    wanted: float | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    evidence: Mapping[str, str | None] = field(default_factory=dict)
    parts: tuple[dict[str, Any], ...] = ()
    verdict: str | None = None
    basis: str | None = None
    measure_unit: Mapping[str, str] | None = None
