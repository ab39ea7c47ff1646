"""Exports as people and programs read them: names, encodings, CRS, what stands beside, and nothing half made."""

from __future__ import annotations

import csv
import io
import json
import weakref

import fiona
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from export_town import exported, filled, load_into
from sqlalchemy import text

from registry import export, geo, history
from registry.catalogue import load
from registry.errors import BadFile, BadValue
from registry.export import FORMATS, Order, beside, content
from registry.export.heads import heads
from registry.scope import Sight
from registry.store import cities
from registry.store import exported as rows_out
from registry.store.staging import put_many

PIPE, TOILET, ROAD, DISTRICT = (load().kind(k) for k in ("pipe", "toilet", "road", "district"))
LINE = shapely.LineString([(120.5, 30), (120.51, 30)])
POINT = shapely.Point(120.5, 30)
# 表2 of GB/T 47678.5-2026, as far as the registry has a field for it.
STANDARD = {"code": "GLBJBSM", "name": "GLBJMC", "supervisor_code": "ZGBMDM", "supervisor": "ZGBMMC", "owner_code": "QSDWDM",
            "owner": "QSDWMC", "keeper_code": "YHDWDM", "keeper": "YHDWMC", "grid": "SZDYWGBSM", "state": "GLBJZT",
            "installed_on": "CSRQ", "note": "BZ"}


def toilet(code="T1", geom=POINT, **more):
    return {"code": code, "name": "解放路公厕", "state": "intact", **more, "geom": geom}


def ordered(conn, kind, form, path, **more):
    return export.to_file(conn, Order(kind, "demo", FORMATS[form], **more), path)


@pytest.mark.parametrize("key", [k.key for k in load().kinds])
def test_short_names_have_ten_bytes_are_unique_and_are_known_again(key):
    kind = load().kind(key)
    names = heads(kind, "short")
    assert all(len(n.encode()) <= 10 for n in names.values()) and len({n.casefold() for n in names.values()}) == len(names)
    if kind.table == "asset":
        assert {k: names[k] for k in STANDARD} == STANDARD
    titles = heads(kind, "title")
    assert {kind.field_named(n).key for n in titles.values()} == set(titles)


@pytest.mark.parametrize(("encoding", "mark", "ldid"), [("gbk", "GBK", 0x4D), ("utf-8", "UTF-8", 0)])
def test_a_shapefile_says_its_encoding_twice_and_explains_its_columns(conn, tmp_path, encoding, mark, ldid):
    filled(conn, TOILET, [toilet(toilet_class="first", accessible=True)])
    path, = exported(conn, TOILET, tmp_path, "shp", encoding=encoding)
    assert path.with_suffix(".cpg").read_text() == mark and path.with_suffix(".dbf").read_bytes()[29] == ldid
    with fiona.open(path) as opened:
        row = next(iter(opened))["properties"]
        assert opened.crs.to_epsg() == 4490
    assert (row["GLBJMC"], row["GLBJZT"], row["WZA"]) == ("解放路公厕", "完好", True)
    with open(beside.fields_of(path), encoding="utf-8-sig", newline="") as file:
        said = {r["column"]: r for r in csv.DictReader(file)}
    assert said["GLBJZT"]["field"] == "state" and "intact=完好" in said["GLBJZT"]["codes"]
    assert {c for c in said if not c.startswith("_")} == set(heads(TOILET, "short").values())


def test_a_class_of_two_geometries_is_one_shapefile_each(conn, tmp_path):
    filled(conn, TOILET, [toilet("T1"), toilet("T2", shapely.box(120.5, 30, 120.501, 30.001))])
    files = exported(conn, TOILET, tmp_path, "shp")
    assert [f.name for f in files] == ["toilet_point.shp", "toilet_polygon.shp"]
    assert load_into(conn, "demo", TOILET, files) == (0, 0, 2, 0)


