"""A page that the database puts together says what its rows say one by one, for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely

from registry.catalogue import load
from registry.scope import WHOLE, Sight, public
from registry.store import features, joined
from registry.store.query import Query
from registry.store.staging import put_many

LAMP, PIPE = load().kind("streetlight"), load().kind("pipe")
BOX = (120.49, 29.99, 120.5025, 30.001)


@pytest.fixture
def lamps(conn: Any, city: Any) -> Any:
    """Five lamps: 甲 to 丁 in a row; the last one, of a name that JSON must escape, apart."""
    rows = [{"code": f"L{n}", "name": name, "note": None if n else '换\n行 "x"', "power_w": n * 0.1 if n else None,
             "geom": shapely.Point(120.5 + n / 1000, 30)} for n, name in enumerate("甲乙丙丁")]
    put_many(conn, LAMP, city, rows, actor="tester", reason="test")
    put_many(conn, LAMP, city, [{"code": "L9", "name": "a,\n{b\\", "geom": shapely.Point(120.6, 30)}], actor="tester", reason="test")
    return conn


def told(found: list[bytes]) -> list[Any]:
    """What is said, whatever the order of the properties."""
    return [json.loads(f) for f in found]


def by_rows(conn: Any, query: Query) -> list[bytes]:
    return features.page(conn, query).features


@pytest.mark.parametrize("asked", [{}, {"limit": 2}, {"limit": 5}, {"bbox": BOX}, {"bbox": BOX, "limit": 2}, {"bbox": (1.0, 1.0, 1.1, 1.1)},
                                   {"sort": (("name", True),), "limit": 3}, {"search": "丙"}])
def test_pages_put_together_are_the_pages_of_rows_to_the_last(lamps: Any, asked: dict[str, Any]) -> None:
    after, found = None, []
    while True:
        query = Query(LAMP, "demo", after=after, **asked)
        page, rows = joined.page(lamps, query), features.page(lamps, query)
        assert (told(page.features), page.returned, page.next) == (told(rows.features), len(rows.features), rows.next)
        found += told(page.features)
        if (after := page.next) is None:
            break
    assert found == told(by_rows(lamps, Query(LAMP, "demo", **asked | {"limit": 100})))


def test_a_small_box_tells_how_many_match_on_its_first_page(lamps: Any) -> None:
    page = joined.page(lamps, Query(LAMP, "demo", bbox=BOX, limit=2))
    assert (page.returned, page.matched, page.next is not None) == (2, 3, True)
    assert joined.page(lamps, Query(LAMP, "demo", bbox=BOX, limit=2, after=page.next)).matched is None


def test_a_page_without_features_is_empty(lamps: Any) -> None:
    page = joined.page(lamps, Query(LAMP, "elsewhere"))
    assert (page.features, page.text, page.returned, page.next) == ([], b"", 0, None)


def test_a_page_that_grows_too_large_ends_sooner(lamps: Any) -> None:
    page = joined.page(lamps, Query(LAMP, "demo", most_bytes=1))
    assert page.returned == len(page.features) == 1 and page.next is not None


def test_an_edit_shows_on_the_next_page(lamps: Any, city: Any) -> None:
    put_many(lamps, LAMP, city, [{"code": "L0", "name": "新", "geom": shapely.Point(120.5, 30)}], actor="tester", reason="test")
    own = json.loads(joined.page(lamps, Query(LAMP, "demo")).features[0])["properties"]
    assert (own["name"], own["version"], own["note"]) == ("新", 2, '换\n行 "x"')


def test_who_sees_less_is_shown_less(conn: Any, city: Any) -> None:
    rows = [{"code": c, "medium": m, "geom": shapely.LineString([(120.5, 30), (120.51, 30)])} for c, m in (("G", "gas"), ("S", "sewage"))]
    put_many(conn, PIPE, city, rows, actor="tester", reason="test")
    seen = [joined.page(conn, Query(PIPE, "demo", sight=sight)).features for sight in (WHOLE, Sight(public()))]
    assert [[json.loads(f)["properties"]["code"] for f in page] for page in seen] == [["G", "S"], ["S"]]
