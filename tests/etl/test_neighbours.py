"""Many rows are written so that neighbours stand together, and each of them once."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from etl import neighbours


def lots(n: int = 20_000, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return shapely.points(rng.random((n, 2)) * [0.4, 0.3] + [120, 30])


def steps(shapes: np.ndarray) -> float:
    """The sum of the ways from each to the next."""
    return float(shapely.distance(shapes[:-1], shapes[1:]).sum())


def test_neighbours_stand_together() -> None:
    shapes = lots()
    assert steps(shapes[neighbours.order(shapes)]) < steps(shapes) / 20


def test_each_row_is_written_once_and_what_has_no_place_comes_last() -> None:
    shapes = lots()
    shapes[[3, 700, 19_999]] = [shapely.Point(), None, shapely.LineString()]
    order = neighbours.order(shapes)
    assert sorted(order) == list(range(len(shapes))) and set(order[-3:]) == {3, 700, 19_999}


@pytest.mark.parametrize("shapes", [lots(neighbours.MANY - 1), np.array([shapely.Point(120, 30)] * 20_000), np.full(20_000, None),
                                    np.array([], object)])
def test_few_rows_and_those_of_one_place_keep_the_order_of_the_file(shapes: np.ndarray) -> None:
    assert (neighbours.order(shapes) == np.arange(len(shapes))).all()
