"""Times and lists of a class of one's own: from files, in GeoJSON, through every format and back, unchanged."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
import shapely
from export_town import exported, filled, load_into
from sqlalchemy import text

from etl.load import Options, load
from registry import catalogue, db
from registry.db.migration import VIEWS
from registry.export import FORMATS
from registry.store import cities, features
from registry.store.query import Query

DECLARED = '''
from registry.kinds import AssetClass, Field

thing = AssetClass("thing", "东西|Thing", ("point",), fields=(
    Field("seen_at", "观测时间|Seen at", "timestamp"), Field("tags", "标签|Tags", "list", aliases=("BQ",))))
'''
TAGS = (["甲", "乙"], ["一;二", '他说"好"'], None, ["[x]"], ["甲", "乙", "甲"])
TIMES = ("2024-05-01T08:00:00Z", None, "2024-05-01T08:00:00.125000Z", "1999-12-31T23:59:59Z", "2024-05-01T00:00:00Z")


@pytest.fixture
def thing(conn, tmp_path, monkeypatch):
    (tmp_path / "declared").mkdir()
    (tmp_path / "declared" / "things.py").write_text(DECLARED, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_CATALOGUE", str(tmp_path / "declared"))
    monkeypatch.setattr("etl.saved.folder", lambda: tmp_path / "mappings")
    db.sync(conn)
    return catalogue.load().kind("thing")


def rows():
    return [{"code": f"T{n}", "seen_at": at, "tags": tags, "geom": shapely.Point(120.5 + n / 1000, 30)}
            for n, (at, tags) in enumerate(zip(TIMES, TAGS, strict=True))]


def kept(conn, city="demo"):
    return conn.execute(text("SELECT code, attrs FROM asset WHERE class = 'thing' AND city = :c ORDER BY code"), {"c": city}).all()


@pytest.mark.parametrize("form", [f.key for f in FORMATS])
def test_times_and_lists_go_through_every_format_and_back(conn, thing, tmp_path, form):
    filled(conn, thing, rows())
    before = kept(conn)
    assert [r.attrs.get("tags") for r in before] == list(TAGS) and [r.attrs.get("seen_at") for r in before] == list(TIMES)
    files = exported(conn, thing, tmp_path, form)
    assert load_into(conn, "demo", thing, files) == (0, 0, len(before), 0)
    cities.put(conn, cities.City("other", "另一市", "Other"))
    assert load_into(conn, "other", thing, files) == (len(before), 0, 0, 0)
    assert kept(conn, "other") == before


def test_lists_are_arrays_in_geojson_and_read_from_what_people_write(conn, thing, tmp_path):
    cities.put(conn, cities.City("demo", "示范市", "Demo City"))
    file = tmp_path / "thing.csv"
    file.write_text('编码,观测时间,BQ,经度,纬度\nA,2024-05-01 08:00:00,甲；乙、丙,120.5,30\nB,2024/05/01 08:00,"[""甲"",""乙""]",120.6,30\n'
                    'C,2024-05-01T08:00:00+02:00,单,120.7,30\nD,昨天,甲,120.8,30\n', encoding="utf-8")
    made, = load(file, Options("thing", city="demo", reason="test", rejects=tmp_path / "rejects"), _begin(conn))
    assert (made.new, made.refused) == (3, 1)
    page = features.page(conn, Query(thing, "demo"))
    shown = {p["code"]: p for p in (json.loads(f)["properties"] for f in page.features)}
    assert shown["A"]["tags"] == ["甲", "乙", "丙"] and shown["B"]["tags"] == ["甲", "乙"] and shown["C"]["tags"] == ["单"]
    assert shown["A"]["seen_at"] == shown["B"]["seen_at"] == "2024-05-01T00:00:00Z"  # Asia/Shanghai, where nothing else is said
    assert shown["C"]["seen_at"] == "2024-05-01T06:00:00Z"


def test_the_typed_view_takes_lists_of_texts_and_times_in_utc_only(conn, thing):
    filled(conn, thing, rows())
    view = f"UPDATE {VIEWS}.thing SET {{}} WHERE code = 'T0'"
    conn.exec_driver_sql(view.format("tags = '[\"新\"]', seen_at = '2025-01-01T00:00:00Z'"))
    assert kept(conn)[0].attrs == {"tags": ["新"], "seen_at": "2025-01-01T00:00:00Z"}
    for wrong in ("tags = '[1]'", "tags = '{}'", "seen_at = 'yesterday'", "seen_at = '2025-01-01 00:00'"):
        with pytest.raises(Exception, match="thing|tags|seen_at"), conn.begin_nested():
            conn.exec_driver_sql(view.format(wrong))


def _begin(conn):
    @contextmanager
    def begin():
        with conn.begin_nested():
            yield conn

    return begin
