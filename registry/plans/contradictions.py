"""What shows that a plan contradicts itself: each kind works its figures out anew; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from registry.errors import BadDeclaration
from registry.plans.document import Contradiction

Figures = Mapping[str, Any]
PERCENT_DIGITS = 2  # the documents print two


def computed(said: Contradiction) -> dict[str, Any]:
    """What follows from the figures, and `contradicts`: whether that differs from what is printed. BadDeclaration: kind."""
    work = KINDS.get(said.kind)
    if work is None:
        known = ", ".join(KINDS)
        raise BadDeclaration(where=said.id, why_zh=f"矛盾的种类 {said.kind}；可用：{known}",
                             why_en=f"a contradiction of kind {said.kind}; known: {known}")
    return work(said.figures)


def _ratio(f: Figures) -> dict[str, Any]:
    value = 100 * f["part"] / f["whole"]
    return {"percent": value, "contradicts": round(value, PERCENT_DIGITS) != f["printed"]}


def _sum(f: Figures) -> dict[str, Any]:
    value = round(sum(f["parts"]), 6)
    return {"sum": value, "contradicts": value != f["printed"]}


def _more_than_left(f: Figures) -> dict[str, Any]:
    left = f["found"] - f["removed"]
    return {"left": left, "contradicts": f["planned"] > left}


def _implied(f: Figures) -> dict[str, Any]:
    value = f["part"] / f["per"]
    return {"implied": value, "contradicts": all(abs(value - p) > 0.01 * p for p in f["printed"])}


def _implied_areas(f: Figures) -> dict[str, Any]:
    wholes = [100 * part / percent for part, percent in zip(f["parts"], f["percents"], strict=True)]
    return {"implied": wholes, "contradicts": max(wholes) - min(wholes) > 0.01 * min(wholes)}


def _differs(f: Figures) -> dict[str, Any]:
    return {"values": f["values"], "contradicts": len(set(f["values"])) > 1}


def _mean_below(f: Figures) -> dict[str, Any]:
    # A mean with any weights lies at or below the greatest part, and below it where another part weighs at all.
    return {"highest": max(f["parts"]), "contradicts": f["whole"] >= max(f["parts"]) > min(f["parts"])}


def _comparators(f: Figures) -> dict[str, Any]:
    said = list(zip(f["comparators"], f["values"], strict=True))
    return {"said": said, "contradicts": len(set(said)) > 1}


def _renewal(f: Figures) -> dict[str, Any]:
    years = 1 / f["share_a_year"]
    return {"years": round(years, 2), "contradicts": years > f["most_years"]}


def _same(f: Figures) -> dict[str, Any]:
    return {"values": f["values"], "contradicts": len(set(f["values"])) == 1}


KINDS: dict[str, Callable[[Figures], dict[str, Any]]] = {
    "ratio": _ratio, "sum": _sum, "consistent_sum": _sum, "more_than_left": _more_than_left, "implied": _implied,
    "implied_areas": _implied_areas, "differs": _differs, "words": _differs, "mean_below": _mean_below,
    "comparators": _comparators, "renewal": _renewal, "same": _same,
}
