"""Whether a target is met: judged by what the value can be at worst and at best, so that an unknown is never good; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
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
    nothing is unknown). numerator, denominator: of a rate, in the unit of its basis, else None.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None

    @classmethod
    def of(cls, figure: Mapping[str, Any]) -> Found:
        """From a figure in the common form."""
        bounds = figure.get("bounds") or {}
        value = figure.get("value")
        return cls(value, bounds.get("low", value), bounds.get("high", value), figure.get("numerator"), figure.get("denominator"))


def reached(value: float, comparator: str, wanted: float) -> bool:
    """Whether a value meets a figure; what misses it by the rounding of floats alone does (but for `>`)."""
    if _TESTS[comparator](value, wanted):
        return True
    return comparator != ">" and math.isclose(value, wanted, rel_tol=_NEAR, abs_tol=_NEAR)


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
    """What is missing to the figure: in the target's unit, and for a rate in the unit of its basis; None where it is met.

    Of what is known only: what is unknown is told beside it.
    """
    if found is None or found.value is None or wanted is None or reached(found.value, comparator, wanted):
        return None
    missing = abs(wanted - found.value)
    measure = None
    if found.denominator is not None and found.numerator is not None and comparator in (">=", ">", "="):
        measure = max(0.0, wanted / 100 * found.denominator - found.numerator)
    return {"value": missing, "measure": measure}
