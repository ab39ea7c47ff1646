"""CAD drawings: layers and block attributes as columns, closed lines as areas where areas are wanted."""

from __future__ import annotations

import time

import numpy as np
import pytest
from drawings import drawing, insert, label, other, polyline
from offices import projected

from etl import source
from registry.errors import BadFile

XY = projected(4549).tolist()
SQUARE = [(0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0)]


@pytest.fixture
def drawn(tmp_path):
    """Writes a drawing and opens its layer."""

    def write(body: str, encoding: str = "gbk", user: str | None = None, **more: str):
        path = tmp_path / "城区.dxf"
        path.write_bytes(drawing(body, **more).encode(encoding))
        layer, = source.layers(path, user)
        return layer

    return write


def table(layer):
    """Rows as dictionaries, and shapes."""
    rows, shapes = [], []
    for batch in layer.batches([c.name for c in layer.columns], True):
        rows += [dict(zip(layer.heads, batch.source_row(i), strict=True)) for i in range(len(batch.rows))]
        shapes += list(batch.shapes)
    return rows, shapes


def city() -> str:
    lamps = "".join(insert("路灯", "LAMP", *xy, {"编号": f"L{n}", "POWER": "150"}) for n, xy in enumerate(XY[:5]))
    x, y = XY[6]
    parks = polyline("公园", [(x + a, y + b) for a, b in SQUARE], closed=True)
    open_line = polyline("道路", [(x, y), (x + 500, y + 90)])
    return lamps + parks + open_line + label("注记", "解放路", x, y)


@pytest.mark.parametrize(("encoding", "version", "page", "name"), [
    ("gbk", "AC1015", "ANSI_936", "GBK"), ("utf-8", "AC1027", "ANSI_936", "UTF-8"), ("big5", "AC1015", "ANSI_950", "Big5"),
    ("gbk", "AC1015", "ANSI_1252", "GBK"), ("utf-8", "AC1015", "ANSI_936", "UTF-8"), ("gbk", "AC1027", "ANSI_936", "GBK")])
def test_texts_are_readable_whatever_the_drawing_says_of_them(drawn, encoding, version, page, name):
    places = "".join(insert("圖層", "LAMP", *xy, {"編號": f"忠孝東路{n}段"}) for n, xy in enumerate(XY)) + label("注記", "信義路", *XY[0])
    layer = drawn(places, encoding, version=version, page=page)
    rows, _ = table(layer)
    assert layer.encoding.name == name and ("$ACADVER" in layer.encoding.evidence_zh or "$DWGCODEPAGE" in layer.encoding.evidence_zh)
    assert rows[3]["Layer"] == "圖層" and rows[3]["編號"] == "忠孝東路3段" and rows[-1]["Text"] == "信義路"


def test_blocks_are_points_and_their_attributes_columns(drawn):
    layer = drawn(city())
    rows, shapes = table(layer)
    assert layer.rows == len(rows) == 8
    assert [r["编号"] for r in rows[:5]] == [f"L{n}" for n in range(5)] and rows[0]["BlockName"] == "LAMP" and rows[0]["POWER"] == "150"
    assert [s.geom_type for s in shapes] == ["Point"] * 5 + ["LineString"] * 2 + ["Point"]
    assert np.allclose([shapes[2].x, shapes[2].y], XY[2])


def test_closed_lines_are_areas_for_a_class_of_areas_only(drawn):
    layer = drawn(city())
    assert [s.geom_type for s in table(layer.drawn_for(("polygon",)))[1]][5:7] == ["Polygon", "LineString"]
    assert [s.geom_type for s in table(layer.drawn_for(("line", "point", "polygon")))[1]][5:7] == ["LineString"] * 2
    assert table(layer.drawn_for(("polygon",)))[1][5].area == pytest.approx(2500)


def test_without_a_mapping_the_cad_layers_are_listed_in_the_question(drawn, registry, tmp_path):
    drawn(city())
    with pytest.raises(Exception, match=r"路灯 5.*where = \{Layer"):
        registry(tmp_path / "城区.dxf")


def test_a_mapping_makes_classes_of_cad_layers_and_every_entity_is_accounted_for(drawn, registry, tmp_path, conn):
    drawn(city())
    mapping = tmp_path / "m.toml"
    mapping.write_text("""
[[layer]]
match = "*.dxf"
class = "streetlight"
crs = "EPSG:4549"
only = true
where = {Layer = "路灯"}
fields = {code = "编号"}
[[layer]]
match = "*.dxf"
class = "park"
crs = "EPSG:4549"
only = true
where = {Layer = "公园"}
fields = {code = "Layer"}
""", encoding="utf-8")
    made = {r.kind: r for r in registry(tmp_path / "城区.dxf", mapping=mapping)}
    lamps, parks = made["streetlight"], made["park"]
    assert (lamps.read, lamps.new, lamps.refused, lamps.filtered) == (5, 5, 0, 3)
    assert (parks.read, parks.new, parks.refused, parks.filtered) == (1, 1, 0, 7)
    assert conn.exec_driver_sql("SELECT round(area_m2) FROM asset WHERE class = 'park'").scalar_one() == pytest.approx(2500, rel=0.01)
    assert all(r.batch is None for r in registry(tmp_path / "城区.dxf", mapping=mapping))


def test_entities_that_no_reader_draws_are_told(drawn):
    layer = drawn(city() + other("ACAD_PROXY_ENTITY", "天正") * 3 + other("TCH_PIPE", "天正"))
    assert layer.rows == 8
    told = layer.notes[-1]
    assert "ACAD_PROXY_ENTITY 3, TCH_PIPE 1" in told[0] and "ACAD_PROXY_ENTITY 3" in told[1]


def test_only_entities_are_counted_even_across_blocks_of_reading(drawn, monkeypatch):
    from etl import dxf

    monkeypatch.setattr(dxf, "CHUNK_BYTES", 300)
    layer = drawn(city() + other("TCH_PIPE", "天正") * 40)
    assert "TCH_PIPE 40" in layer.notes[-1][0] and "BLOCK" not in layer.notes[-1][0]


@pytest.mark.parametrize(("content", "word"), [
    (b"AutoCAD Binary DXF\r\n\x1a\0" + bytes(50), "binary DXF"), (b"0\nnonsense\n", "not a DXF"), (drawing("").encode("gbk"), "no entity")])
def test_what_is_no_drawing_is_said(tmp_path, content, word):
    (tmp_path / "a.dxf").write_bytes(content)
    with pytest.raises(BadFile, match=word):
        source.layers(tmp_path / "a.dxf")


def test_a_line_of_millions_of_signs_does_not_stall_the_search_for_texts(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_bytes(drawing("  0\nTEXT\n  1\n" + "a" * 2_000_000 + "\n").encode())
    began = time.monotonic()
    with pytest.raises(BadFile):
        source.layers(path)
    assert time.monotonic() - began < 20
