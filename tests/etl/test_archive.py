"""Archives: what an office sends is read, what an attacker sends is refused by name and writes nothing."""

from __future__ import annotations

import gc
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from offices import dbf, lonlat, shp

from etl import archive, source
from registry import settings
from registry.errors import BadFile

POINTS = [shapely.Point(*xy) for xy in lonlat(5)]
ROWS = [[f"L{n}", f"路灯{n}"] for n in range(5)]


@pytest.fixture
def parts(office):
    """The bytes of a shapefile by suffix."""
    path = office("路灯", ["编号", "名称"], ROWS, POINTS, cpg="GBK")
    found = {p.suffix: p.read_bytes() for p in path.parent.iterdir()}
    for p in path.parent.iterdir():
        p.unlink()
    return found


def plain_zip(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as out:
        for name, content in entries.items():
            out.writestr(name, content)
    return path


def old_zip(path: Path, entries: list[tuple[bytes, bytes]], *, flags: int = 0, claimed: int | None = None, mode: int = 0) -> Path:
    """A .zip written byte by byte: names as raw bytes without the UTF-8 flag, sizes as claimed."""
    body, directory = b"", b""
    for name, content in entries:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush()
        size = len(content) if claimed is None else claimed
        common = struct.pack("<HHHHHIIIHH", 20, flags, 8, 0, 0x21, zlib.crc32(content), len(packed), size, len(name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 0x0314) + common + struct.pack("<HHHII", 0, 0, 0, mode << 16, len(body)) + name
        body += b"PK\3\4" + common + name + packed
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    path.write_bytes(body + directory + end)
    return path


def rows(layer):
    return [batch.source_row(i) for batch in layer.batches([], True) for i in range(len(batch.rows))]


def work_folders() -> list[Path]:
    gc.collect()  # an exception that pytest keeps holds what its frames hold
    base = settings.home() / "work"
    return [p for p in base.iterdir() if f"-{os.getpid()}-" in p.name] if base.is_dir() else []


def around(path: Path) -> list[Path]:
    """What lies where a name that leads elsewhere would write."""
    home = settings.home()
    (home / "work").mkdir(parents=True, exist_ok=True)
    return sorted(p for folder in (path.parent, path.parent.parent, home, home / "work") for p in folder.iterdir())


def refused(path: Path) -> str:
    """The English sentence of a refusal, after which nothing is left in the work folder nor beside the archive."""
    before = around(path)
    with pytest.raises(BadFile) as caught:
        source.layers(path)
    assert caught.value.exit_code == 3 and "\n" not in caught.value.message("zh") and str(path.name) in caught.value.message("zh")
    assert around(path) == before and not work_folders()
    return caught.value.message("en")


# -- what offices send -----------------------------------------------------------------------------
def test_names_in_gbk_without_the_flag_are_read_and_reported_as_meant(tmp_path, parts):
    path = old_zip(tmp_path / "city.zip", [(f"台账/路灯{s}".encode("gbk"), content) for s, content in parts.items()])
    layer, = source.layers(path)
    assert layer.source == "city.zip/台账/路灯.shp" and layer.name == "路灯" and rows(layer) == ROWS


def test_a_second_byte_that_looks_like_a_backslash_is_no_separator(tmp_path, parts):
    assert b"\\" in "昞".encode("gbk")
    layer, = source.layers(old_zip(tmp_path / "a.zip", [(f"昞{s}".encode("gbk"), content) for s, content in parts.items()]))
    assert layer.source == "a.zip/昞.shp" and rows(layer) == ROWS


def test_several_shapefiles_and_what_belongs_to_none_are_told_apart(tmp_path, parts):
    entries = {f"{stem}{s}": content for stem in ("路灯", "公厕") for s, content in parts.items()}
    more = {"路灯.shp.xml": b"<metadata/>", "__MACOSX/._路灯.shp": b"x", "说明.pdf": b"%PDF", "旧图.dwg": b"AC1027", "空/": b""}
    held = source.files(plain_zip(tmp_path / "城区.zip", entries | more))
    assert [m.source for m in held if m.left_out is None] == ["城区.zip/公厕.shp", "城区.zip/路灯.shp"]
    assert [(m.source, "DXF" in m.left_out[1]) for m in held if m.left_out] == [("城区.zip/旧图.dwg", True)]


def test_a_broken_file_in_an_archive_is_named_by_its_place_there(tmp_path, parts):
    del parts[".dbf"]
    path = plain_zip(tmp_path / "city.zip", {f"路灯{s}": content for s, content in parts.items()})
    with pytest.raises(BadFile, match=r"^File city\.zip/路灯\.shp: its \.dbf"):
        source.layers(path)


def test_a_parquet_in_an_archive_is_named_by_its_place_there(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "空.parquet")
    path = plain_zip(tmp_path / "城.zip", {"空.parquet": (tmp_path / "空.parquet").read_bytes()})
    member, = source.files(path)
    with pytest.raises(BadFile) as caught:
        source.layers(member)
    assert caught.value.facts["file"] == "城.zip/空.parquet"


def test_the_work_folder_is_there_as_long_as_a_layer_is(tmp_path, parts):
    layer, = source.layers(plain_zip(tmp_path / "a.zip", {f"路灯{s}": content for s, content in parts.items()}))
    folder, = work_folders()
    assert layer.file.is_relative_to(folder) and layer.parts()
    del layer
    assert not work_folders()


def test_what_a_killed_load_left_is_cleared_away(tmp_path, parts):
    left = settings.home() / "work" / f"{archive.WORK_PREFIX}999999999-x"
    left.mkdir(parents=True)
    layer, = source.layers(plain_zip(tmp_path / "a.zip", {f"路灯{s}": content for s, content in parts.items()}))
    assert not left.exists() and layer.rows == 5


def test_an_archive_in_a_folder_is_loaded_with_its_neighbours(tmp_path, parts):
    for s, content in parts.items():
        (tmp_path / f"桥梁{s}").write_bytes(content)
    (tmp_path / "north").mkdir()
    plain_zip(tmp_path / "north" / "a.zip", {f"路灯{s}": content for s, content in parts.items()})
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 no")
    held = source.files(tmp_path)
    assert [m.source for m in held if not m.error] == ["桥梁.shp", "north/a.zip/路灯.shp"]
    assert [m.source for m in held if m.error] == ["bad.zip"], "a bad archive does not stop the others"


def test_a_load_of_an_archive_twice_changes_nothing_and_leaves_nothing(registry, tmp_path, parts):
    path = plain_zip(tmp_path / "city.zip", {f"路灯{s}": content for s, content in parts.items()})
    made, = registry(path)
    assert (made.file, made.kind, made.new, made.refused) == ("city.zip/路灯.shp", "streetlight", 5, 0)
    again, = registry(path)
    assert again.same == 5 and again.batch is None and not work_folders()


# -- what attackers send ---------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "word"), [
    (b"/etc/evil.shp", "absolute"), (b"\\\\host\\evil.shp", "absolute"), (b"C:\\evil.shp", "absolute"), (b"c:evil.shp", "absolute"),
    (b"../evil.shp", "outside"), (b"a/../../evil.shp", "outside"), (b"a\\..\\..\\evil.shp", "outside"), (b"..\\evil.shp", "outside"),
    (b"evil.shp\0.txt", "control"), (b"a\nb.shp", "control"), (b"in.zip", "archive within"),
    (b"a/in.7Z", "archive within"), (b"in.tar.gz", "archive within")])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name, word):
    message = refused(old_zip(tmp_path / "x.zip", [(b"ok.csv", b"a,b\n1,2\n"), (name, b"evil")]))
    assert word in message and "not safe" in message


