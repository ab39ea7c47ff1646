"""Downloads of whole collections: the same filters and rights as items, nothing held, nothing left, no short file."""

from __future__ import annotations

import json

import pytest

from registry.export import FORMATS

STREAMED = [f.key for f in FORMATS if f.stream]
WHOLE = "/collections/road/download"


def features(answer):
    return json.loads(answer.data)["features"]


def test_a_download_has_every_feature_in_the_order_of_ids(client, get):
    answer = client.get(f"{WHOLE}?f=geojson")
    assert answer.status_code == 200 and answer.mimetype == "application/geo+json"
    assert [f["id"] for f in features(answer)] == [f["id"] for f in get("/collections/road/items")["features"]]


@pytest.mark.parametrize("key", [f.key for f in FORMATS])
def test_every_format_answers(client, key):
    answer = client.get(f"{WHOLE}?f={key}")
    assert answer.status_code == 200, answer.text[:300]
    print(answer.headers)
