"""Whether a target is met: judged by what the value can be at worst and at best, so that an unknown is never good; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

MET, NOT_MET, CANNOT_TELL, NO_FIGURE = "met", "not_met", "cannot_tell", "no_figure"
VERDICTS = {
    MET: ("达到", "met"), NOT_MET: ("未达到", "not met"), CANNOT_TELL: ("不能判定", "cannot be told"),
    NO_FIGURE: ("文件没有数值", "the document gives no figure"),
}
_TESTS = {">=": lambda a, b: a >= b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b}
_NEAR = 1e-9  # percent; a figure that is reached but for the rounding of the machine is reached


@dataclass(frozen=True)
class Found:
    """What an answer says of a target, in the unit of the target.

    value: on what is known; low, high: what it can be, if everything unknown is bad or good (both the value where
    nothing is unknown; high is infinite where nothing bounds it). numerator, denominator: of a rate, in the unit of its
    basis, else None. factor: value = factor × numerator ÷ denominator (÷ 1 where there is none); None: not known.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    factor: float | None = 100

    @classmethod
    def of(cls, figure: Mapping[str, Any]) -> Found:
        """From a figure in the common form; one that has a low end and no high one is not bounded above."""
        bounds, value = figure.get("bounds") or {}, figure.get("value")
        low, high = bounds.get("low", value), bounds.get("high", value)
        part, whole = figure.get("numerator"), figure.get("denominator")
        factor = 100.0 if figure.get("unit", "%") == "%" else value * (whole or 1) / part if value and part else None
        return cls(value, low, math.inf if high is None and low is not None else high, part, whole, factor)

    def times(self, by: float) -> Found:
        """The same in another unit."""
        value, low, high, factor = (None if v is None else v * by for v in (self.value, self.low, self.high, self.factor))
        return replace(self, value=value, low=low, high=high, factor=factor)


def reached(value: float, comparator: str, wanted: float) -> bool:
    """Whether a value meets a figure; what differs from it by the rounding of floats alone is equal to it."""
    if math.isclose(value, wanted, rel_tol=_NEAR, abs_tol=_NEAR):
        return comparator != ">"
    return bool(_TESTS[comparator](value, wanted))


def judge(found: Found | None, comparator: str, wanted: float | None) -> str:
    """MET where even the worst the value can be meets the figure, NOT_MET where even the best does not, else CANNOT_TELL.

    NO_FIGURE: the document gives no number to be met.
    """
    if wanted is None:
        return NO_FIGURE
    if found is None or found.low is None or found.high is None:
        return CANNOT_TELL
    ends = {reached(end, comparator, wanted) for end in (found.low, found.high)}
    if len(ends) == 2:
        return CANNOT_TELL
    return MET if ends.pop() else NOT_MET


def gap(found: Found | None, comparator: str, wanted: float | None) -> dict[str, float | None] | None:
    """What is missing to the figure: in the target's unit, and in the unit of the basis; None where it is met.

    Of what is known only: what is unknown is told beside it.
    """
    if found is None or found.value is None or wanted is None or reached(found.value, comparator, wanted):
        return None
    measure = None
    if found.numerator is not None and found.factor and comparator in (">=", ">", "="):
        measure = max(0.0, wanted * (found.denominator or 1) / found.factor - found.numerator)
    return {"value": abs(wanted - found.value), "measure": measure}


def whole(measure: float | None, comparator: str) -> int | None:
    """The gap of a count as whole assets: the next one up, and one more where a figure must be exceeded."""
    if measure is None:
        return None
    near = round(measure)
    exact = math.isclose(measure, near, rel_tol=_NEAR, abs_tol=_NEAR)
    return near + (comparator == ">") if exact else math.ceil(measure)


def together(verdicts: Iterable[str]) -> str:
    """Of what must all hold: not met where one is not, told only where every one is."""
    said = set(verdicts)
    if not said:
        return CANNOT_TELL
    return next(v for v in (NOT_MET, CANNOT_TELL, NO_FIGURE, MET) if v in said)


def either(verdicts: Iterable[str]) -> str:
    """Of several readings of the same words: told only where all agree."""
    said = set(verdicts)
    return said.pop() if len(said) == 1 else CANNOT_TELL