def test_replacing_an_export_takes_the_files_of_its_parts_away_but_nobody_else_s(conn, tmp_path):
    filled(conn, TOILET, [toilet("T1"), toilet("T2", shapely.box(120.5, 30, 120.501, 30.001))])
    exported(conn, TOILET, tmp_path, "shp")
    own = tmp_path / "toilet_multipoint.shp"
    own.write_text("somebody's own")
    batch = history.open_batch(conn, city="demo", kind="edit", actor="t", reason="t")
    conn.execute(text("UPDATE asset SET geom = ST_Centroid(geom), version = 2, batch = :b, sys_from = :a WHERE code = 'T2'"),
                 {"b": batch.id, "a": batch.at})
    path, = exported(conn, TOILET, tmp_path, "shp", force=True)
    assert path.name == "toilet.shp" and {p.name for p in tmp_path.glob("toilet_*")} == {own.name}


def placeless(conn, *codes, geom="NULL"):
    """These toilets have lost their place, or have another."""
    batch = history.open_batch(conn, city="demo", kind="edit", actor="t", reason="t")
    conn.execute(text(f"UPDATE asset SET geom = {geom}, version = version + 1, batch = :b, sys_from = :a WHERE code = ANY(:c)"),
                 {"b": batch.id, "a": batch.at, "c": list(codes)})


@pytest.mark.parametrize("form", [f.key for f in FORMATS])
def test_rows_without_geometry_stand_among_the_others_and_in_a_table_beside_where_the_format_cannot(conn, tmp_path, form):
    filled(conn, TOILET, [toilet("T1"), toilet("T2"), toilet("T3", note="没有位置")])
    placeless(conn, "T2", "T3")
    files = exported(conn, TOILET, tmp_path, form)
    beside_it = [f.name for f in files if f.name.endswith(".nogeom.csv")]
    assert beside_it == (["toilet.nogeom.csv"] if form in ("shp", "fgb") else []) and len(files) == 1 + len(beside_it)
    before = conn.execute(text("SELECT code, version, attrs, district, grid, geom FROM asset ORDER BY code")).all()
    assert load_into(conn, "demo", TOILET, files) == (0, 0, 3, 0)
    assert conn.execute(text("SELECT code, version, attrs, district, grid, geom FROM asset ORDER BY code")).all() == before


@pytest.mark.parametrize("form", [f.key for f in FORMATS])
def test_a_class_none_of_whose_rows_has_a_place_goes_out_and_comes_back(conn, tmp_path, form):
    filled(conn, TOILET, [toilet("T1"), toilet("T2")])
    placeless(conn, "T1", "T2")
    files = [f for f in exported(conn, TOILET, tmp_path, form) if FORMATS[form].placeless or f.suffix == ".csv"]
    assert load_into(conn, "demo", TOILET, files, crs="EPSG:4490") == (0, 0, 2, 0)


@pytest.mark.parametrize("form", [f.key for f in FORMATS if f.placeless])
def test_a_row_without_geometry_is_of_an_asset_that_has_none_either(conn, tmp_path, form):
    """It may change what else is said of it; an asset that has a place is not known by an empty one, nor is a new one."""
    filled(conn, TOILET, [toilet("T1"), toilet("T2", state="intact"), toilet("T3")])
    placeless(conn, "T2")
    files = exported(conn, TOILET, tmp_path, form)
    put_many(conn, TOILET, cities.get(conn, "demo"), [{"code": "T2", "state": "damaged"}], actor="t", reason="t")
    assert load_into(conn, "demo", TOILET, files) == (0, 1, 2, 0)
    assert conn.execute(text("SELECT state, geom FROM asset WHERE code = 'T2'")).one() == ("intact", None)
    placeless(conn, "T2", geom="ST_Point(120.51, 30, 4490)")
    assert load_into(conn, "demo", TOILET, files) == (0, 0, 2, 1)
    cities.put(conn, cities.City("other", "另一市", "Other", None, 4549))
    assert load_into(conn, "other", TOILET, files) == (2, 0, 0, 1)


def test_a_file_that_says_no_place_leaves_the_division_as_it_is(conn, tmp_path):
    filled(conn, DISTRICT, [{"code": "330602", "name": "越城区", "geom": shapely.box(120.4, 29.9, 120.6, 30.1)}])
    filled(conn, TOILET, [toilet("T1"), toilet("T2")])
    placeless(conn, "T2")
    file = tmp_path / "toilet.csv"
    file.write_text("编码,备注,WKT\nT1,甲,POINT(120.5 30)\nT2,乙,\n", encoding="utf-8")
    assert load_into(conn, "demo", TOILET, [file]) == (0, 2, 0, 0)
    assert conn.execute(text("SELECT district, attrs ->> 'note' FROM asset WHERE class = 'toilet' ORDER BY code")).all() == [
        ("330602", "甲"), ("330602", "乙")]


