"""The reject file is the form: same format as its source, right in every byte, fixed and loaded as the only new work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyogrio
import pytest
import shapely
from offices import lonlat, projected, rejected
from sqlalchemy import text

from etl import reject, report

NAMES = ["管理部件标识码", "名称", "状态", "光源", "建成日期", "幸运数字"]
WRONG = 4
COUNT = 12
RED = "FFFFC7CE"


def lamp(n: int) -> list[str]:
    return [f"3306020118{n:06d}", f"解放路路灯{n}", "完好", "火把" if n == WRONG else "LED灯", "20190301", "8"]


ROWS = [lamp(n) for n in range(COUNT)]
POINTS = [shapely.Point(*xy) for xy in lonlat(COUNT)]


def shapefile(office, tmp_path):
    shapes = [shapely.Point(*xy) for xy in projected(4549, lonlat(COUNT))]
    return office("路灯", NAMES, ROWS, shapes, epsg=4549)


def geojson(office, tmp_path):
    features = [{"type": "Feature", "geometry": shapely.geometry.mapping(p), "properties": dict(zip(NAMES, r, strict=True))}
                for p, r in zip(POINTS, ROWS, strict=True)]
    path = tmp_path / "路灯.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return path


def geopackage(office, tmp_path):
    made = pa.table({n: [r[k] for r in ROWS] for k, n in enumerate(NAMES)} | {"g": pa.array(
        [shapely.to_wkb(shapely.Point(*xy)) for xy in projected(4549, lonlat(COUNT))], pa.binary())})
    pyogrio.write_arrow(made, tmp_path / "路灯.gpkg", geometry_name="g", geometry_type="Point", driver="GPKG", crs="EPSG:4549")
    return tmp_path / "路灯.gpkg"


def sheet(office, tmp_path):
    lines = [",".join([*r, f"{p.x:.9f}", f"{p.y:.9f}"]) for p, r in zip(POINTS, ROWS, strict=True)]
    path = tmp_path / "路灯.csv"
    path.write_text("\n".join([",".join([*NAMES, "经度", "纬度"]), *lines]) + "\n", encoding="gbk")
    return path


def workbook(office, tmp_path):
    book = openpyxl.Workbook()
    for line in ([*NAMES, "经度", "纬度"], *([*r, p.x, p.y] for p, r in zip(POINTS, ROWS, strict=True))):
        book.active.append(line)
    book.save(tmp_path / "路灯.xlsx")
    return tmp_path / "路灯.xlsx"


def fix_bytes(path: Path) -> None:
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace("火把  ".encode("gbk"), "LED灯 ".encode("gbk")))


def fix_text(path: Path, encoding: str = "utf-8") -> None:
    path.write_bytes(path.read_bytes().decode(encoding).replace("火把", "LED灯").encode(encoding))


def fix_gbk(path: Path) -> None:
    fix_text(path, "gb18030")


def fix_table(path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as table:
        table.execute('DROP TRIGGER IF EXISTS "x"')
        table.create_function("ST_IsEmpty", 1, lambda _: 0)
        for low in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            table.create_function(low, 1, lambda _: 0)
        name, = table.execute("SELECT table_name FROM gpkg_contents").fetchone()
        table.execute(f'UPDATE "{name}" SET "光源" = ?', ("LED灯",))


def fix_workbook(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for line in book.worksheets[0].iter_rows():
        for cell in line:
            if cell.value == "火把" and cell.fill.fgColor.rgb == RED:
                cell.value = "LED灯"
    book.save(path)


SOURCES = [(shapefile, ".shp", fix_bytes), (geojson, ".geojson", fix_text), (geopackage, ".gpkg", fix_table), (sheet, ".csv", fix_gbk),
           (workbook, ".xlsx", fix_workbook)]


@pytest.mark.parametrize(("make", "suffix", "fix"), SOURCES)
@pytest.mark.parametrize("form", [False, True])
def test_what_was_refused_is_fixed_and_is_the_only_new_work(make, suffix, fix, form, office, registry, tmp_path, conn):
    made, = registry(make(office, tmp_path))
    assert (made.new, made.refused, made.rejects.suffix) == (COUNT - 1, 1, suffix)
    line, = rejected(made.rejects)
    assert (line["_file"], str(line["_row"]), line["_field"], line["_value"], line["_code"]) == (
        made.file, str(WRONG + 1), "light_source", "火把", "unknown_code")
    path = made.rejects.with_suffix(".xlsx") if form else made.rejects
    (fix_workbook if form else fix)(path)
    again, = registry(path, kind="streetlight")
    assert (again.status, again.read, again.new, again.refused, again.rejects) == (report.LOADED, 1, 1, 0, None)
    row = conn.execute(text("SELECT name, attrs->>'light_source' AS light, ST_X(geom) AS x, ST_Y(geom) AS y FROM asset WHERE code = :c"),
                       {"c": lamp(WRONG)[0]}).one()
    assert (row.name, row.light) == (f"解放路路灯{WRONG}", "led")
    assert (row.x, row.y) == pytest.approx(tuple(lonlat(COUNT)[WRONG]), abs=2e-9)


@pytest.mark.parametrize(("make", "suffix", "fix"), SOURCES)
def test_a_reject_file_that_is_not_fixed_is_refused_alike(make, suffix, fix, office, registry, tmp_path):
    made, = registry(make(office, tmp_path))
    again, = registry(made.rejects, kind="streetlight")
    assert (again.read, again.new, again.refused, dict(again.problems)) == (1, 0, 1, {"unknown_code": 1})
    line, = rejected(again.rejects)
    names = [n for n in line if n.startswith("_")]
    assert len(names) == 7 and str(line["_row"]) == "1" and line["_value"] == "火把"


def test_the_bytes_of_a_shapefile_stay_as_they_are(registry, lamps_of_bytes, tmp_path):
    """Half a character, a number in its own way and an elevation are still there."""
    path = lamps_of_bytes
    made, = registry(path, kind="streetlight")
    assert made.refused == 1
    source, copy = path.with_suffix(".dbf").read_bytes(), made.rejects.with_suffix(".dbf").read_bytes()
    size, start = int.from_bytes(source[10:12], "little"), int.from_bytes(source[8:10], "little")
    record = source[start + WRONG * size:start + (WRONG + 1) * size]
    assert copy[int.from_bytes(copy[8:10], "little"):][:size] == record
    assert copy[29] == source[29] and made.rejects.with_suffix(".prj").read_bytes() == path.with_suffix(".prj").read_bytes()
    index = np.frombuffer(path.with_suffix(".shx").read_bytes()[100:], ">i4").reshape(-1, 2)
    offset, words = index[WRONG].tolist()
    assert made.rejects.read_bytes()[108:] == path.read_bytes()[2 * offset + 8:][:2 * words]
    assert shapely.has_z(shapely.from_wkb(pyogrio.read_arrow(made.rejects)[1].column(-1).to_pylist()[0]))


@pytest.fixture
def lamps_of_bytes(office):
    rows: list[list[object]] = [list(r) for r in ROWS]
    rows[WRONG][1] = str(rows[WRONG][1]).encode("gbk") + b"\xb5"
    shapes = [shapely.Point(*xy, 12.5) for xy in projected(4549, lonlat(COUNT))]
    return office("路灯", NAMES, rows, shapes, epsg=4549, width=[20, 12, 10, 10, 8, 5], kinds="CCCCCN", ldid=0x4D, kind="Point Z")


def test_the_form_explains_every_column_and_offers_its_code_list(registry, office, tmp_path):
    made, = registry(shapefile(office, tmp_path))
    book = openpyxl.load_workbook(made.rejects.with_suffix(".xlsx"))
    form, lists = book.worksheets
    heads = {c.value: c for c in form[1]}
    assert lists.sheet_state == "hidden" and form.freeze_panes == "A2"
    assert "光源" in heads["光源"].comment.text and "选一项" in heads["光源"].comment.text
    rules = {str(v.sqref): v.formula1 for v in form.data_validations.dataValidation}
    column = heads["光源"].column_letter
    chosen = next(f for at, f in rules.items() if at.startswith(f"{column}2:"))
    letter = chosen.split("!$")[1][0]
    offered = [c.value for c in lists[letter] if c.value]
    assert offered[0] == "light_source" and "LED" in "".join(offered)
    wrong = [c.column_letter for c in form[2] if c.fill.fgColor.rgb == RED]
    assert wrong == [column]


def test_a_geometry_longer_than_a_cell_stands_beside_the_form_and_comes_back(registry, office, tmp_path, conn):
    ring = shapely.Point(*lonlat(1)[0]).buffer(0.01, quad_segs=400)
    rows = [["P1", "人民公园", "综合公园"], ["P2", "解放公园", "火星公园"]]
    path = office("公园", ["编号", "名称", "公园类别"], rows, [ring, shapely.affinity.translate(ring, 0.03)])
    made, = registry(path, kind="park")
    form = made.rejects.with_suffix(".xlsx")
    assert made.refused == 1 and form.with_name(form.name + ".values.jsonl").is_file()
    book = openpyxl.load_workbook(form)
    for cell in book.worksheets[0][2]:
        cell.value = "综合公园" if cell.value == "火星公园" else cell.value
    book.save(form)
    again, = registry(form, kind="park")
    assert (again.new, again.refused) == (1, 0)
    near = conn.execute(text("SELECT ST_NPoints(geom) FROM asset WHERE code = 'P2'")).scalar_one()
    assert near == shapely.get_num_coordinates(ring)


def test_a_late_refusal_stands_in_its_place_among_the_others(registry, office, tmp_path):
    rows = [lamp(n) for n in range(6)]
    rows[2] = rows[1]  # a duplicate is found when all rows are there
    shapes = [shapely.Point(*xy) for xy in lonlat(6)]
    made, = registry(office("路灯", NAMES, rows, shapes))
    assert [(str(r["_row"]), r["_code"]) for r in rejected(made.rejects)] == [("3", "duplicate"), ("5", "unknown_code")]


def test_files_of_one_name_in_two_folders_have_two_reject_files(registry, office, tmp_path):
    first = shapefile(office, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    for part in tmp_path.glob("路灯.*"):
        (other / part.name).write_bytes(part.read_bytes())
    one, = registry(first)
    two, = registry(other / first.name)
    assert one.rejects != two.rejects and one.rejects.exists() and two.rejects.exists()
    assert reject.named("demo", "路灯", tmp_path) != reject.named("demo", "路灯", other)


def test_files_of_one_name_in_one_folder_have_a_reject_file_each(registry, office, tmp_path):
    for make in (shapefile, geojson, geopackage):
        make(office, tmp_path)
    made = registry(tmp_path, city="demo")
    assert sorted(one.rejects.suffix for one in made) == [".geojson", ".gpkg", ".shp"]
    assert all(one.refused == 1 and len(rejected(one.rejects)) == 1 and one.rejects.with_suffix(".xlsx").exists() for one in made)


def test_a_layer_without_shapes_has_a_reject_table(registry, office, tmp_path):
    path = shapefile(office, tmp_path)
    registry(path)
    path.unlink()
    path.with_suffix(".shx").unlink()
    made, = registry(path.with_suffix(".dbf"), kind="streetlight")
    assert (made.same, made.refused, made.rejects.suffix) == (COUNT - 1, 1, ".dbf")
    assert rejected(made.rejects)[0]["_value"] == "火把"


def test_a_table_with_no_room_for_the_reasons_falls_back_to_a_geopackage(registry, office, tmp_path):
    names = [*NAMES, *(f"X{n}" for n in range(246))]
    rows = [[*r, *("1" for _ in range(246))] for r in ROWS]
    path = office("路灯", names, rows, POINTS, width=[30] * 6 + [2] * 246)
    made, = registry(path, kind="streetlight")
    assert (made.refused, made.rejects.suffix) == (1, ".gpkg") and rejected(made.rejects)[0]["_value"] == "火把"


def test_the_mapping_of_a_source_is_that_of_its_reject_file(registry, office, tmp_path):
    mapping = tmp_path / "来源.toml"
    mapping.write_text("""[[layer]]
match = "lamps.shp"
class = "streetlight"
[layer.fields]
code = "no"
light_source = "kind"
""", encoding="utf-8")
    path = office("lamps", ["no", "kind"], [["1", "LED灯"], ["2", "火把"]], POINTS[:2])
    made, = registry(path, mapping=mapping)
    assert (made.new, made.refused) == (1, 1)
    fix_bytes(made.rejects)
    again, = registry(made.rejects, mapping=mapping)
    assert (again.kind, again.new, again.refused) == ("streetlight", 1, 0)
