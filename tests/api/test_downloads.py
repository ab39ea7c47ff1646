"""Downloads of whole collections: the filters and rights of items, one file in every format, nothing held afterwards."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from editors import token
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api import download_places
from etl.load import Options, load
from registry import db
from registry.catalogue import load as catalogue
from registry.export import FORMATS
from registry.store import exported
from registry.store.cities import City
from registry.store.staging import put_many

KEYS = [f.key for f in FORMATS]
STREAMED = [f.key for f in FORMATS if f.stream]
HIDDEN = "只给人看的话"
WHOLE, ROADS = "/collections/road/download", "/collections/road/items"
TOWN = City("demo", "示范市", "Demo City", None, 4549)


def saved(answer, folder: Path, key: str) -> list[Path]:
    """The files of a download, unpacked where they are several."""
    assert answer.status_code == 200, answer.text[:500]
    if answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
            packed.extractall(folder)
            return [folder / n for n in packed.namelist()]
    path = folder / f"x{FORMATS[key].suffix}"
    path.write_bytes(answer.data)
    return [path]


def told(path: Path) -> str:
    """Everything that a file says, as text."""
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    if path.suffix in (".gpkg", ".fgb", ".shp"):
        return str([list(c) for c in pyogrio.raw.read(path)[3]])
    if path.suffix == ".xlsx":
        return str(list(openpyxl.load_workbook(path).active.values))
    return path.read_text(encoding="utf-8-sig", errors="replace")


def whole(client, address: str, headers: dict[str, str] | None = None):
    """The answer, all of it taken, so that its place is free again."""
    answer = client.get(address, headers=headers)
    assert answer.data or answer.status_code == 304
    return answer


def ids(answer) -> list[int]:
    assert answer.status_code == 200, answer.text[:300]
    return [f["id"] for f in json.loads(answer.data)["features"]]


@pytest.mark.parametrize("query", ["", "&bbox=120.5,29.9,120.55,30.2", "&q=解放路1", "&state=damaged&sortby=-name", "&owner=",
                                   "&datetime=../2001-12-31", "&sortby=-length_m,code"])
def test_a_download_is_all_that_items_find_in_the_same_order(client, query):
    assert ids(client.get(f"{WHOLE}?f=geojson{query}")) == ids(client.get(f"{ROADS}?limit=1000{query}"))


BRIDGES = "/collections/bridge/download"


def test_rows_without_a_place_are_in_it(client, tmp_path):
    found = json.loads(client.get(f"{BRIDGES}?f=geojson").data)["features"]
    assert [f["geometry"] is None for f in found] == [False, True]
    path, = saved(client.get(f"{BRIDGES}?f=gpkg"), tmp_path, "gpkg")
    _, _, shapes, columns = pyogrio.raw.read(path)
    assert [s is None for s in shapes] == [False, True] and any("B2" in c for c in columns)


@pytest.mark.parametrize("key", KEYS)
def test_a_row_without_a_place_makes_no_other_file_of_it_where_the_format_holds_one(client, tmp_path, key):
    answer = client.get(f"{BRIDGES}?f={key}")
    packed = key in ("shp", "fgb")
    assert answer.mimetype == ("application/zip" if packed else FORMATS[key].media)
    files = saved(answer, tmp_path, key)
    assert {f"demo-bridge{FORMATS[key].suffix}", "demo-bridge.nogeom.csv"} <= {f.name for f in files} if packed else len(files) == 1
    assert "没有图形" in "".join(told(f) for f in files if f.suffix in (FORMATS[key].suffix, ".csv"))


@pytest.mark.parametrize("query", ["", "&lang=en", "&bbox=120.5,29.9,120.55,30.2", "&code=B1", "&q=nothing"])
@pytest.mark.parametrize("collection", ["road", "bridge", "streetlight", "park"])
@pytest.mark.parametrize("key", KEYS)
def test_head_says_of_the_file_what_get_says_or_nothing(client, collection, key, query):
    address = f"/collections/{collection}/download?f={key}{query if collection == 'bridge' or 'code' not in query else '&q=1'}"
    head, answer = client.head(address), whole(client, address) if key != "geojsonseq" else client.get(address)
    for name in ("Content-Type", "Content-Disposition"):
        assert (name in head.headers) == (key != "xlsx") and head.headers.get(name, answer.headers[name]) == answer.headers[name]
    assert head.headers["ETag"] == answer.headers["ETag"] and head.status_code == answer.status_code == 200


def test_head_makes_no_file_and_reads_no_row(client, monkeypatch):
    monkeypatch.setattr("registry.export.to_file", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(exported, "survey", lambda *_, **__: 1 / 0)
    assert {client.head(f"{BRIDGES}?f={key}").status_code for key in KEYS} == {200}


def test_links_to_downloads_have_the_type_that_is_sent(client, get):
    sent = {ln["href"].rpartition("f=")[2]: ln["type"] for ln in get("/collections/road")["links"] if ln["rel"] == "enclosure"}
    assert set(sent) == set(KEYS) and sent["shp"] == "application/zip"
    assert {key: client.get(f"{WHOLE}?f={key}").mimetype for key in KEYS} == sent
    assert client.head(WHOLE, headers={"Accept": "application/vnd.shp"}).mimetype == "application/zip"


def test_what_is_refused_for_items_is_refused_here(refused):
    for query in ("nothing=1", "bbox=1,2", "limit=3", "state=broken", "sortby=nothing", "crs=http://x.example/4549"):
        refused(f"{WHOLE}?{query}")
    refused("/collections/nothing/download", 404)
    shifted = "urn:x-municipal-asset-registry:crs:GCJ-02"
    metres = "http://www.opengis.net/def/crs/EPSG/0/4549"
    for key, crs in (("gpkg", shifted), ("geojson", shifted), ("geojson", metres)):
        assert "not for a download" in refused(f"{WHOLE}?f={key}&crs={crs}")["errors"][0]["en"]


def test_a_file_is_in_the_crs_that_is_asked_for(client, tmp_path):
    path, = saved(client.get(f"{WHOLE}?f=gpkg&crs=http://www.opengis.net/def/crs/EPSG/0/4549"), tmp_path, "gpkg")
    meta, _, shapes, _ = pyogrio.raw.read(path)
    assert "4549" in meta["crs"] and 400_000 < shapely.from_wkb(shapes[0]).bounds[0] < 600_000


@pytest.mark.parametrize("key", KEYS)
def test_properties_chooses_the_columns(client, tmp_path, key):
    files = saved(client.get(f"{WHOLE}?f={key}&properties=code,name"), tmp_path, key)
    shown = told(next(f for f in files if f.suffix == FORMATS[key].suffix))
    assert "R001" in shown and "解放路1" in shown and "市政处" not in shown


@pytest.mark.parametrize("key", KEYS)
def test_it_has_names_in_both_forms_and_head_has_no_body(client, key):
    answer = client.get(f"{WHOLE}?f={key}&lang=zh")
    ending = FORMATS[key].suffix + (".zip" if key == "shp" else "")
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename=\"demo-road{ending}\"; filename*=UTF-8''%E7%A4%BA%E8%8C%83%E5%B8%82-%E9%81%93%E8%B7%AF{ending}")
    assert answer.mimetype == ("application/zip" if key == "shp" else FORMATS[key].media)
    assert ("Content-Length" in answer.headers) == (key not in STREAMED)
    assert key in STREAMED or int(answer.headers["Content-Length"]) == len(answer.data)
    head = client.head(f"{WHOLE}?f={key}&lang=zh")
    assert head.status_code == 200 and head.data == b"" and "Content-Length" not in head.headers
    assert key == "xlsx" or (head.mimetype, head.headers["Content-Disposition"]) == (answer.mimetype, answer.headers["Content-Disposition"])


@pytest.mark.parametrize("key", STREAMED)
def test_http_1_0_gets_a_length_since_its_end_would_say_nothing(client, key):
    old = client.get(f"{WHOLE}?f={key}", environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"}, headers={"Accept-Encoding": "gzip"})
    assert int(old.headers["Content-Length"]) == len(old.data) and old.data == client.get(f"{WHOLE}?f={key}").data


@pytest.mark.parametrize("key", STREAMED)
def test_http_1_0_gets_the_same_file_where_a_row_has_no_place(client, key):
    old = client.get(f"{BRIDGES}?f={key}", environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"})
    new = client.get(f"{BRIDGES}?f={key}")
    assert old.data == new.data and old.headers["Content-Disposition"] == new.headers["Content-Disposition"]


def test_an_accept_header_chooses_as_well(client):
    answer = client.get(WHOLE, headers={"Accept": "application/geo+json-seq"})
    assert answer.mimetype == "application/geo+json-seq" and answer.data.startswith(b"\x1e{")


def rich() -> dict:
    """A toilet with a value for every field."""
    values = {"text": HIDDEN, "integer": 3, "number": 0.1 + 0.2, "boolean": True, "date": "2020-02-29"}
    made = {}
    for f in catalogue().kind("toilet").fields:
        value = f.codes.values[0] if f.codes else values[f.type]
        made[f.key] = f.parse(value)[0] if f.type in ("code", "date") else value
    return made | {"code": "RICH", "geom": shapely.Point(120.61, 30.01), "district": "330603", "grid": None,
                   "owner_code": None, "keeper_code": None, "supervisor_code": None}


@pytest.fixture(scope="module")
def town(served):
    with db.begin() as conn:
        row = {k: v for k, v in rich().items() if v is not None}
        bare = dict.fromkeys(row) | {"code": "BARE", "geom": shapely.Point(120.62, 30.01)}
        told = put_many(conn, catalogue().kind("toilet"), TOWN, [row, bare], actor="t", reason="t")
        assert told.new == 2, told
        types = conn.execute(text("SELECT count(*) FROM asset WHERE code = 'RICH' AND attrs <> '{}'")).scalar_one()
    assert types == 1 and {f.type for f in catalogue().kind("toilet").fields} >= {"text", "code", "integer", "number", "boolean", "date"}


@pytest.mark.parametrize("key", KEYS)
def test_every_format_loads_again_and_changes_nothing(client, town, tmp_path, key):
    files = saved(client.get(f"/collections/toilet/download?f={key}", headers={"Authorization": f"Bearer {token('reader')}"}), tmp_path, key)

    @contextmanager
    def begin():
        with db.begin() as conn:
            yield conn

    found = [m for file in files if file.suffix == FORMATS[key].suffix
             for m in load(file, Options("toilet", city="demo", reason="test", rejects=tmp_path / "rejects"), begin)]
    assert [(m.error, m.new, m.changed, m.same, m.refused) for m in found] == [(None, 0, 0, 2, 0)]


# -- rights --------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", KEYS)
def test_what_the_public_may_not_see_is_in_no_format(client, town, tmp_path, monkeypatch, key):
    said = tmp_path / "public.toml"
    texts = [f.key for f in catalogue().kind("toilet").fields if f.type == "text" and f.key != "code"]
    said.write_text(f'[classes.toilet]\nhide = [{", ".join(repr(k) for k in texts)}]\ncoarse_degrees = 0.5\n[classes.toilet.values]\nstate = [""]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(said))
    address = f"/collections/toilet/download?f={key}"
    public, whole = (everything(client.get(address, headers=h), tmp_path, key) for h in (
        {}, {"Authorization": f"Bearer {token('reader')}"}))
    for secret in ("BARE", HIDDEN, "120.61"):
        assert secret not in public and secret in whole
    assert "RICH" in public


def everything(answer, folder: Path, key: str) -> str:
    """What a download says, places included."""
    made = [f for f in saved(answer, folder, key) if f.suffix in (FORMATS[key].suffix, ".csv", ".jsonl")]
    return "".join(told(f) for f in made) + "".join(places(f) for f in made)


def places(path: Path) -> str:
    """The shapes of a file that keeps them in binary, as text."""
    if path.suffix == ".parquet":
        return str(shapely.to_wkt(shapely.from_wkb(pq.read_table(path).column("geometry").to_pylist())))
    return str(shapely.to_wkt(shapely.from_wkb(pyogrio.raw.read(path)[2]))) if path.suffix in (".gpkg", ".fgb", ".shp") else ""


# -- what is held --------------------------------------------------------------------------------
def under_way() -> int:
    with db.connect() as conn:
        return conn.execute(text("SELECT count(*) FROM pg_stat_activity WHERE query ~ '^(COPY|DECLARE|FETCH)' AND state <> 'idle' "
                                 "AND datname = current_database()")).scalar_one()


@pytest.mark.parametrize("key", KEYS)
def test_who_has_a_download_is_told_so_and_nobody_else(client, key, monkeypatch):
    address, park = f"/collections/park/download?f={key}&lang=zh", catalogue().kind("park")
    seen = whole(client, address)
    tag = seen.headers["ETag"]
    assert seen.headers["Cache-Control"] == "no-cache" and tag == client.head(address).headers["ETag"]
    reader = {"Authorization": f"Bearer {token('reader')}"}
    with monkeypatch.context() as closed:
        closed.setattr(exported, "condition", lambda *_, **__: 1 / 0)  # no row is read
        for headers in ({}, {"Accept-Encoding": "gzip"}):
            again = client.get(address, headers={"If-None-Match": f'"x", {tag}', **headers})
            assert again.status_code == 304 and again.data == b"" and again.headers["ETag"] == tag
    others = (f"{address}&q=1", address.replace("lang=zh", "lang=en"), f"{address}&bbox=120,29,121,31")
    assert tag not in {client.head(other).headers["ETag"] for other in others}
    assert client.head(address, headers=reader).headers["Cache-Control"] == "private, no-cache"
    with db.begin() as conn:
        put_many(conn, park, TOWN, [{"code": f"E-{key}", "geom": shapely.box(120.5, 30, 120.501, 30.001)}], actor="t", reason="t")
    after = whole(client, address, {"If-None-Match": tag})
    assert after.status_code == 200 and after.headers["ETag"] != tag


def test_only_who_sees_all_is_told_when_it_was_changed_and_nobody_is_answered_by_that_alone(client, monkeypatch, tmp_path):
    told = client.head(f"{WHOLE}?f=csv", headers={"Authorization": f"Bearer {token('reader')}"}).last_modified
    with db.connect() as conn:
        assert told == conn.execute(text("SELECT date_trunc('second', at) FROM layer WHERE city = 'demo' AND key = 'road'")).scalar_one()
    since = whole(client, f"{WHOLE}?f=csv", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert since.status_code == 200 and since.data
    (tmp_path / "public.toml").write_text("[classes.road]\nhide = ['owner']\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(tmp_path / "public.toml"))
    assert "Last-Modified" not in client.head(f"{WHOLE}?f=csv").headers


def test_two_at_once_and_the_third_is_told_when_to_come_back(client, refused):
    first, second = (client.get(f"{WHOLE}?f={key}", buffered=False) for key in ("geojson", "csv"))
    refused(f"{WHOLE}?f=gpkg", 503)
    assert int(client.get(f"{WHOLE}?f=csv").headers["Retry-After"]) > 0
    first.close()
    assert client.get(f"{WHOLE}?f=gpkg").data
    second.close()
    assert under_way() == 0


@pytest.mark.parametrize("key", KEYS)
def test_after_failures_refusals_and_clients_that_left_there_is_still_room(client, key, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in range(download_places.AT_ONCE + 1):
        client.get(f"{WHOLE}?f={key}", buffered=False).close()
        client.get(f"{WHOLE}?f={key}&crs=nothing")
    with monkeypatch.context() as broken:
        broken.setattr(exported, "condition", lambda *_, **__: 1 / 0)
        for _ in range(download_places.AT_ONCE + 1):
            assert client.get(f"{WHOLE}?f={key}").status_code == 500
    assert client.get(f"{WHOLE}?f={key}").data
    assert list(tmp_path.iterdir()) == [] and under_way() == 0


@pytest.mark.parametrize("key", STREAMED)
def test_a_failure_midway_breaks_the_connection(client, key, monkeypatch):
    for name in ("features", "stream"):
        true = getattr(exported, name)

        def half(*given, true=true, **named):
            yield next(true(*given, **named))
            raise ZeroDivisionError

        monkeypatch.setattr(exported, name, half)
    answer = client.get(f"{WHOLE}?f={key}", buffered=False)
    got = []
    with pytest.raises(BrokenPipeError):
        got += answer.iter_encoded()
    answer.close()
    assert answer.status_code == 200 and under_way() == 0
    monkeypatch.undo()
    assert client.get(f"{WHOLE}?f={key}").data


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(west=st.floats(120.4, 120.7), width=st.floats(0, 0.2), state=st.sampled_from(["", "&state=intact", "&state="]),
       sort=st.sampled_from(["", "&sortby=-name", "&sortby=installed_on,-updated_at"]))
def test_whatever_is_asked_every_stream_says_what_items_say(client, west, width, state, sort):
    query = f"bbox={west},29.9,{min(180.0, west + width)},30.2{state}{sort}"
    wanted = [f["properties"]["code"] for f in json.loads(client.get(f"{ROADS}?limit=1000&{query}").data)["features"]]
    lines = client.get(f"{WHOLE}?f=geojsonseq&{query}").data.split(b"\x1e")[1:]
    assert [json.loads(line)["properties"]["code"] for line in lines] == wanted
    table = client.get(f"{WHOLE}?f=csv&{query}&lang=zh").data.decode("utf-8-sig")
    assert [row["编码"] for row in csv.DictReader(io.StringIO(table))] == wanted
