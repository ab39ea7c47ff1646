"""Edges of bands: what lies on one by exact arithmetic lies on it, whatever floats make of it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from registry.standards import drain, road
from registry.standards.bands import Bands, at_least, at_most, step

BANDS = Bands.of({"A": 90, "B": 75, "C": 0}, 100.0, "test")


@pytest.mark.parametrize(("score", "grade"), [
    (90, "A"), (90 - 1e-12, "A"), (90 - 1e-6, "B"), (75, "B"), (74.999, "C"), (0, "C"), (-1e-12, "C"), (-0.1, None), (100 + 1e-12, "A"),
    (100.1, None), (float("nan"), None), (float("inf"), None), (None, None)])
def test_a_score_next_to_an_edge_by_rounding_alone_is_on_it(score, grade):
    assert BANDS.grade(score) == grade


def test_a_rising_edge_belongs_to_what_is_below_it():
    assert [step(x, (1, 4, 7)) for x in (0, 1, 1 + 1e-12, 1.01, 4, 7.000000000000001, 7.01)] == [0, 0, 0, 1, 1, 2, 3]
    assert at_least(1 - 1e-12, 1) and not at_least(1 - 1e-6, 1) and at_most(1 + 1e-12, 1) and not at_most(1 + 1e-6, 1)


@pytest.mark.parametrize(("cls", "ride", "edges"), [("arterial", Fraction(6, 10), (85, 70, 60)), ("branch", Fraction(4, 10), (80, 65, 60))])
def test_every_pqi_that_is_an_edge_by_exact_arithmetic_has_the_better_grade(cls, ride, edges):
    """Of all RQI with two digits and PCI with one that make an edge, whatever the sum of their floats is."""
    tried = 0
    for hundredths in range(499):
        for edge, grade in zip(edges, "ABC", strict=True):
            pci = (edge - 20 * ride * Fraction(hundredths, 100)) / (1 - ride)
            if 0 <= pci <= 100 and (10 * pci).denominator == 1:
                tried += 1
                assert road.grade("pqi", road.pqi(hundredths / 100, float(pci), cls), cls) == grade, (hundredths, pci)
    assert tried > 100


def test_an_index_of_maintenance_that_is_seven_is_of_the_third_level():
    assert drain.repair_level(drain.maintenance_index(8.0, 3, 3)) == "III", "0.8 × 8 + 0.15 × 3 + 0.05 × 3 = 7"


@pytest.mark.parametrize("at", [3.4, 0.1, 12.3, 57.7])
def test_defects_a_metre_apart_are_one_wherever_they_lie(at):
    found = drain.assess([drain.Defect("PL", 2, at), drain.Defect("PL", 2, at + 1.0)], 100)
    assert (found.counted, found.worst) == (1, 4.0)
    apart = drain.assess([drain.Defect("PL", 2, at), drain.Defect("PL", 2, at + 1.5)], 100)
    assert (apart.counted, apart.mean) == (2, pytest.approx(2.2)), "within a metre and a half they count a tenth more"
