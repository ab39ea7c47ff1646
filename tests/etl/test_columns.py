"""Columns find their fields by mapping, name, alias or cut name; what cannot be told is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from etl import columns, detect, mapping
from etl.layer import Column
from registry import catalogue
from registry.errors import BadDeclaration, BadFile, NeedsAnswer

KINDS = catalogue.load()


def layer(*names, file="a.shp", family=None, encoding="gbk"):
    """What matching looks at: names as the file has them, cut at ten bytes when they are longer."""
    from pathlib import Path

    cut = [n.encode(encoding)[:10].decode(encoding, "ignore") for n in names]
    path = Path(file)
    return SimpleNamespace(hint=("", ""), told={}, file=path, source=path.name, name=path.stem, family=family,
                           columns=tuple(Column(c, cut=len(n.encode(encoding)) >= 9) for c, n in zip(cut, names, strict=True)))


def matched(kind, *names, entry=None, **more):
    return columns.match(KINDS.kind(kind), layer(*names, **more), entry)


def test_names_titles_aliases_and_pinyin_are_recognised():
    found = matched("streetlight", "GLBJBSM", "名称", "state", "光源", "功率", "QSDWMC")
    assert found.columns == {"code": "GLBJBSM", "name": "名称", "state": "state", "light_source": "光源", "power_w": "功率", "owner": "QSDWMC"}


def test_a_name_cut_at_ten_bytes_is_found_by_its_beginning():
    found = matched("streetlight", "管理部件标识码", "所在单元网格标识码")
    assert found.columns == {"code": "管理部件标", "grid": "所在单元网"} and set(found.how.values()) == {"cut"}


def test_a_cut_name_of_two_fields_is_reported_and_not_guessed():
    found = matched("road", "养护单位", encoding="utf-8")  # cut: 养护单 of 养护单位 and 养护单位代码
    assert "keeper" not in found.columns and found.unmapped == ["养护单"]
    assert "keeper_code" in found.notes[0][0]


def test_an_uncut_short_name_is_not_taken_for_a_beginning():
    assert matched("road", "道路").columns == {}


def test_of_two_columns_for_one_field_the_fuller_name_wins_and_the_other_is_reported():
    found = matched("streetlight", "编号", "管理部件标识码", "管理部件标识码"[:5])
    assert found.columns["code"] != "管理部件标" and found.notes
    found = matched("road", "编号", "路段编号")
    assert found.columns["code"] == "路段编号" and "编号" in found.unmapped and "编号" in found.notes[0][0]


def test_an_exact_name_wins_over_a_cut_one():
    found = matched("streetlight", "管理部件标识码", "GLBJBSM")
    assert found.columns["code"] == "GLBJBSM" and "管理部件标" in found.unmapped


def test_heads_in_traditional_characters_are_known_as_those_in_simplified_ones():
    found = matched("road", "編號", "道路名稱", "長度", "道路等級", "養護單位", "備註")
    assert found.columns == {"code": "編號", "name": "道路名稱", "length_m": "長度", "road_class": "道路等級", "keeper": "養護單位", "note": "備註"}
    assert KINDS.kind("road").by_key["road_class"].codes.find("主幹路").value == "arterial"
    assert told("橋樑.shp", "編號") == "bridge"


def test_what_no_field_has_is_listed():
    assert matched("road", "路段编号", "幸运数字").unmapped == ["幸运数字"]


def test_the_mapping_comes_first_and_only_leaves_the_rest():
    entry = mapping.LayerMapping("*", fields={"code": "OSM_ID"})
    found = matched("road", "OSM_ID", "编号", "名称", entry=entry)
    assert found.columns == {"code": "OSM_ID", "name": "名称"} and found.unmapped == ["编号"]
    only = mapping.LayerMapping("*", only=True, fields={"code": "OSM_ID"})
    assert matched("road", "OSM_ID", "名称", entry=only).columns == {"code": "OSM_ID"}


def test_a_mapped_column_that_the_file_lacks_is_one_sentence():
    with pytest.raises(NeedsAnswer, match="OSM_ID"):
        matched("road", "名称", entry=mapping.LayerMapping("*", fields={"code": "OSM_ID"}))
    with pytest.raises(NeedsAnswer, match="highway"):
        matched("road", "名称", entry=mapping.LayerMapping("*", where={"highway": frozenset({"primary"})}))


# -- classes -------------------------------------------------------------------------------------
def told(name, *names, family=None):
    return detect.detect(layer(*names, file=name, family=family), KINDS)[0].key


@pytest.mark.parametrize(("name", "key"), [
    ("滨海新区道路.shp", "road"), ("路灯井盖.shp", "manhole"), ("公园绿地.shp", "park"), ("道路绿化.shp", "green"), ("streetlights.shp", "streetlight"),
    ("综合管廊_2024.shp", "utility_tunnel"), ("城区公厕台账.xlsx", "toilet"), ("垃圾转运站.shp", "transfer_station"), ("单元网格.shp", "unit_grid"),
    ("DL_2024.shp", "road"), ("建成区2024.shp", "built_up_area"), ("pipe_utilities.shp", "pipe")])
def test_the_longest_word_in_the_name_tells_the_class(name, key):
    assert told(name, "编号") == key


def test_a_class_that_does_not_take_such_shapes_is_no_candidate():
    assert told("桥梁道路.shp", "路段编号", "道路等级", family="line") in ("road", "bridge")
    with pytest.raises(NeedsAnswer):
        told("公园.shp", "编号", family="point")


def test_columns_tell_the_class_where_the_name_does_not():
    assert told("export_1.shp", "灯杆编号", "光源", "功率", "亮灯情况", "名称") == "streetlight"


def test_an_unknown_file_is_asked_with_candidates():
    with pytest.raises(NeedsAnswer, match="--class"):
        told("export_1.shp", "编号", "名称")


# -- mapping files -------------------------------------------------------------------------------
GOOD = """
[source]
name = "osm"
[city]
key = "x"
extent = [24.9, 60.1, 25.0, 60.2]
[[layer]]
match = "roads.shp"
class = "road"
[layer.fields]
code = "osm_id"
[layer.values.road_class]
primary = "arterial"
"*" = ""
"""


def write(tmp_path, text):
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_mapping_file_is_read_and_its_city_gets_a_zone(tmp_path):
    found = mapping.read(write(tmp_path, GOOD))
    assert found.city.srid == 32635 and found.layers[0].values["road_class"]["primary"] == "arterial"
    found.layers[0].check(KINDS.kind("road"), found.file)


@pytest.mark.parametrize(("old", "new", "named"), [
    ("[source]", "[sauce]", "sauce"), ('class = "road"', 'klass = "road"', "klass"), ("key =", "kee =", "kee"), ('match = "roads.shp"', "", "match"),
    ("[24.9, 60.1, 25.0, 60.2]", "[1, 2]", "extent"), ('class = "road"', "class = 3", "class"), ("[source]", "[source", "TOML")])
def test_an_unknown_or_wrong_key_is_an_error_that_names_file_and_key(tmp_path, old, new, named):
    with pytest.raises(BadDeclaration, match=named) as caught:
        mapping.read(write(tmp_path, GOOD.replace(old, new)))
    assert "m.toml" in caught.value.message("zh")


@pytest.mark.parametrize(("old", "new"), [("code = ", "kode = "), ('"arterial"', '"artery"'), ("values.road_class", "values.roadclass")])
def test_fields_and_codes_that_the_class_lacks_are_errors(tmp_path, old, new):
    found = mapping.read(write(tmp_path, GOOD.replace(old, new)))
    with pytest.raises(BadDeclaration):
        found.layers[0].check(KINDS.kind("road"), found.file)


def test_a_missing_mapping_file_is_one_sentence(tmp_path):
    with pytest.raises(BadFile, match="no such mapping file"):
        mapping.read(tmp_path / "none.toml")


def test_the_mapping_files_of_the_docs_fit_their_classes():
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "docs" / "mappings"
    files = sorted(folder.glob("*.toml"))
    assert len(files) >= 2
    for path in files:
        for entry in mapping.read(path).layers:
            if entry.kind:
                entry.check(KINDS.kind(entry.kind), path)