@pytest.mark.parametrize(("mode", "word"), [(0o120777, "symbolic link"), (0o010644, "no plain file"), (0o020644, "no plain file")])
def test_a_link_or_a_device_is_refused(tmp_path, mode, word):
    assert word in refused(old_zip(tmp_path / "x.zip", [(b"a.shp", b"/etc/passwd")], mode=mode))


def test_an_encrypted_entry_is_refused_with_the_way_out(tmp_path):
    assert "password" in refused(old_zip(tmp_path / "x.zip", [(b"a.shp", b"12345678901234567890")], flags=1))


@pytest.mark.parametrize("second", [b"a.shp", b"A.SHP", b"./a.shp", b".\\a.shp"])
def test_the_same_name_twice_is_refused(tmp_path, second):
    assert "twice" in refused(old_zip(tmp_path / "x.zip", [(b"a.shp", b"1"), (second, b"2")]))


@pytest.mark.parametrize("claimed", [0, 10, 5_000])
def test_a_header_that_lies_about_the_size_is_refused(tmp_path, claimed):
    assert f"claims {claimed} bytes" in refused(old_zip(tmp_path / "x.zip", [(b"a.shp", b"x" * 1000)], claimed=claimed))


def test_a_bomb_is_stopped_by_the_bytes_that_it_inflates_to(tmp_path, monkeypatch):
    path = old_zip(tmp_path / "x.zip", [(b"a.shp", bytes(3 << 20))], claimed=10)
    monkeypatch.setenv("REGISTRY_UNPACK_MB", "2")
    assert "beyond 2 MB" in refused(path)


