"""A repair says what was wrong and what it did to the size; one that would lose most of a shape is none."""

from __future__ import annotations

import pytest
import shapely
from shapely import MultiPolygon, Polygon

from registry import geo
from registry.kinds.problems import sentence
from registry.repair import MOST_LOST, repair

BOW_TIE = Polygon([(120, 30), (120.01, 30.01), (120.01, 30), (120, 30.01)])


def test_a_bow_tie_gains_the_loop_that_its_rings_took_away():
    done = repair(BOW_TIE)
    assert done.shape.is_valid and done.before == pytest.approx(0, abs=200) and done.after == pytest.approx(geo.size(done.shape))
    assert done.fault == "Self-intersection" and done.reason.startswith("Self-intersection [120.005")


def test_the_sentences_tell_fault_place_and_both_sizes():
    facts = repair(BOW_TIE).facts
    zh, en = (sentence("repaired_geometry", lang, **facts) for lang in ("zh", "en"))
    for word in ("自相交", "[120.005", "→", "m²"):
        assert word in zh
    assert "Self-intersection" in en and "m²" in en


def test_a_part_drawn_twice_is_one_part():
    box = shapely.box(120, 30, 120.01, 30.01)
    done = repair(MultiPolygon([box, box]))
    assert done.after == pytest.approx(geo.size(box)) and done.before == pytest.approx(2 * done.after)


def test_a_repair_that_would_take_most_away_is_refused():
    box = shapely.box(120, 30, 120.01, 30.01)
    done = repair(MultiPolygon([box, box, box]))
    assert done.shape is None and done.after < done.before * (1 - MOST_LOST)


def test_a_polygon_without_any_area_cannot_be_repaired():
    assert repair(Polygon([(120, 30), (121, 30), (120, 30)])).shape is None


def test_sizes_are_geodesic():
    assert geo.size(shapely.box(120, 30, 120.01, 30.01)) == pytest.approx(1_069_500, rel=1e-3)
    assert geo.size(shapely.LineString([(120, 30), (120, 30.01)])) == pytest.approx(1108.5, rel=1e-3)
    assert geo.size(shapely.Point(1, 1)) == 0
