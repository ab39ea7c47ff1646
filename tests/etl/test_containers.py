"""Folders in folders, and GeoJSON in its kinds: nothing that they hold is lost in silence."""

from __future__ import annotations

import json
import os
import socket

import numpy as np
import pyogrio
import pytest
import shapely
from offices import dbf, shp
from test_source import POINTS, ROWS, only, read, sentence

from etl import source
from registry.errors import BadFile


def test_folders_in_folders_are_loaded_and_keep_their_files_apart(tmp_path, registry):
    for folder, code in (("north", "N"), ("south/old", "S"), (".hidden", "H")):
        (tmp_path / folder).mkdir(parents=True)
        shp(tmp_path / folder / "路灯.shp", POINTS, epsg=4490)
        dbf(tmp_path / folder / "路灯.dbf", ["编号", "名称"], [[f"{code}{n}", "x"] for n in range(4)] + [["", "no code"]])
    made = registry(tmp_path)
    assert [(r.file, r.new, r.refused) for r in made] == [("north/路灯.shp", 4, 1), ("south/old/路灯.shp", 4, 1)]
    assert len({r.rejects for r in made}) == 2 and all(r.rejects.is_file() for r in made)


def test_a_folder_without_end_is_not_walked_to_its_end(office, tmp_path, monkeypatch):
    office("路灯", ["编号", "名称"], ROWS, POINTS)
    deep = tmp_path / "/".join("abcdefghijkl")
    deep.mkdir(parents=True)
    (deep / "x.csv").write_text("编号,名称\nA,甲\n")
    told = [m for m in source.files(tmp_path) if m.left_out]
    assert [m.path.name for m in told] == ["i"] and "too deep" in told[0].left_out[1]
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    monkeypatch.setattr(source, "DEPTH", 20)
    assert [m.source for m in source.files(tmp_path)] == ["路灯.shp", "a/b/c/d/e/f/g/h/i/j/k/l/x.csv"]
    monkeypatch.setattr(source, "FILES", 1)
    assert "more than 1 files" in sentence(tmp_path)


@pytest.mark.parametrize("suffix", [".geojsonl", ".ndjson", ".geojsons"])
def test_a_geojson_feature_a_line_is_read_and_a_wrong_line_is_named(tmp_path, suffix):
    place = {"type": "Point", "coordinates": [120.6, 30.0]}
    lines = [json.dumps({"type": "Feature", "properties": {"编号": f"L{n}"}, "geometry": place}, ensure_ascii=False) for n in range(5)]
    path = tmp_path / f"路灯{suffix}"
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    assert [r[0] for r in read(only(path))[0]] == [f"L{n}" for n in range(5)]
    lines[3] = lines[3][:-9]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "line 4" in sentence(path)


@pytest.mark.parametrize("name", ["a.geojson", "a.geojsonl"])
def test_a_geojson_in_gbk_is_refused_with_the_way_out(tmp_path, name):
    feature = '{"type":"Feature","properties":{"名称":"解放路"},"geometry":{"type":"Point","coordinates":[120.6,30.0]}}'
    content = feature if name.endswith("l") else f'{{"type":"FeatureCollection","features":[{feature}]}}'
    (tmp_path / name).write_text(content, encoding="gbk")
    assert "save it as UTF-8" in sentence(tmp_path / name)


def test_a_container_that_gives_fewer_rows_than_it_says_is_no_silent_loss(tmp_path, monkeypatch):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"a": n}, "geometry": {"type": "Point", "coordinates": [120, 30]}} for n in range(3)]}))
    layer = only(path)
    layer.rows = 4
    with pytest.raises(BadFile, match="after 3 of 4"):
        read(layer)


