"""A page of features ends at its budget of bytes, and no feature is lost or shown twice; statements end in time."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlsplit

import pytest
from conftest import DEMO
from sqlalchemy import func, select

from registry import db
from registry.catalogue import load
from registry.store import features
from registry.store.query import Query


def walk(conn, **query) -> list[list[int]]:
    """Ids of each page to the end."""
    pages, after = [], None
    while after is not None or not pages:
        page = features.page(conn, Query(load().kind("road"), DEMO.key, after=after, **query))
        pages.append([json.loads(f)["id"] for f in page.features])
        after = page.next
    return pages


@pytest.mark.parametrize("sort", [(), (("installed_on", True),), (("name", False), ("state", True))])
@pytest.mark.parametrize("few", [100, 0], ids=["at once", "streamed"])
def test_a_page_ends_at_its_bytes_and_the_next_goes_on(served, sort, few, monkeypatch):
    monkeypatch.setattr(features, "FEW", few)
    with db.connect() as conn:
        [whole] = walk(conn, sort=sort)
        for budget in (1, 3000, 7000, 10**9):
            pages = walk(conn, sort=sort, most_bytes=budget)
            assert [i for p in pages for i in p] == whole and all(pages)
            assert (len(pages) > 1) == (budget < 10**9)
            assert (max(map(len, pages)) == 1) == (budget < 3000)
        assert [len(p) for p in walk(conn, sort=sort, limit=10, most_bytes=10**9)] == [10, 10, 3]


def test_a_budget_that_fits_exactly_ends_nothing_early(served):
    with db.connect() as conn:
        page = features.page(conn, Query(load().kind("road"), DEMO.key))
        size = sum(map(len, page.features))
        assert len(walk(conn, most_bytes=size)) == 1 and len(walk(conn, most_bytes=size - 1)) == 2


@pytest.fixture
def small_pages(client, monkeypatch):
    monkeypatch.setattr("api.items.MEGABYTE", 50)  # 32 of them: three or four features
    return client


def test_the_service_ends_pages_early_and_still_counts_all(small_pages):
    seen, address = [], "/collections/road/items?limit=1000"
    first = small_pages.get(address).get_json(force=True)
    assert first["numberMatched"] == 23 and first["numberReturned"] == len(first["features"]) < 23
    while address:
        page = small_pages.get(address).get_json(force=True)
        seen += [f["id"] for f in page["features"]]
        following = [urlsplit(ln["href"]) for ln in page["links"] if ln["rel"] == "next"]
        address = f"{following[0].path}?{following[0].query}" if following else ""
    assert len(seen) == len(set(seen)) == 23


def test_a_table_ends_early_as_well(small_pages, monkeypatch):
    monkeypatch.setattr("api.items.MEGABYTE", 10)  # 32 of them: of the shapes alone, as text
    answer = small_pages.get("/collections/road/items?f=csv&limit=1000")
    assert 'rel="next"' in answer.headers["Link"] and 2 < len(list(csv.reader(io.StringIO(answer.text)))) < 23
    monkeypatch.undo()
    answer = small_pages.get("/collections/road/items?f=csv&limit=1000")
    assert 'rel="next"' not in answer.headers["Link"] and len(list(csv.reader(io.StringIO(answer.text)))) == 24


@pytest.mark.parametrize("address, replaced, most_s", [
    ("/collections/road/items", "registry.store.features.page", 20),
    ("/collections/road", "registry.store.features.extent", 20),
    ("/inventory", "registry.indicators.inventory.inventory", 60),
    ("/coverage/park", "registry.coverage.coverage", 60)])
def test_figures_have_more_time_than_reading(client, monkeypatch, address, replaced, most_s):
    found: list[str] = []

    def fail(conn, *args, **words):
        found.append(conn.scalar(select(func.current_setting("statement_timeout"))))
        raise RuntimeError("seen")
    monkeypatch.setattr(replaced, fail)
    for setting, expected in (("60", most_s), ("5", 5)):
        monkeypatch.setenv("REGISTRY_STATEMENT_TIMEOUT_S", setting)
        assert client.get(address).status_code == 500
        assert found[-1] in (f"{expected}s", f"{expected // 60}min")


def test_a_statement_that_takes_too_long_is_503_with_the_time_it_had(client, monkeypatch):
    monkeypatch.setattr("api.operations.Operation.longest_s", 1)
    monkeypatch.setattr("registry.store.features.page", lambda conn, query: conn.execute(select(func.pg_sleep(10))))
    answer = client.get("/collections/road/items")
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert "1 s" in json.loads(answer.data)["en"]