@pytest.mark.parametrize("form", [f.key for f in FORMATS if not f.degrees])
def test_an_export_never_holds_more_than_a_few_batches(conn, tmp_path, form, monkeypatch):
    filled(conn, TOILET, [toilet(f"T{n}") for n in range(100)])
    monkeypatch.setattr(rows_out, "BATCH_ROWS", 10)
    alive: weakref.WeakSet = weakref.WeakSet()
    most = []

    class Counted(content.Batch):
        __hash__ = object.__hash__

        def __init__(self, *given):
            super().__init__(*given)
            alive.add(self)
            most.append(len(alive))

    monkeypatch.setattr(content, "Batch", Counted)
    exported(conn, TOILET, tmp_path, form)
    assert len(most) == 10 and max(most) <= 3


@pytest.mark.parametrize("form", [f.key for f in FORMATS if f.degrees])
def test_features_as_text_come_first_alone_then_by_blocks(conn, form, monkeypatch):
    filled(conn, TOILET, [toilet(f"T{n}") for n in range(100)])
    monkeypatch.setattr(rows_out, "BLOCK_BYTES", 4000)
    blocks = list(export.streamed(conn, Order(TOILET, "demo", FORMATS[form])))
    counts = [b.count(b'"Feature"') for b in blocks]
    assert counts[0] == 1 and sum(counts) == 100 and max(map(len, blocks)) < 5000


def test_a_value_corrected_in_the_file_wins_over_the_sidecar(conn, tmp_path):
    long = "长" * 300
    filled(conn, TOILET, [toilet("T1", note=long), toilet("T2", note=long)])
    path, = exported(conn, TOILET, tmp_path, "xlsx")
    assert not beside.values_of(path).exists()
    path, = exported(conn, TOILET, tmp_path, "shp", encoding="gbk")
    assert beside.values_of(path).exists()
    table = path.with_suffix(".dbf")
    raw = table.read_bytes()
    at = raw.index("长".encode("gbk") * 127)
    table.write_bytes(raw[:at] + "短".encode("gbk").ljust(254) + raw[at + 254:])
    assert load_into(conn, "demo", TOILET, [path]) == (0, 1, 1, 0)
    notes = conn.execute(text("SELECT attrs->>'note' FROM asset ORDER BY code")).scalars().all()
    assert notes == ["短", long]


def test_a_csv_runs_no_formula_and_gives_the_text_back(conn, tmp_path):
    filled(conn, TOILET, [toilet(name="=cmd|' /C calc'!A0", note="'+86", address="-5")])
    path, = exported(conn, TOILET, tmp_path, "csv")
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    row, = csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))
    assert (row["名称"], row["备注"], row["地址"]) == ("'=cmd|' /C calc'!A0", "''+86", "'-5")
    assert load_into(conn, "demo", TOILET, [path]) == (0, 0, 1, 0)


def test_geojson_is_of_rfc_7946(conn, tmp_path):
    clockwise = shapely.box(120.5, 30, 120.6, 30.1, ccw=False)
    filled(conn, DISTRICT, [{"code": "330602", "name": "越城区", "geom": clockwise}])
    path, = exported(conn, DISTRICT, tmp_path, "geojson")
    said = json.loads(path.read_text("utf-8"))
    ring = shapely.LinearRing(said["features"][0]["geometry"]["coordinates"][0])
    assert ring.is_ccw and "crs" not in said and said["features"][0]["properties"]["name"] == "越城区"
    with pytest.raises(BadValue, match="RFC 7946"):
        ordered(conn, DISTRICT, "geojson", tmp_path / "x.geojson", crs="EPSG:4549")