@pytest.fixture
def listening():
    """(port, the requests that came) of a computer on the network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server.getsockname()[1], server


def test_a_virtual_dataset_under_another_name_is_not_followed(tmp_path, listening):
    port, server = listening
    vrt = (f'<OGRVRTDataSource><!-- "FeatureCollection" "geometry"\n  0\nSECTION\n  0\nEOF\n--><OGRVRTLayer name="entities">'
           f"<SrcDataSource>/vsicurl/http://127.0.0.1:{port}/x.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>")
    for name in ("a.geojson", "a.json", "a.fgb", "a.geojsonl", "a.dxf"):
        (tmp_path / name).write_text(vrt)
        said = sentence(tmp_path / name)
        assert "does not hold what" in said or "is not a DXF" in said
    with pytest.raises(TimeoutError):
        server.accept()


def test_an_address_in_a_geojson_is_not_asked(tmp_path, listening):
    port, server = listening
    crs = {"type": "link", "properties": {"href": f"http://127.0.0.1:{port}/crs"}}
    feature = {"type": "Feature", "properties": {"code": "A"}, "geometry": {"type": "Point", "coordinates": [120, 30]}}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    assert read(only(tmp_path / "a.geojson"))[0] == [["A"]]
    with pytest.raises(TimeoutError):
        server.accept()


def test_a_name_in_gbk_bytes_is_read_as_it_was_meant(tmp_path, registry):
    home = tmp_path / "files"
    home.mkdir()
    folder = os.fsencode(home) + b"/" + "北区".encode("gbk")
    os.mkdir(folder)
    name = folder + b"/" + "路灯".encode("gbk") + b".csv"  # as unzip leaves it of an archive from Windows
    with open(name, "w", encoding="gbk") as file:
        file.write("编号,名称,经度,纬度\nA,甲,120.58,30.01\n,乙,120.58,30.01\n")
    for path, told in ((os.fsdecode(name), "路灯.csv"), (os.fsdecode(folder), "路灯.csv"), (str(home), "北区/路灯.csv")):
        made, = registry(type(tmp_path)(path))
        assert (made.file, made.kind, made.new + made.same, made.refused) == (told, "streetlight", 1, 1)
        assert made.rejects.is_file()
    made, = registry(type(tmp_path)(os.fsdecode(name)), save_mapping=tmp_path / "m.toml")
    assert 'match = "路灯.csv"' in (tmp_path / "m.toml").read_text(encoding="utf-8")


def test_rows_refused_of_a_file_deep_in_folders_of_long_names_are_kept(tmp_path, registry):
    home = tmp_path / "files"
    folder = home.joinpath(*["二〇二五年度城市照明设施普查成果"] * 7)
    folder.mkdir(parents=True)
    for name in ("路灯", "路灯二"):
        (folder / f"{name}.csv").write_text(f"编号,名称,经度,纬度\n{name},甲,120.58,30.01\n,乙,120.58,30.01\n", encoding="utf-8")
    one, two = registry(home, kind="streetlight", source="照明" * 60)
    assert (one.new, one.refused) == (two.new, two.refused) == (1, 1)
    assert one.rejects.is_file() and two.rejects.is_file() and one.rejects != two.rejects


def test_a_flatgeobuf_without_rows_says_so(tmp_path):
    path = tmp_path / "路灯.fgb"
    pyogrio.raw.write(path, np.array([], object), [np.array([], object)], ["编号"], driver="FlatGeobuf",
                      geometry_type="Point", crs="EPSG:4490", SPATIAL_INDEX="NO")
    with pytest.raises(BadFile, match="has no records"):
        source.layers(path)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_flatgeobuf_with_a_row_without_a_place_refuses_that_row_alone(tmp_path, registry, at):
    path = tmp_path / "路灯.fgb"
    shapes = np.array([shapely.to_wkb(shapely.Point(120.58 + n / 1000, 30.01)) for n in range(3)], object)
    shapes[at] = None
    pyogrio.raw.write(path, shapes, [np.array(["A0", "A1", "A2"], object)], ["编号"], driver="FlatGeobuf", geometry_type="Point",
                      crs="EPSG:4490", SPATIAL_INDEX="NO")
    (made,) = registry(path, kind="streetlight")
    assert (made.new, made.refused) == (2, 1) and made.rejects.is_file()
