"""How many match, where it is too many to count: an estimate under a name of its own, once, and of what one sees."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from api import crowded
from registry import db, history
from registry.store import features

MANY = features.COUNTED + 2_000


@pytest.fixture(scope="module", autouse=True)
def lamps(served):
    """More lamps than are counted, half of them intact and half of them with a name."""
    with db.begin() as conn:
        batch = history.open_batch(conn, city="demo", kind="edit", actor="t", reason="t")
        conn.execute(text(
            "INSERT INTO asset (class, city, id, code_scheme, length_surveyed, area_surveyed, source, code, name, state, geom, attrs, version, batch, sys_from, row_hash) "
            "SELECT 'streetlight', 'demo', nextval('feature_id_seq'), 'own', false, false, 'test', 'M' || n, CASE WHEN n % 2 = 0 THEN '灯' END, "
            "CASE WHEN n % 2 = 0 THEN 'intact' ELSE 'damaged' END, ST_SetSRID(ST_MakePoint(120.5 + n * 1e-6, 30), 4490), '{}', 1, :batch, :at, '' "
            "FROM generate_series(1, :count) n"), {"count": MANY, "batch": batch.id, "at": batch.at})
        history.seal(conn, batch)
    with db.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.execute(text("ANALYZE asset_streetlight"))


LAMPS = "/collections/streetlight/items"


@pytest.mark.parametrize("query", ["limit=2", "limit=2&bbox=120,29,121,31", "limit=2&sortby=-code"])
def test_too_many_to_count_are_estimated_under_another_name(get, query):
    page = get(f"{LAMPS}?{query}")
    assert "numberMatched" not in page and MANY / 2 < page["numberEstimated"] < MANY * 2
    following = get(next(ln["href"] for ln in page["links"] if ln["rel"] == "next").removeprefix("http://localhost"))
    assert not {"numberMatched", "numberEstimated"} & set(following)


def test_what_is_counted_is_not_estimated(get):
    for query in ("limit=2&state=intact", "limit=2&bbox=120.5,29.9,120.505,30.1"):
        page = get(f"{LAMPS}?{query}")
        assert 2_000 < page["numberMatched"] < features.COUNTED and "numberEstimated" not in page


def test_no_estimate_is_less_than_what_was_counted(get, monkeypatch):
    monkeypatch.setattr(crowded, "CROWDED", crowded.Crowded())
    monkeypatch.setattr(features, "estimate", lambda *_: 7)
    assert get(f"{LAMPS}?limit=3")["numberEstimated"] == features.COUNTED + 1


def test_for_a_while_nothing_is_counted_or_planned_again(get, monkeypatch):
    first = get(f"{LAMPS}?limit=4")["numberEstimated"]
    for name in ("count", "estimate"):
        monkeypatch.setattr(features, name, lambda *_: 1 / 0)
    assert get(f"{LAMPS}?limit=4&lang=en")["numberEstimated"] == get(f"{LAMPS}?limit=4")["numberEstimated"] == first


def test_the_page_says_about_and_the_description_names_it(client, get):
    page = client.get(f"{LAMPS}?limit=2&f=html&lang=en").text
    about = get(f"{LAMPS}?limit=2")["numberEstimated"]
    assert f"about {about:,}" in page
    assert "numberEstimated" in json.loads(client.get("/api?f=json").data)["components"]["schemas"]["FeatureCollection"]["properties"]


def test_what_one_may_not_see_is_not_in_the_estimate(client, monkeypatch, tmp_path):
    file = tmp_path / "public.toml"
    file.write_text("[classes.streetlight.values]\nstate = ['intact']\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    seen = client.get(f"{LAMPS}?limit=2").json
    assert seen.get("numberMatched", features.COUNTED) <= features.COUNTED and "numberEstimated" not in seen
