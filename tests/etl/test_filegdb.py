"""FileGDB: a folder that is a file, alone, in a folder, in a .zip."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from offices import lonlat

from etl import source
from registry.errors import BadFile

XY = lonlat(6)


@pytest.fixture
def gdb(tmp_path) -> Path:
    """Two layers of points and a table without geometry."""
    path = tmp_path / "台账" / "城区.gdb"
    path.parent.mkdir()
    for layer, prefix in (("路灯", "L"), ("公厕", "G")):
        frame = geopandas.GeoDataFrame({"编号": [f"{prefix}{n}" for n in range(6)], "名称": [f"{layer}{n}" for n in range(6)]},
                                       geometry=shapely.points(XY), crs=4490)
        pyogrio.write_dataframe(frame, path, layer=layer, driver="OpenFileGDB")
    return path


def packed(gdb: Path, path: Path, inside: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for part in sorted(gdb.iterdir()):
            out.write(part, f"{inside}{part.name}")
    return path


def rows(layer):
    return [batch.source_row(i)[:2] for batch in layer.batches(["编号", "名称"], True) for i in range(len(batch.rows))]


def test_each_layer_of_a_geodatabase_is_read(gdb):
    lamps, toilets = source.layers(gdb)
    assert [x.source for x in (lamps, toilets)] == ["城区.gdb:路灯", "城区.gdb:公厕"]
    assert lamps.family == "point" and "China Geodetic Coordinate System 2000" in lamps.wkt
    assert rows(toilets) == [[f"G{n}", f"公厕{n}"] for n in range(6)]
    shapes = next(lamps.batches([], True)).shapes
    assert shapely.get_coordinates(shapes) == pytest.approx(XY, abs=1e-8)


def test_its_hash_is_over_all_its_files_but_locks(gdb):
    (gdb / "a.sr.lock").write_text("x")
    lamps = source.layers(gdb)[0]
    assert len(lamps.parts()) > 10 and not any(p.suffix == ".lock" for p in lamps.parts())


def test_it_is_found_in_a_folder_and_not_walked_into(gdb):
    assert [m.source for m in source.files(gdb.parent)] == ["城区.gdb"]


@pytest.mark.parametrize(("name", "inside", "wanted"), [
    ("城区.gdb.zip", "城区.gdb/", "城区.gdb.zip/城区.gdb:路灯"), ("交付.zip", "2024/城区.gdb/", "交付.zip/2024/城区.gdb:路灯"),
    ("城区.gdb.zip", "", "城区.gdb.zip/城区.gdb:路灯"), ("城区.zip", "", "城区.zip/城区.gdb:路灯")])
def test_a_zipped_geodatabase_is_read(gdb, tmp_path, name, inside, wanted):
    lamps, toilets = source.layers(packed(gdb, tmp_path / name, inside))
    assert lamps.source == wanted and rows(toilets)[0] == ["G0", "公厕0"]


def test_a_zipped_geodatabase_loads_and_loads_again_without_a_change(gdb, tmp_path, registry):
    path = packed(gdb, tmp_path / "城区.gdb.zip", "城区.gdb/")
    made = registry(path)
    assert {(r.kind, r.new, r.refused) for r in made} == {("streetlight", 6, 0), ("toilet", 6, 0)}
    assert all(r.same == 6 and r.batch is None for r in registry(path))


def test_a_folder_that_only_claims_to_be_one_is_said(tmp_path):
    (tmp_path / "x.gdb").mkdir()
    with pytest.raises(BadFile, match="no .gdbtable"):
        source.layers(tmp_path / "x.gdb")
    (tmp_path / "x.gdb" / "a00000001.gdbtable").write_bytes(b"\x03\0\0\0nonsense")
    with pytest.raises(BadFile, match="cannot be read"):
        source.layers(tmp_path / "x.gdb")
