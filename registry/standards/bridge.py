"""Bridges by CJJ 99: deck, spans, piers and abutments into BCI, the worst element into BSI, grades A–E; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from registry.errors import BadValue
from registry.standards import numbers
from registry.standards.bands import Bands
from registry.standards.numbers import Table

FAMILY = "bridge"
KINDS = ("girder", "arch", "footbridge")  # girder: every other kind of structure as well
PARTS = ("deck", "super", "sub")
GRADES = ("A", "B", "C", "D", "E")
QUALIFIED, UNQUALIFIED = "qualified", "unqualified"  # the two grades of Ⅰ类养护
HIGHEST = 100.0
# Elements of one part: element → deduction (MDP, 0–100); None: the bridge has no such element. A missing one was not inspected.
Elements = Mapping[str, float | None]


def table(edition: str | None = None) -> Table:
    """The table of this edition, else the default one."""
    return numbers.table(FAMILY, edition)


def element_score(part: str, kind: str, elements: Elements, edition: str | None = None) -> float | None:
    """Σ(100 − MDP)·w over the elements of a `deck`, `span`, `pier` or `abutment`; None where one was not inspected.

    What a bridge does not have gives its weight to the others in proportion. BadValue names a wrong element or deduction.
    TableAbsent: the weights of this part are not known for this kind.
    """
    weights = _weights(part, kind, edition)
    _check(part, elements, weights)
    if any(name not in elements for name in weights):
        return None
    there = {name: weight for name, weight in weights.items() if elements[name] is not None}
    whole = sum(there.values())
    # By what is taken off, so that a part without damage has 100, and one with nothing left 0, to the last digit.
    return max(0.0, HIGHEST - sum((elements[name] or 0.0) * weight for name, weight in there.items()) / whole) if whole else None


def part_score(part: str, kind: str, members: Sequence[Elements], edition: str | None = None) -> float | None:
    """The mean over the spans, or over the piers, of their scores; None where one of them is unknown or there is none."""
    return mean([element_score(part, kind, m, edition) for m in members])


def mean(scores: Sequence[float | None]) -> float | None:
    """The mean of scores; None where one is unknown or there is none."""
    known = [s for s in scores if s is not None]
    return sum(known) / len(known) if known and len(known) == len(scores) else None


def worst_element(members: Iterable[Elements]) -> float | None:
    """BSI of a part: 100 − the greatest deduction of any of its elements, never the mean; None where nothing was said."""
    said = [value for elements in members for value in elements.values() if value is not None]
    return HIGHEST - max(said) if said else None


def bci(deck: float | None, superstructure: float | None, substructure: float | None, kind: str,
        edition: str | None = None) -> float | None:
    """ω_m·BCI_m + ω_s·BCI_s + ω_x·BCI_x, 0–100; None where a part is unknown. kind: `girder`, `arch`, `footbridge`."""
    scores = dict(zip(PARTS, (deck, superstructure, substructure), strict=True))
    for name, score in scores.items():
        if score is not None and not 0 <= score <= HIGHEST:
            raise BadValue(name=name, value=score, why_zh="应在 0～100 之间", why_en="it must lie between 0 and 100")
    weights = _weights("parts", kind, edition)
    known = {name: score for name, score in scores.items() if score is not None}
    return sum(known[name] * weight for name, weight in weights.items()) if len(known) == len(scores) else None


def bsi(parts: Iterable[float | None]) -> float | None:
    """The state of the structure: the worst of its parts; None where one is unknown."""
    said = list(parts)
    known = [p for p in said if p is not None]
    return min(known) if known and len(known) == len(said) else None


def grade(score: float | None, edition: str | None = None) -> str | None:
    """A–E of a BCI or BSI (Ⅱ～Ⅴ类养护); None for none."""
    found = table(edition)
    return Bands.of(found.data["bands"]["grades"], HIGHEST, found.file).grade(score)


def qualified(grade_: str | None) -> bool | None:
    """合格: A–C, or `qualified` of Ⅰ类养护; None for a grade that is unknown."""
    known = {"A": True, "B": True, "C": True, "D": False, "E": False, QUALIFIED: True, UNQUALIFIED: False}
    return known.get(grade_ or "")


# -- inside --------------------------------------------------------------------------------------
def _weights(part: str, kind: str, edition: str | None) -> Mapping[str, float]:
    found = table(edition)
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise BadValue(name="kind", value=kind[:40], why_zh=f"可用：{known}", why_en=f"known: {known}")
    said: Mapping[str, Any] = found.data.get(part, {})
    if kind not in said:
        raise BadValue(name="part", value=f"{part}/{kind}"[:40], why_zh=f"{found.file} 没有它的权重",
                       why_en=f"{found.file} has no weights for it")
    return {name: float(weight) for name, weight in said[kind].items()}


def _check(part: str, elements: Elements, weights: Mapping[str, float]) -> None:
    known = ", ".join(weights)
    for name, value in elements.items():
        if name not in weights:
            raise BadValue(name=part, value=name[:40], why_zh=f"没有这种构件；可用：{known}", why_en=f"no such element; known: {known}")
        if value is not None and not 0 <= value <= HIGHEST:
            raise BadValue(name=f"{part}.{name}", value=value, why_zh="扣分应在 0～100 之间",
                           why_en="a deduction lies between 0 and 100")