def test_a_sequence_has_a_record_separator_before_each_feature(conn, tmp_path):
    filled(conn, TOILET, [toilet("T1"), toilet("T2")])
    path, = exported(conn, TOILET, tmp_path, "geojsonseq")
    parts = path.read_bytes().split(b"\x1e")
    assert parts[0] == b"" and [json.loads(p)["properties"]["code"] for p in parts[1:]] == ["T1", "T2"]


def test_geoparquet_carries_its_metadata(conn, tmp_path):
    filled(conn, ROAD, [{"code": "R1", "geom": LINE}])
    path, = exported(conn, ROAD, tmp_path, "parquet", crs="EPSG:4549")
    made = pq.ParquetFile(path)
    said = json.loads(made.schema_arrow.metadata[b"geo"])
    column = said["columns"][said["primary_column"]]
    assert (said["version"], column["encoding"], column["geometry_types"]) == ("1.1.0", "WKB", ["LineString"])
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4549}
    shape = shapely.from_wkb(made.read().column(said["primary_column"])[0].as_py())
    assert shape.coords[0][0] == pytest.approx(548_243, abs=1)


def test_a_flatgeobuf_has_no_index_and_a_geopackage_has_one_and_titles(conn, tmp_path):
    filled(conn, ROAD, [{"code": "R1", "geom": LINE}])
    path, = exported(conn, ROAD, tmp_path, "fgb")
    assert not pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"]
    path, = exported(conn, ROAD, tmp_path, "gpkg")
    assert pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"]
    import sqlite3

    with sqlite3.connect(path) as table:
        assert ("name", "名称") in table.execute("SELECT column_name, name FROM gpkg_data_columns").fetchall()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_in_metres_names_its_crs(conn, tmp_path, form):
    filled(conn, ROAD, [{"code": "R1", "geom": LINE}])
    path, = exported(conn, ROAD, tmp_path, form, crs="EPSG:4550")
    lines = path.read_text("utf-8-sig") if form == "csv" else str(list(openpyxl.load_workbook(path).active.values))
    assert "SRID=4550;LINESTRING" in lines
    assert load_into(conn, "demo", ROAD, [path]) == (0, 0, 1, 0)


def test_measures_are_told_and_do_not_become_surveyed(conn, tmp_path):
    filled(conn, ROAD, [{"code": "R1", "length_m": None, "geom": LINE}, {"code": "R2", "length_m": 1000.0, "geom": shapely.affinity.translate(LINE, 0, 0.01)}])
    path, = exported(conn, ROAD, tmp_path, "gpkg")
    with fiona.open(path) as opened:
        told = [(r["properties"]["length_m"], r["properties"]["_length_m"]) for r in opened]
    assert told[0] == (None, pytest.approx(964.7, abs=1)) and told[1] == (1000.0, 1000.0)


def test_measures_that_a_cell_rounds_need_no_file_beside(conn, tmp_path):
    lines = [shapely.LineString([(120.5, 30 + n / 100), (round(120.5 + n / 977, 9), 30 + n / 100)]) for n in range(1, 40)]
    filled(conn, ROAD, [{"code": f"R{n}", "geom": line} for n, line in enumerate(lines)])
    path, = exported(conn, ROAD, tmp_path, "xlsx")
    assert [p.name for p in tmp_path.iterdir()] == [path.name] and load_into(conn, "demo", ROAD, [path]) == (0, 0, 39, 0)


def test_a_missing_value_is_not_told_as_its_default(conn, tmp_path):
    filled(conn, ROAD, [{"code": "R1", "geom": LINE}])
    path, = exported(conn, ROAD, tmp_path, "gpkg")
    with fiona.open(path) as opened:
        assert next(iter(opened))["properties"]["is_key"] is None


def test_an_export_as_of_then_shows_what_was_known_then(conn, tmp_path):
    filled(conn, ROAD, [{"code": "R1", "name": "旧名", "geom": LINE}])
    then = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    put_many(conn, ROAD, cities.get(conn, "demo"), [{"code": "R1", "name": "新名", "geom": LINE}], actor="t", reason="t")
    path, = exported(conn, ROAD, tmp_path, "csv", sight=Sight(as_of=then))
    assert "旧名" in path.read_text("utf-8-sig") and "新名" not in path.read_text("utf-8-sig")


