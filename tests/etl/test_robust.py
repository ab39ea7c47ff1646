"""Damaged files of every container: a load of what is there or one clear sentence, never a traceback."""

from __future__ import annotations

import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from drawings import drawing, insert, polyline
from offices import dbf, lonlat, shp

from etl import source
from etl.report import LoadReport
from registry.errors import RegistryError

COUNT = 20
SHAPES = [shapely.Point(*xy) for xy in lonlat(COUNT)]
NAMES = ["编号", "名称", "功率"]
ROWS = [[f"L{n}", f"解放路{n}号灯", n * 10] for n in range(COUNT)]


def shapefile(folder: Path) -> Path:
    path = shp(folder / "路灯.shp", SHAPES, epsg=4490)
    dbf(path.with_suffix(".dbf"), NAMES, ROWS, kinds="CCN")
    path.with_suffix(".cpg").write_text("GBK")
    return path


def through_gdal(name: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        columns = {n: [row[k] for row in ROWS] for k, n in enumerate(NAMES)}
        columns["功率"] = np.array(columns["功率"], np.int32)
        frame = geopandas.GeoDataFrame(columns, geometry=SHAPES, crs=4490 if name.endswith((".gpkg", ".gdb")) else 4326)
        pyogrio.write_dataframe(frame, folder / name, layer="路灯", driver="OpenFileGDB" if name.endswith(".gdb") else None)
        return folder / name

    return write


def csv_file(folder: Path) -> Path:
    lines = [",".join([*NAMES, "经度", "纬度"]), *(f'{a},"{b}",{c},{p.x},{p.y}' for (a, b, c), p in zip(ROWS, SHAPES, strict=True))]
    (folder / "路灯.csv").write_text("\n".join(lines), encoding="gbk")
    return folder / "路灯.csv"


def workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    for line in ([*NAMES, "经度", "纬度"], *([*row, p.x, p.y] for row, p in zip(ROWS, SHAPES, strict=True))):
        book.active.append(line)
    book.save(folder / "路灯.xlsx")
    return folder / "路灯.xlsx"


def dxf(folder: Path) -> Path:
    body = "".join(insert("路灯", "LAMP", p.x, p.y, {"编号": f"L{n}"}) for n, p in enumerate(SHAPES))
    path = folder / "a.dxf"
    path.write_bytes(drawing(body + polyline("公园", [(0, 0), (1, 0), (1, 1)], closed=True)).encode("gbk"))
    return path


def archive(folder: Path) -> Path:
    inner = folder / "inner"
    inner.mkdir()
    shapefile(inner)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for path in inner.iterdir():
            out.write(path, path.name)
    shutil.rmtree(inner)
    return folder / "a.zip"


MAKERS: dict[str, Callable[[Path], Path]] = {
    "shp": shapefile, "gpkg": through_gdal("a.gpkg"), "geojson": through_gdal("a.geojson"), "geojsonl": through_gdal("a.geojsonl"),
    "gdb": through_gdal("a.gdb"), "csv": csv_file, "xlsx": workbook, "dxf": dxf, "zip": archive}


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Cut off, overwritten, blanked, doubled or scrambled somewhere."""
    at, length = chance.randrange(len(raw)), chance.choice((1, 2, 8, 64, 1024))
    kind = chance.randrange(6)
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + chance.randbytes(length) + raw[at + length:]
    if kind == 2:
        return raw[:at] + bytes(min(length, len(raw) - at)) + raw[at + length:]
    if kind == 3:
        return raw[:at] + raw[at:at + length] + raw[at:]
    if kind == 4:
        return raw[:at] + raw[at + length:]
    changed = bytearray(raw)
    for _ in range(chance.randrange(1, 12)):
        changed[chance.randrange(min(len(raw), chance.choice((128, len(raw)))))] = chance.randrange(256)
    return bytes(changed)


def read(path: Path) -> int | None:
    """How many rows it gave; None where it was refused in one sentence of both languages."""
    try:
        rows = 0
        for layer in source.layers(path):
            here = 0
            for batch in layer.batches([c.name for c in layer.columns], True):
                here += len(batch.rows)
                assert batch.shapes is None or len(batch.shapes) == len(batch.rows)
                for i in range(len(batch.rows)):
                    assert len(batch.source_row(i)) == len(layer.heads)
            rows += here
        return rows
    except RegistryError as error:
        for lang in ("zh", "en"):
            assert error.message(lang) and "\n" not in error.message(lang)
        assert error.exit_code == 3
        return None


def torment(kind: str, folder: Path, seeds: range, told: pytest.CaptureFixture[str]) -> None:
    """Each seed damages one file of a whole one; the sound one is read whole before."""
    path = MAKERS[kind](folder)
    assert read(path) in (COUNT, COUNT + 1)
    parts = sorted(p for p in (path if path.is_dir() else path.parent).rglob("*") if p.is_file())
    sound = {p: p.read_bytes() for p in parts}
    for seed in seeds:
        chance = random.Random(f"{kind} {seed}")
        victim = chance.choice([p for p in parts if sound[p]])
        victim.write_bytes(damaged(sound[victim], chance))
        try:
            read(path)
        except Exception as error:
            raise AssertionError(f"seed {seed}, {victim.name}: {error!r}") from error
        assert not told.readouterr().err, f"seed {seed}, {victim.name}: something was printed"
        victim.write_bytes(sound[victim])


def load_tormented(kind: str, folder: Path, seeds: range, registry: Callable[..., list[LoadReport]]) -> None:
    """Each seed damages one file of a whole one, which is then loaded: every row is accounted for."""
    path = MAKERS[kind](folder)
    sound = {p: p.read_bytes() for p in (path if path.is_dir() else path.parent).rglob("*") if p.is_file()}
    for seed in seeds:
        chance = random.Random(f"load {kind} {seed}")
        victim = chance.choice(sorted(p for p in sound if sound[p]))
        victim.write_bytes(damaged(sound[victim], chance))
        try:
            assert all(made.adds_up for made in registry(path, kind="streetlight", dry_run=seed % 2 == 0))
        except RegistryError as error:
            assert error.exit_code == 3, f"seed {seed}, {victim.name}"
        except Exception as error:
            raise AssertionError(f"seed {seed}, {victim.name}: {error!r}") from error
        victim.write_bytes(sound[victim])


LOADED = ("shp", "csv", "gdb", "gpkg", "xlsx")  # whose damage is not found before rows are read


@pytest.mark.parametrize("kind", LOADED)
def test_a_damaged_file_is_loaded_as_far_as_it_is_sound_or_refused(tmp_path, kind, registry):
    load_tormented(kind, tmp_path, range(4), registry)


@pytest.mark.long
@pytest.mark.parametrize("kind", LOADED)
def test_a_hundred_damaged_files_are_loaded_as_far_as_they_are_sound_or_refused(tmp_path, kind, registry):
    load_tormented(kind, tmp_path, range(100), registry)


def test_a_cpg_of_zero_bytes_is_no_encoding_and_does_not_stop_the_load(tmp_path, registry):
    path = shapefile(tmp_path)
    path.with_suffix(".cpg").write_bytes(b"\0\0GBK\0")
    made, = registry(path)
    assert made.new == COUNT


@pytest.mark.parametrize("head", [b"\xca\xff\xfe", "备\0注".encode("gbk"), b"\x01"])
def test_a_head_that_is_no_text_does_not_stop_the_load_nor_its_reject_file(tmp_path, registry, head):
    path = csv_file(tmp_path)
    lines = path.read_bytes().split(b"\n")
    lines[0] += b"," + head
    lines[3] = lines[3].replace(b"L2,", b",")
    path.write_bytes(b" " * 5000 + b"\n" + b"\n".join(lines))  # beyond where a file is looked at for being text at all
    made, = registry(path, encoding="GBK")
    assert (made.read, made.new, made.refused) == (COUNT, COUNT - 1, 1) and made.rejects.is_file()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_damaged_file_gives_rows_or_a_sentence(tmp_path, kind, capfd):
    torment(kind, tmp_path, range(25), capfd)


@pytest.mark.long
@pytest.mark.parametrize("kind", MAKERS)
def test_a_thousand_damaged_files_give_rows_or_a_sentence(tmp_path, kind, capfd):
    torment(kind, tmp_path, range(1000), capfd)
