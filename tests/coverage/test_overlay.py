"""Overlays in memory: what is served of each division adds up to what is served of the whole, of lines as of land."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from registry.coverage import overlay


def array(*shapes):
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


@pytest.mark.parametrize("seed", range(40))
def test_lines_that_run_along_and_across_borders_add_up(seed):
    """A street along the border of two districts, with bends that floats do not hit, is told once and with its own blind spot."""
    dice = np.random.default_rng(seed)
    angle, at = dice.uniform(0, np.pi), dice.uniform(0, 1000, 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

    def turned(shape):
        return shapely.transform(shape, lambda xy: xy @ turn + at)

    bends = np.sort(dice.uniform(-480, 480, 5))
    border = [(-500, 0), *((x, dice.uniform(-40, 40)) for x in bends), (500, 0)]
    tiles = array(*(turned(shapely.Polygon([*border, (500, side), (-500, side)])) for side in (-300, 300)))
    lines = array(turned(shapely.LineString(border[1:-1])), turned(shapely.LineString([(-50, -200), (60, 210)])),
                  turned(shapely.LineString([border[1], border[2], (border[2][0], -250)])))
    served = array(*(shapely.Point(*at + dice.uniform(-300, 300, 2)).buffer(dice.uniform(40, 200)) for _ in range(2)))
    size = shapely.length(lines)
    covered, left = overlay.cover(lines, size, overlay.disjoint(served, 2), 1)
    of, _, sizes, there = overlay.divide(lines, size, covered, left, tiles, 1)
    assert np.bincount(of, sizes, len(lines)) == pytest.approx(size, abs=1e-5)
    assert np.bincount(of, there, len(lines)) == pytest.approx(covered, abs=1e-5)
