"""Surveys by CJJ 61 go in as manholes, nodes and pipes of one network, whatever the office keeps its tables in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offices import dbf, lonlat, projected, shp
from pipe_surveys import EAST, LINE_HEADS, NORTH, POINT_HEADS, line, point, sound, table, tree, workbook
from sqlalchemy import text

from registry.errors import BadDeclaration, BadFile, NeedsAnswer
from registry.store import cities
from registry.store.cities import City

NETWORK = {("W1", "W3"), ("W2", "W3"), ("W3", "W4"), ("W4", "W5")}


def edges(conn, city: str = "demo") -> set[tuple[str, str]]:
    """The graph as a query finds it: pipes joined by their end codes to the points that are there, at their places."""
    return {tuple(r) for r in conn.execute(text("""
        SELECT a.code, b.code FROM asset p
        JOIN asset a ON a.class IN ('manhole', 'pipe_node') AND a.city = p.city AND a.code = p.attrs->>'start_node'
        JOIN asset b ON b.class IN ('manhole', 'pipe_node') AND b.city = p.city AND b.code = p.attrs->>'end_node'
        WHERE p.class = 'pipe' AND p.city = :city
          AND ST_Equals(ST_StartPoint(p.geom), a.geom) AND ST_Equals(ST_EndPoint(p.geom), b.geom)"""), {"city": city})}


def counts(reports) -> list[tuple[str | None, str, int, int]]:
    return [(r.kind, r.status, r.read, r.new) for r in reports]


LOADED = [("manhole", "loaded", 3, 3), ("pipe_node", "loaded", 2, 2), ("pipe", "loaded", 4, 4)]


def test_a_workbook_of_two_sheets_becomes_a_network(registry, conn, tmp_path):
    assert counts(registry(workbook(tmp_path / "普查.xlsx", *sound()))) == LOADED
    assert edges(conn) == NETWORK
    grate = conn.execute(text("SELECT attrs FROM asset WHERE code = 'W2'")).scalar_one()
    assert grate == {"purpose": "rain_grate", "attachment": "rain_grate", "node_code": "W2", "ground_elevation_m": 10}
    pipe = conn.execute(text("SELECT attrs, length_m, owner FROM asset WHERE code = 'W3-W4'")).one()
    assert pipe.length_m == pytest.approx(40, abs=0.01) and pipe.owner == "排水公司"
    assert pipe.attrs.items() >= {"medium": "sewage", "material": "pe", "diameter_mm": 400, "start_depth_m": 1.2,
                                  "end_elevation_m": 8.6, "laid_year": 2015, "embedding": "direct"}.items()


def test_the_same_survey_again_changes_nothing(registry, conn, tmp_path):
    path = workbook(tmp_path / "普查.xlsx", *sound())
    registry(path)
    again = registry(path)
    assert [(r.status, r.same, r.batch) for r in again] == [("unchanged", 3, None), ("unchanged", 2, None), ("unchanged", 4, None)]
    assert conn.execute(text("SELECT count(*) FROM batch")).scalar_one() == 3


def test_a_dry_run_tells_of_lines_whose_points_are_not_written_yet(registry, conn, tmp_path):
    reports = registry(workbook(tmp_path / "普查.xlsx", *sound()), dry_run=True)
    assert counts(reports) == [(k, "dry_run", r, n) for k, _, r, n in LOADED] and not any(r.problems for r in reports)
    assert conn.execute(text("SELECT count(*) FROM asset")).scalar_one() == 0


def folder_of_csv(path: Path) -> Path:
    points, lines = sound()
    table(path / "WSPOINT.csv", POINT_HEADS, points)
    table(path / "WSLINE.csv", LINE_HEADS, lines, "gbk")
    return path


def folder_of_dbf(path: Path) -> Path:
    points, lines = sound()
    path.mkdir()
    dbf(path / "WSPOINT.DBF", ["WTDH", "TZ", "FSW", "X", "Y", "DMGC", "GXLX", "BZ"], points)
    dbf(path / "WSLINE.DBF", ["S_Point", "E_Point", "S_Deep", "E_Deep", "S_H", "E_H", "PSize", "Material", "GXLX", "FlowDir", "EmBed",
                              "Belong", "MSND"], lines)
    return path


def geopackage(path: Path) -> Path:
    """Tables without geometry in one container."""
    import pyarrow as pa

    path = path.with_suffix(".gpkg")
    for n, (name, heads, rows) in enumerate(zip(("管点", "管线"), (POINT_HEADS, LINE_HEADS), sound(), strict=True)):
        columns = pa.table({h: pa.array([r[i] for r in rows]) for i, h in enumerate(heads)})
        pyogrio.write_arrow(columns, path, layer=name, driver="GPKG", append=bool(n))
    return path


def shapefiles(path: Path) -> Path:
    """Points and lines drawn: the lines with a bend of their own."""
    points, lines = sound()
    path.mkdir()
    place = {p[0]: (p[4], p[3]) for p in points}
    shp(path / "WSPOINT.shp", [shapely.Point(place[p[0]]) for p in points], epsg=4549)
    dbf(path / "WSPOINT.dbf", ["物探点号", "特征", "附属物", "X", "Y", "地面高程", "管类", "备注"], points)
    middle = (EAST + 5, NORTH + 5)
    drawn = [shapely.LineString([place[row[0]], *([middle] if n == 0 else []), place[row[1]]]) for n, row in enumerate(lines)]
    shp(path / "WSLINE.shp", drawn, epsg=4549)
    dbf(path / "WSLINE.dbf", ["起点点号", "终点点号", "起点埋深", "终点埋深", "S_H", "E_H", "管径", "材质", "管类", "流向", "埋设方式",
                              "权属单位", "埋设年代"], lines)
    return path


@pytest.mark.parametrize("made", [folder_of_csv, folder_of_dbf, geopackage, shapefiles])
def test_every_container_gives_the_same_network(made, registry, conn, tmp_path):
    reports = registry(made(tmp_path / "普查"))
    assert counts(reports) == LOADED, [r.error or r.problems for r in reports]
    assert edges(conn) == NETWORK and not any(r.warnings for r in reports)


def test_a_drawn_line_keeps_its_bend_and_is_noted_where_it_misses_its_point(registry, conn, tmp_path):
    path = shapefiles(tmp_path / "普查")
    points, lines = sound()
    place = {p[0]: (p[4], p[3]) for p in points}
    drawn = [shapely.LineString([place[a], (EAST + 5, NORTH + 5), place[b]]) for a, b, *_ in lines]
    drawn[3] = shapely.LineString([place["W4"], (place["W5"][0] + 2, place["W5"][1])])
    shp_only = shp(tmp_path / "WSLINE.shp", drawn, epsg=4549)
    shp_only.replace(path / "WSLINE.shp")
    shp_only.with_suffix(".shx").replace(path / "WSLINE.shx")
    *_, pipes = registry(path)
    assert dict(pipes.warnings) == {"survey_off_point": 1}
    example, = pipes.examples
    assert (example["row"], example["field"], example["value"]) == (4, "end_node", "W5") and "2 米" in example["message"]["zh"]
    assert conn.execute(text("SELECT ST_NPoints(geom) FROM asset WHERE code = 'W1-W3'")).scalar_one() == 3


def test_points_of_an_earlier_survey_are_joined_at_their_very_place(registry, conn, tmp_path):
    points, lines = sound()
    registry(workbook(tmp_path / "一期.xlsx", points, lines))
    more = [point("W6", -30, 120, attachment="检查井"), point("W7", -60, 120, attachment="检查井")]
    *_, pipes = registry(workbook(tmp_path / "二期.xlsx", more, [line("W5", "W6", (1.6, 1.8)), line("W6", "W7", (1.8, 2.0))]))
    assert (pipes.new, pipes.refused, dict(pipes.warnings)) == (2, 0, {})
    assert edges(conn) == NETWORK | {("W5", "W6"), ("W6", "W7")}


def test_a_number_that_is_elsewhere_in_the_registry_is_noted(registry, tmp_path):
    points, lines = sound()
    registry(workbook(tmp_path / "一区.xlsx", points, lines))
    points[0][3] += 30
    manholes, *_ = registry(workbook(tmp_path / "二区.xlsx", points, lines), dry_run=True)
    assert (manholes.changed, dict(manholes.warnings)) == (1, {"survey_moved": 1})
    assert "30" in manholes.examples[0]["message"]["zh"] and manholes.examples[0]["value"] == "W1"


def test_cells_that_hold_anything_are_refused_and_nothing_is_lost(registry, tmp_path):
    points, lines = sound()
    points += [["W6", "", "检查井", "北", "东", 10, "污水", ""], ["W7", "", "检查井", "", "", 10, "污水", ""],
               ["", "", "检查井", NORTH, EAST, 10, "污水", ""], ["W8", "", "检查井", NORTH, EAST + 9, "高", "污泥", ""]]
    lines += [line("W5", "W6", (1, 1)), line("W5", "W7", (1, 1)), [None] * len(LINE_HEADS), ["", "W5", *[""] * 11],
              ["W5", "W8", "深", 1, "", "", "粗", "木", "污水", "0", "", "", "早"]]
    reports = registry(workbook(tmp_path / "普查.xlsx", points, lines))
    assert [(r.read, r.new, r.refused) for r in reports] == [(7, 3, 4), (2, 2, 0), (8, 4, 4)]
    assert dict(reports[0].problems) == {"bad_coordinates": 1, "empty_geometry": 1, "missing_code": 1, "type": 1}
    assert reports[2].problems["survey_end_refused"] >= 2 and all(r.adds_up for r in reports)


def test_lines_alone_join_points_that_are_there(registry, conn, tmp_path):
    points, lines = sound()
    registry(workbook(tmp_path / "点.xlsx", points, []))
    made, = registry(table(tmp_path / "线.csv", LINE_HEADS, lines))
    assert (made.kind, made.new, made.refused) == ("pipe", 4, 0) and edges(conn) == NETWORK


def test_lines_with_codes_of_their_own_are_drawn_when_the_user_says_so(registry, conn, tmp_path):
    """A sheet of codes updates pipes that are there; only as a survey does it make new ones."""
    points, lines = sound()
    registry(workbook(tmp_path / "点.xlsx", points, []))
    path = table(tmp_path / "管线.csv", ["管线编号", *LINE_HEADS], [[f"P{n}", *row] for n, row in enumerate(lines)])
    as_sheet, = registry(path)
    assert dict(as_sheet.problems) == {"no_such_asset": 4}
    as_survey, = registry(path, kind="survey_lines")
    assert as_survey.new == 4 and edges(conn) == NETWORK
    assert set(conn.execute(text("SELECT code FROM asset WHERE class = 'pipe'")).scalars()) == {"P0", "P1", "P2", "P3"}


def test_the_corrected_reject_file_is_the_only_new_work(registry, conn, tmp_path):
    points, lines = sound()
    lines[3][1] = "W55"
    path = workbook(tmp_path / "普查.xlsx", points, lines)
    *_, pipes = registry(path)
    assert (pipes.new, pipes.refused) == (3, 1)
    book = openpyxl.load_workbook(pipes.rejects)
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("终点点号") + 1).value = "W5"
    book.save(tmp_path / "改正.xlsx")
    fixed, = registry(tmp_path / "改正.xlsx")
    assert (fixed.kind, fixed.read, fixed.new) == ("pipe", 1, 1) and edges(conn) == NETWORK


def test_a_point_that_the_city_refuses_takes_its_lines_along(registry, conn, tmp_path):
    """The point is far away: only the load of the points knows, and the lines ask the registry."""
    points, lines = sound()
    points.append(point("W6", 90_000, 0, attachment="检查井"))
    reports = registry(workbook(tmp_path / "普查.xlsx", points, [*lines, line("W5", "W6", (1.6, 1.6))]))
    assert dict(reports[0].problems) == {"outside_city": 1} and dict(reports[2].problems) == {"survey_end_refused": 1}
    assert edges(conn) == NETWORK and all(r.adds_up for r in reports)


def test_usual_spellings_and_the_point_that_each_line_is_told_from(registry, conn, tmp_path):
    """管线表 by 物探点号 and 连接点号, sections in one column, kinds by the letters of the numbers."""
    points = [["WS1", NORTH, EAST, "", "窨井", 10], ["WS2", NORTH, EAST + 20, "预留口", "", 10]]
    lines = [["WS1", "WS2", 1, 1.1, "800X600", "砼", "+"]]
    heads = (["管线点号", "X(north)", "Y(east)", "管点特征", "附属物名称", "地面标高"],
             ["物探点号", "连接点号", "起点埋深", "终点埋深", "管径/断面尺寸", "管材", "流向"])
    reports = registry(workbook(tmp_path / "成果.xlsx", points, lines, heads))
    assert counts(reports) == [("manhole", "loaded", 1, 1), ("pipe_node", "loaded", 1, 1), ("pipe", "loaded", 1, 1)]
    assert edges(conn) == {("WS1", "WS2")}
    found = conn.execute(text("SELECT attrs FROM asset WHERE class = 'pipe'")).scalar_one()
    assert (found["section"], found["material"], found["medium"]) == ("800X600", "concrete", "sewage")


def test_degrees_are_measured_in_metres(registry, tmp_path):
    points, lines = sound()
    for row in points:
        row[3:5] = [float(v) for v in _degrees(row[4], row[3])]
    heads = [{"X": "经度", "Y": "纬度"}.get(h, h) for h in POINT_HEADS]
    points[4][4] += 0.001  # 111 m further north
    *_, pipes = registry(workbook(tmp_path / "普查.xlsx", points, lines, (heads, LINE_HEADS)))
    assert dict(pipes.warnings) == {"survey_long": 1} and pipes.new == 4


def _degrees(east: float, north: float) -> tuple[float, float]:
    from registry import geo

    return geo.transformer(4549).transform(east, north)


MAPPING = """
[source]
name = "某测绘院"
[[layer]]
match = "*:甲"
class = "survey_points"
crs = "EPSG:4549"
[layer.fields]
number = "编"
x = "北"
y = "东"
attachment = "设施"
ground_elevation_m = "高"
[layer.values.attachment]
"甲类" = "检查井"
[[layer]]
match = "*:乙"
class = "survey_lines"
[layer.fields]
start_node = "从"
end_node = "到"
"""


def test_a_mapping_file_tells_the_columns_of_any_tables(registry, conn, tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "甲"
    for row in (["编", "北", "东", "设施", "高"], ["A", NORTH, EAST, "甲类", 10], ["B", NORTH + 20, EAST, "甲类", 10]):
        book.active.append(row)
    sheet = book.create_sheet("乙")
    for row in (["从", "到"], ["A", "B"]):
        sheet.append(row)
    book.save(tmp_path / "自定.xlsx")
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    reports = registry(tmp_path / "自定.xlsx", mapping=tmp_path / "m.toml")
    assert counts(reports) == [("manhole", "loaded", 2, 2), ("pipe", "loaded", 1, 1)] and edges(conn) == {("A", "B")}
    assert reports[0].crs["source"] == "mapping"
    (tmp_path / "m.toml").write_text(MAPPING.replace('number = "编"', 'numero = "编"'), encoding="utf-8")
    with pytest.raises(BadDeclaration):
        registry(tmp_path / "自定.xlsx", mapping=tmp_path / "m.toml")
    (tmp_path / "m.toml").write_text(MAPPING.replace('number = "编"\n', ""), encoding="utf-8")
    with pytest.raises(NeedsAnswer):
        registry(tmp_path / "自定.xlsx", mapping=tmp_path / "m.toml")
    (tmp_path / "m.toml").write_text(MAPPING + '[layer.where]\n"从" = "A"\n', encoding="utf-8")
    with pytest.raises(BadDeclaration):
        registry(tmp_path / "自定.xlsx", mapping=tmp_path / "m.toml")


def test_an_access_database_is_refused_with_the_way_out(registry, tmp_path):
    (tmp_path / "普查.mdb").write_bytes(b"\0\1\0\0Standard Jet DB")
    with pytest.raises(BadFile) as caught:
        registry(tmp_path / "普查.mdb")
    assert "GeoPackage" in caught.value.message("zh")


def test_manholes_and_pipes_that_are_no_survey_load_as_before(registry, office, tmp_path):
    places = projected(4549, lonlat(1))
    path = office("窨井", ["井号", "物探点号", "用途"], [["M1", "W1", "污水"]], [shapely.Point(*places[0])], epsg=4549)
    made, = registry(path)
    assert made.kind == "manhole" and "survey" not in made.detected[1]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(2, 60), seed=st.integers(0, 2 ** 32 - 1))
def test_any_tree_is_the_same_tree_in_the_registry(count, seed, registry, conn, tmp_path):
    key = f"t{count}_{seed}"
    cities.put(conn, City(key, "树", "Tree", None, 4549))
    points, lines = tree(count, seed)
    table(tmp_path / key / "点.csv", POINT_HEADS, points)
    table(tmp_path / key / "线.csv", LINE_HEADS, lines)
    reports = registry(tmp_path / key, city=key)
    assert [r.refused for r in reports] == [0, 0]
    assert edges(conn, key) == {(row[0], row[1]) for row in lines}