def test_a_line_turned_round_is_a_change_and_a_ring_turned_round_is_none(conn, tmp_path):
    filled(conn, ROAD, [{"code": "R1", "geom": LINE}])
    filled(conn, DISTRICT, [{"code": "1", "geom": shapely.box(120.5, 30, 120.6, 30.1)}])
    town, who = cities.get(conn, "demo"), {"actor": "t", "reason": "t"}
    assert put_many(conn, ROAD, town, [{"code": "R1", "geom": LINE.reverse()}], **who).changed == 1
    turned = shapely.MultiPolygon([shapely.box(120.5, 30, 120.6, 30.1, ccw=False)])
    assert put_many(conn, DISTRICT, town, [{"code": "1", "geom": turned}], **who).same == 1


@pytest.mark.parametrize("form", [f.key for f in FORMATS])
def test_a_class_without_rows_makes_a_file_all_the_same(conn, city, tmp_path, form):
    path, = exported(conn, TOILET, tmp_path, form)
    assert path.is_file() and (path.stat().st_size > 0 or form == "geojsonseq")


def test_an_existing_file_is_kept_unless_told_otherwise_and_old_sidecars_go(conn, tmp_path):
    filled(conn, TOILET, [toilet(note="长" * 300)])
    path, = exported(conn, TOILET, tmp_path, "shp")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(BadFile, match="--force"):
        ordered(conn, TOILET, "shp", path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    put_many(conn, TOILET, cities.get(conn, "demo"), [{"code": "T1", "note": None}], actor="t", reason="t")
    export.to_file(conn, Order(TOILET, "demo", FORMATS["shp"]), path, force=True)
    assert not beside.values_of(path).exists() and {p.name for p in tmp_path.iterdir()} == before.keys() - {beside.values_of(path).name}


def test_a_table_of_rows_without_a_place_is_not_taken_from_the_file_that_it_belongs_to(conn, tmp_path):
    filled(conn, TOILET, [toilet("T1"), toilet("T2")])
    placeless(conn, "T2")
    first, table = exported(conn, TOILET, tmp_path, "fgb")
    before = table.read_bytes()
    for form in ("gpkg", "csv", "geojson"):
        assert exported(conn, TOILET, tmp_path, form)
        export.to_file(conn, Order(TOILET, "demo", FORMATS[form]), first.with_suffix(FORMATS[form].suffix), force=True)
    assert table.read_bytes() == before
    placeless(conn, "T2", geom="ST_SetSRID(ST_MakePoint(120.5, 30), 4490)")  # now the new file would have none
    with pytest.raises(BadFile, match="nogeom"):
        ordered(conn, TOILET, "shp", first.with_suffix(".shp"))
    assert table.read_bytes() == before
    export.to_file(conn, Order(TOILET, "demo", FORMATS["fgb"]), first, force=True)
    assert not table.exists()


def test_a_failing_export_leaves_nothing_behind(conn, tmp_path, monkeypatch):
    filled(conn, TOILET, [toilet()])

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(content.Content, "_fit", broken)
    monkeypatch.setattr(rows_out, "features", broken)
    for form in FORMATS:
        with pytest.raises(ZeroDivisionError):
            exported(conn, TOILET, tmp_path, form.key)
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_true_way_is_refused(conn, city, tmp_path):
    for crs in ("EPSG:2383", "EPSG:2437"):  # Xi'an 80, Beijing 54
        with pytest.raises(BadValue, match="no known transformation"):
            ordered(conn, TOILET, "gpkg", tmp_path / "x.gpkg", crs=crs)
    with pytest.raises(BadValue):
        ordered(conn, TOILET, "gpkg", tmp_path / "x.gpkg", encoding="gbk")
    assert geo.from_stored(4326) is None


def test_streams_are_what_the_files_are_and_others_say_they_cannot(conn, tmp_path):
    filled(conn, TOILET, [toilet()])
    for form in FORMATS:
        out = io.BytesIO()
        order = Order(TOILET, "demo", form)
        if form.stream is None:
            with pytest.raises(BadValue, match="standard output"):
                export.to_stream(conn, order, out)
            continue
        export.to_stream(conn, order, out)
        assert out.getvalue() == exported(conn, TOILET, tmp_path, form.key)[0].read_bytes()