def test_many_small_files_count_together(tmp_path, monkeypatch):
    path = old_zip(tmp_path / "x.zip", [(f"{n}.shp".encode(), os.urandom(300_000)) for n in range(8)])
    monkeypatch.setenv("REGISTRY_UNPACK_MB", "2")
    assert "beyond 2 MB" in refused(path)


def test_a_bomb_is_stopped_by_its_ratio(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "FREE_BYTES", 1 << 20)
    assert "500-fold" in refused(plain_zip(tmp_path / "x.zip", {"a.shp": bytes(8 << 20)}))


def test_a_table_of_blanks_is_no_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "FREE_BYTES", 1 << 16)
    shp(tmp_path / "路灯.shp", POINTS * 200, epsg=4490)
    dbf(tmp_path / "路灯.dbf", ["编号", "备注"], [[f"L{n}", None] for n in range(1000)], width=254)
    entries = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    layer, = source.layers(plain_zip(tmp_path / "a.zip", entries))
    assert layer.rows == 1000


def test_too_many_entries_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = plain_zip(tmp_path / "x.zip", {f"{n}.txt": b"" for n in range(200)})
    monkeypatch.setattr(archive, "ENTRIES", 100)
    assert "more than 100 entries" in refused(path)
    monkeypatch.setattr(archive, "DIRECTORY_BYTES", 5_000)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "entries" in refused(path)


def test_what_is_torn_or_no_archive_is_said(tmp_path, parts):
    whole = plain_zip(tmp_path / "a.zip", {f"路灯{s}": content for s, content in parts.items()}).read_bytes()
    for n, content in enumerate((b"PK\3\4", whole[:-30], whole[:60] + b"\xff" * 40 + whole[100:], b"Rar!\x1a\x07")):
        path = tmp_path / f"{n}.zip"
        path.write_bytes(content)
        assert "ZIP" in refused(path)
    assert "nothing that can be loaded" in refused(plain_zip(tmp_path / "e.zip", {"readme.pdf": b"x"}))


def test_an_unknown_compression_is_said_with_the_way_out(tmp_path):
    path = plain_zip(tmp_path / "x.zip", {"a.shp": b"123"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"\x14\0\0\0\0\0", b"\x14\0\0\0\x09\0"))
    assert "compression method" in refused(path)


def test_a_workbook_that_inflates_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "FREE_BYTES", 1 << 20)
    with pytest.raises(BadFile, match="500-fold"):
        source.layers(plain_zip(tmp_path / "x.xlsx", {"xl/sharedStrings.xml": bytes(8 << 20)}))
