"""Roads by CJJ 36: ride (RQI), surface (PCI), both (PQI), skid resistance and sidewalks (FCI); pure, numbers from the table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import BadValue
from registry.standards import numbers
from registry.standards.bands import Bands
from registry.standards.numbers import Table

FAMILY = "road"
GRADES = ("A", "B", "C", "D")
INDEXES = ("pqi", "pci", "rqi")
HIGHEST = {"pqi": 100.0, "pci": 100.0, "rqi": 4.98, "fci": 100.0}


def table(edition: str | None = None) -> Table:
    """The table of this edition, else the default one."""
    return numbers.table(FAMILY, edition)


def iri_of_sigma(sigma_mm: float, edition: str | None = None) -> float:
    """IRI (m/km) from the standard deviation of the surface (mm), where no IRI was measured."""
    return sigma_mm / table(edition).data["rqi"]["iri_of_sigma"]


def rqi(iri_m_per_km: float, edition: str | None = None) -> float:
    """Ride quality, 0–4.98, from the roughness in m/km. BadValue for a roughness below nothing."""
    if not iri_m_per_km >= 0:
        raise BadValue(name="iri", value=iri_m_per_km, why_zh="不能为负", why_en="it must not be negative")
    said = table(edition).data["rqi"]
    return max(0.0, said["intercept"] - said["slope"] * iri_m_per_km)


def pqi(rqi_: float | None, pci_: float | None, road_class: str | None, edition: str | None = None) -> float | None:
    """The index over both, 0–100; None where one of them or the class of the road is unknown."""
    said = table(edition).data["pqi"]
    weights = said["weights"].get(road_class)
    if rqi_ is None or pci_ is None or weights is None:
        return None
    # RQI ends at 4.98 and not at 5: what is best in both is a little under 100.
    return said["t"] * weights["rqi"] * rqi_ + weights["pci"] * pci_


def grade(index: str, score: float | None, road_class: str | None, edition: str | None = None) -> str | None:
    """A–D by the bands of the road's class; None where score or class is unknown. index: `pqi`, `pci`, `rqi`."""
    found = table(edition)
    group = found.data["groups"].get(road_class)
    if group is None or score is None:
        return None
    return _bands(found, index, group).grade(score)


def skid_grade(road_class: str | None, *, bpn: float | None = None, sfc: float | None = None,
               edition: str | None = None) -> str | None:
    """A–D of the skid resistance by BPN, else by SFC; None for classes that the standard does not rate by it."""
    said = table(edition).data["skid"]
    for name, value, highest in (("bpn", bpn, 1000.0), ("sfc", sfc, 10.0)):
        edges = said[name].get(road_class)
        if value is not None and edges is not None:
            return Bands.of(edges, highest, "skid").grade(value)
    return None


def sidewalk_grade(fci_: float | None, edition: str | None = None) -> str | None:
    """A–D of a sidewalk by its FCI."""
    found = table(edition)
    return Bands.of(found.data["fci"]["bands"], HIGHEST["fci"], found.file).grade(fci_)


def pci(surface: str, densities: Mapping[str, float], edition: str | None = None) -> float:
    """The index of a surface, 0–100. surface: `asphalt` or `concrete`; densities: distress → damaged share, percent.

    TableAbsent: the deductions of CJJ 36 stand in no public source; a bureau gives its own table `road_deducts`.
    BadValue names a distress that the table does not know.
    """
    return _index("road_deducts", surface, densities, table(edition).data["pci"]["weight"])


def fci(densities: Mapping[str, float], edition: str | None = None) -> float:
    """The index of a sidewalk, 0–100, in the same way; TableAbsent like `pci`."""
    return _index("sidewalk_deducts", "sidewalk", densities, table(edition).data["fci"]["weight"])


def aggregate(deductions: Sequence[float], weight: Sequence[float] = (3.0, -5.5, 3.5)) -> float:
    """100 − Σ DP·ω, not below 0; ω = 3.0u³ − 5.5u² + 3.5u where u is a distress's share of all deductions.

    ω(1) = 1. As it is recalled, the weighting lets a small second distress take less than the first took alone: what
    grows with damage is a single distress, and all of them together in proportion.
    """
    whole = sum(deductions)
    if whole <= 0:
        return 100.0
    cubic, square, linear = weight
    taken = sum(dp * (cubic * u**3 + square * u**2 + linear * u) for dp in deductions for u in (dp / whole,))
    return max(0.0, 100.0 - taken)


def deduction(points: Sequence[Sequence[float]], density_percent: float) -> float:
    """Points between the densities of a table, straight from one to the next; nothing below 0, the last beyond the last."""
    if density_percent <= 0:
        return 0.0
    xs, ys = [0.0, *(float(p[0]) for p in points)], [0.0, *(float(p[1]) for p in points)]
    if density_percent >= xs[-1]:
        return ys[-1]
    n = bisect_right(xs, density_percent)
    share = (density_percent - xs[n - 1]) / (xs[n] - xs[n - 1])
    return ys[n - 1] + share * (ys[n] - ys[n - 1])


# -- inside --------------------------------------------------------------------------------------
def _index(family: str, surface: str, densities: Mapping[str, float], weight: Sequence[float]) -> float:
    said: Mapping[str, Any] = numbers.table(family).data.get(surface, {})
    unknown = [d for d in densities if d not in said]
    if unknown or not said:
        known = "、".join(said)
        raise BadValue(name="distress", value="、".join(unknown)[:80] or surface, why_zh=f"扣分表没有；已有：{known or '-'}",
                       why_en=f"the table of deductions does not have it; known: {known or '-'}")
    return aggregate([deduction(said[d]["points"], value) for d, value in densities.items()], weight)


def _bands(found: Table, index: str, group: str) -> Bands:
    if index not in INDEXES:
        known = ", ".join(INDEXES)
        raise BadValue(name="index", value=index, why_zh=f"可用：{known}", why_en=f"known: {known}")
    return Bands.of(found.data[index]["bands"][group], HIGHEST[index], found.file)
