"""Vector tiles show the rows that items show: same filters, same eyes, same moment."""

from __future__ import annotations

import datetime as dt
import re

import pytest

TILE = "/collections/road/tiles/WebMercatorQuad/{}"
HERE = "6/26/53"  # 118–124°E, 27–32°N


def codes(answer) -> set[str]:
    assert answer.status_code == 200 and answer.mimetype == "application/vnd.mapbox-vector-tile"
    return set(re.findall(r"R\d{3}", answer.data.decode("latin-1")))


def test_a_tile_holds_what_lies_in_it(client, get):
    assert codes(client.get(TILE.format(HERE))) == {f["properties"]["code"] for f in get("/collections/road/items")["features"]}
    assert codes(client.get(TILE.format("6/0/0"))) == set()


def test_filters_of_items_hold_in_tiles(client, get):
    broken = {f["properties"]["code"] for f in get("/collections/road/items?state=damaged")["features"]}
    assert broken and codes(client.get(TILE.format(HERE) + "?state=damaged")) == broken


def test_tiles_are_of_the_moment_too(client):
    before = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).isoformat()
    assert codes(client.get(TILE.format(HERE), query_string={"as_of": before})) == set()


@pytest.mark.parametrize("where", ["0/0/1", "23/0/0", "x/0/0", "1/-1/0", "6/26/5300", "1/0/99999999999999999999"])
def test_a_tile_that_is_not_in_the_matrix_set_is_not_there(refused, where):
    refused(TILE.format(where), 404)


def test_what_pages_and_sorts_has_no_place_in_a_tile(refused):
    assert refused(TILE.format(HERE) + "?limit=1")["errors"][0]["parameter"] == "limit"
