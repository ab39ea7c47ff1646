"""Whoever has an answer is told so by the versions of its layers, without a look at any row; a change is told at once."""

from __future__ import annotations

import os
import time

import addresses
import pytest
import sqlalchemy.exc
from editors import Writer, road, token

from registry import db

ITEMS = "/collections/road/items"


def tag(client, path, **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["ETag"]


@pytest.mark.parametrize("path", [ITEMS, ITEMS + "?limit=3&state=damaged", ITEMS + "?f=csv", "/collections/road",
                                  ITEMS + "?bbox=120,29,121,31&as_of=2024-01-01"])
def test_304_costs_one_look_up_and_no_row(client, statements, path):
    etag = tag(client, path)
    statements.clear()
    again = client.get(path, headers={"If-None-Match": etag})
    assert again.status_code == 304 and not again.data and again.headers["ETag"] == etag
    assert "Content-Type" not in again.headers and again.headers["Cache-Control"] == "no-cache" and "Accept" in again.headers["Vary"]
    assert [s[:40] for s in statements] == ["SELECT l.key, l.version, l.at, l.floor, "]


def test_no_answer_is_another_for_having_been_made_later(client, admin, known_ids):
    """Of everything that can be read, in every format; what says no tag is not to be kept at all."""
    def tags() -> dict[str, str | None]:
        found = {}
        for address, operation in addresses.reading().items():
            for f in operation.formats:
                path = addresses.with_(address.format(**known_ids), f=f.key)
                with client.get(path, headers={"Authorization": f"Bearer {admin}"}) as answer:
                    assert answer.status_code == 200, (path, answer.text[:300])
                    found[path] = answer.headers.get("ETag")
                    assert found[path] or answer.headers["Cache-Control"] == "no-store", path
        return found

    first = tags()
    time.sleep(1.1)  # the moments that answers tell are of seconds
    again = tags()
    assert {path for path, seen in first.items() if seen != again[path]} == set()


MOMENTS = [f"{ITEMS}?f=html", "/inventory", "/inventory?f=html", "/dashboard", "/dashboard?f=html", "/coverage/park?f=csv", "/coverage/park/gaps?f=html",
           "/indicators/intact_rate?class=road", "/indicators/intact_rate/evidence?class=road&f=html"]


@pytest.mark.parametrize("path", MOMENTS)
def test_a_page_or_figure_that_tells_its_moment_is_304_till_something_changes(client, editor, path):
    before = client.get(path)
    again = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    number = MOMENTS.index(path)
    if "coverage" not in path:
        editor.made(ITEMS, road(f"M{number}", 120.5, state="damaged"))
    else:
        west = 120.43 + number * 0.012
        editor.made("/collections/park/items", {"type": "Feature", "properties": {"code": f"M{number}"}, "geometry": {
            "type": "Polygon", "coordinates": [[[west + d / 1000, 30.021 + e / 1000] for d, e in ((0, 0), (9, 0), (9, 9), (0, 9), (0, 0))]]}})
    changed = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert changed.status_code == 200 and changed.headers["ETag"] != before.headers["ETag"]


def test_a_page_has_a_tag_for_each_language_format_and_list_of_cities(client):
    every = [tag(client, f"{ITEMS}?f=html{more}") for more in ("", "&lang=en", "&limit=5", "&q=R001")] + [tag(client, path) for path in (
        "/inventory", "/inventory?f=html", "/inventory?f=csv", "/inventory?by=district", "/inventory?lang=en")]
    assert len(set(every)) == len(every)
    before = tag(client, f"{ITEMS}?f=html")
    with db.begin() as conn:
        conn.exec_driver_sql("UPDATE city SET en = en || '?' WHERE key = 'far'")
    assert tag(client, f"{ITEMS}?f=html") != before


def test_304_of_the_list_of_collections_asks_for_no_row(client, statements):
    etag = tag(client, "/collections")
    statements.clear()
    assert client.get("/collections", headers={"If-None-Match": etag}).status_code == 304
    assert len(statements) == 2 and not [s for s in statements if "asset" in s]


@pytest.mark.parametrize("path", [ITEMS, "/collections/road", "/collections"])
def test_an_edit_is_told_at_once_and_only_where_it_was(client, editor, path):
    other = tag(client, "/collections/park/items")
    before = tag(client, path)
    made = editor.made(ITEMS, road(f"E{abs(hash(path))}", 120.5))
    edited = tag(client, path, **{"If-None-Match": before})
    assert edited != before
    assert editor.patch(f"{ITEMS}/{made['id']}", {"properties": {"name": "新"}}, 1).status_code in (200, 204)
    assert tag(client, path, **{"If-None-Match": edited}) not in (before, edited)
    assert tag(client, "/collections/park/items") == other


def test_a_refused_edit_leaves_everything_as_it_was(client, editor):
    before = tag(client, ITEMS)
    assert editor.post(ITEMS, {"type": "Feature", "geometry": None, "properties": {"state": "nonsense"}}).status_code == 422
    assert tag(client, ITEMS) == before


def test_what_is_asked_otherwise_has_a_tag_of_its_own(client):
    every = [tag(client, ITEMS + more) for more in ("", "?limit=5", "?f=csv", "?lang=en", "?state=damaged", "?as_of=2001-01-01")]
    assert len(set(every)) == len(every)
    assert tag(client, ITEMS + "?limit=5&state=damaged") == tag(client, ITEMS + "?state=damaged&limit=5")


def test_who_sees_otherwise_has_a_tag_of_their_own(client, tmp_path, monkeypatch):
    one, same, other = (Writer(client, token("reader", name, districts=(d,)))
                        for name, d in (("甲", "330602"), ("乙", "330602"), ("丙", "330603")))
    tags = [w.send("GET", ITEMS).headers["ETag"] for w in (one, same, other)]
    assert tags[0] == tags[1] != tags[2]
    public = tag(client, ITEMS)
    assert public not in tags
    file = tmp_path / "public.toml"
    file.write_text('[classes.road]\nhide = ["owner"]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert tag(client, ITEMS) != public


def test_a_feature_that_is_shown_otherwise_has_another_tag_of_the_same_version(client, editor, tmp_path, monkeypatch):
    made = editor.made(ITEMS, road("SHOWN", 120.5, owner="城管局"))
    path = f"{ITEMS}/{made['id']}"
    public = client.get(path)
    token_, english = editor.send("GET", path), client.get(path, headers={"Accept-Language": "en"})
    file = tmp_path / "public.toml"
    file.write_text('[classes.road]\nhide = ["owner"]\ncoarse_degrees = 0.005\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    hidden = client.get(path)
    assert hidden.json["properties"].get("owner") is None and hidden.json["geometry"] != public.json["geometry"]
    assert len({a.headers["ETag"] for a in (public, english, hidden)}) == 3
    for known in (public, english, token_):
        assert client.get(path, headers={"If-None-Match": known.headers["ETag"]}).status_code == 200
    assert editor.send("GET", path, If_None_Match=hidden.headers["ETag"]).status_code == 200
    assert client.get(path, headers={"If-None-Match": hidden.headers["ETag"]}).status_code == 304
    assert editor.patch(path, {"properties": {"name": "改过"}}, hidden.headers["ETag"]).status_code == 200


def test_a_file_of_rights_that_is_put_in_the_place_of_one_as_old_holds_at_once(client, tmp_path, monkeypatch):
    file, other = tmp_path / "public.toml", tmp_path / "other.toml"
    for path, said in ((file, 'hide = ["owner"]'), (other, "read = false ")):
        path.write_text(f"[classes.road]\n{said}\n", encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert client.get(ITEMS).status_code == 200
    other.replace(file)
    assert client.get(ITEMS).status_code == 404


def test_what_held_at_a_moment_that_is_settled_stays_through_edits(client, editor):
    """No batch is dated before the last one, so that nothing before it can change."""
    editor.made(ITEMS, road("LATEST", 120.5))
    with db.connect() as conn:
        at = conn.exec_driver_sql("SELECT at - interval '1 microsecond' FROM layer WHERE city = 'demo' AND key = 'road'").scalar_one()
    path = f"{ITEMS}?as_of={at.isoformat().replace('+00:00', 'Z')}"
    before = editor.send("GET", path).headers["ETag"]
    editor.made(ITEMS, road("PAST", 120.5))
    assert editor.send("GET", path).headers["ETag"] == before
    # What the public sees of the past is decided by what is known today as well.
    before = tag(client, path)
    editor.made(ITEMS, road("PAST2", 120.5))
    assert tag(client, path) != before


def test_a_change_of_the_city_is_told(client):
    before = tag(client, ITEMS)
    with db.begin() as conn:
        conn.exec_driver_sql("UPDATE city SET en = en || '!' WHERE key = 'demo'")
    assert tag(client, ITEMS) != before


def test_a_city_that_is_not_there_is_not_told_unchanged(client):
    answer = client.get(f"{ITEMS}?city=nowhere", headers={"If-None-Match": "*"})
    assert answer.status_code == 404


def test_when_every_connection_is_in_use_it_is_said_with_a_time_to_come_back(client, monkeypatch):

    with db.reading(20) as held:
        monkeypatch.setattr(held.engine.pool, "_timeout", 0.05)
        monkeypatch.setattr(held.engine.pool, "_max_overflow", 0)
        taken = [held.engine.connect() for _ in range(held.engine.pool.size() - 1)]
        try:
            answer = client.get(ITEMS)
        finally:
            for one in taken:
                one.close()
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0 and answer.json["code"] == "busy"
    assert client.get(ITEMS).status_code == 200


def test_a_connection_for_reading_cannot_write_and_its_statements_have_an_end(served):
    with db.reading(1) as conn:
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
            conn.exec_driver_sql("UPDATE city SET en = 'x'")
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="statement timeout"):
            conn.exec_driver_sql("SELECT pg_sleep(3)")
        assert conn.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_a_connection_that_the_server_ended_is_not_used_again(served, client):
    with db.reading(20) as conn:
        number = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with db.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)")
    assert client.get(ITEMS).status_code == 200
    with db.reading(20) as conn:
        assert conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != number
