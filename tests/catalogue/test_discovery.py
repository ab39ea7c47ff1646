"""Declarations are found, not listed: in the package and in the folders a bureau names."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest

from registry import catalogue
from registry.errors import BadDeclaration, UnknownClass

BUREAU = """
    from registry.kinds import AssetClass, Code, CodeList, Field, ZoneKind

    BIKE_KIND = CodeList("bike_kind", "类型|Kind", (Code("dock", "有桩|Docked", "#112233"),
                                                  Code("free", "无桩|Dockless", "#445566")))
    BIKE = AssetClass("bicycle_station", "公共自行车站点|Bicycle station", ("point",), names=("自行车",), fields=(
        Field("kind", "类型|Kind", "code", codes=BIKE_KIND, filter=True),))
    ZONE = ZoneKind("Bike_Zone", "投放区|Bicycle zone", ("polygon",))
"""
COUNTRY = """
    from registry.kinds import AssetClass, Field

    COUNTRY = AssetClass("country", "国家|Country", ("polygon",), worldwide=True, common=False, rating=None, fields=(
        Field("NAME", "国名|Name of the country", column="name"),
        Field("ISO_A3", "代码|ISO code", column="code"),
        Field("PopEst", "人口|Population", "integer")))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A bureau's folder that the setting names; the package alone is back afterwards."""
    monkeypatch.setenv("REGISTRY_CATALOGUE", str(tmp_path))
    catalogue.forget()
    yield tmp_path
    catalogue.forget()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def refused(file: Path) -> BadDeclaration:
    """The error of loading, which names the file in both languages."""
    with pytest.raises(BadDeclaration) as caught:
        catalogue.load()
    for lang in ("zh", "en"):
        assert str(file) in caught.value.message(lang)
    assert caught.value.message("zh") != caught.value.message("en")
    return caught.value


def test_a_file_in_the_folder_adds_its_classes_and_zones(folder: Path):
    file = write(folder, "bikes.py", BUREAU)
    found = catalogue.load()
    assert found.kind("bicycle_station").by_key["kind"].parse("无桩") == ("free", None)
    assert found.kind("bicycle_station").by_key["state"].column == "state"
    assert found.where("bicycle_station") == file
    assert found.zones["Bike_Zone"].table == "zone"
    assert "road" in found.classes and list(found.classes)[-1] == "bicycle_station"


def test_without_folders_only_the_package_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REGISTRY_CATALOGUE", raising=False)
    assert "bicycle_station" not in catalogue.load().classes
    assert catalogue.load().where("road").name == "roads.py"
    assert catalogue.load() is catalogue.load()


def test_a_class_may_map_core_columns_keep_the_case_of_keys_and_be_worldwide(folder: Path):
    write(folder, "countries.py", COUNTRY)
    country = catalogue.load().classes["country"]
    assert country.worldwide and country.rating is None
    assert [f.key for f in country.fields] == ["NAME", "ISO_A3", "PopEst"]
    assert country.by_column["name"].key == "NAME" and country.by_column["code"].key == "ISO_A3"
    assert country.field_named("name").key == "NAME"


def test_an_own_field_for_a_core_column_takes_the_place_of_the_common_one(folder: Path):
    write(folder, "own.py", """
        from registry.kinds import AssetClass, Field
        A = AssetClass("well", "水井|Well", ("point",), fields=(Field("NAME", "井名|Well name", column="name"),))
    """)
    well = catalogue.load().classes["well"]
    assert "name" not in well.by_key and well.by_column["name"].key == "NAME" and "code" in well.by_key


def test_the_order_is_that_of_modules_and_lines(folder: Path):
    write(folder, "b.py", BUREAU)
    write(folder, "a.py", COUNTRY)
    first = [k.key for k in catalogue.load().kinds]
    catalogue.forget()
    assert [k.key for k in catalogue.load().kinds] == first
    assert first.index("country") < first.index("bicycle_station")
    assert first[-1] == "Bike_Zone"


def test_files_of_a_folder_may_import_one_another_and_the_package(folder: Path):
    write(folder, "words.py", BUREAU)
    write(folder, "a_user.py", """
        from registry.catalogue.road_class import road_class
        from registry.catalogue.roads import ROAD
        from registry.kinds import AssetClass, Field
        from .words import BIKE, BIKE_KIND
        RACK = AssetClass("rack", "车架|Rack", ("point",), fields=(
            road_class(), Field("kind", "类型|Kind", "code", codes=BIKE_KIND)))
    """)
    found = catalogue.load()
    assert {"rack", "bicycle_station", "road"} <= set(found.classes)


def test_two_folders_are_read_in_the_order_of_the_setting(folder: Path, monkeypatch: pytest.MonkeyPatch):
    one, two = folder / "一", folder / "two words"
    one.mkdir()
    two.mkdir()
    write(two, "same.py", COUNTRY)
    write(one, "same.py", BUREAU)
    monkeypatch.setenv("REGISTRY_CATALOGUE", os.pathsep.join((str(two), str(one))))
    assert [k for k in catalogue.load().classes if k in ("country", "bicycle_station")] == [
        "country", "bicycle_station"]


def test_a_changed_file_is_read_again_after_forgetting(folder: Path):
    file = write(folder, "own.py", COUNTRY)
    assert "country" in catalogue.load().classes
    file.unlink()
    write(folder, "other.py", BUREAU)
    assert "country" in catalogue.load().classes
    catalogue.forget()
    assert "country" not in catalogue.load().classes


def test_an_unknown_class_names_the_known_ones():
    with pytest.raises(UnknownClass) as caught:
        catalogue.load().kind("roda")
    assert "roda" in caught.value.message("zh") and "streetlight" in caught.value.message("en")
    with pytest.raises(UnknownClass):
        catalogue.load().where("roda")


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        catalogue.load().classes["x"] = None  # type: ignore[index]


def test_a_missing_folder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REGISTRY_CATALOGUE", str(folder / "nowhere"))
    refused(folder / "nowhere")


def test_a_syntax_error_is_refused_with_its_line(folder: Path):
    error = refused(write(folder, "bad.py", "x = 1\ny = = 2\n"))
    assert "第 2 行" in error.message("zh") and "line 2" in error.message("en")


def test_a_value_error_of_a_declaration_is_refused_with_its_line(folder: Path):
    error = refused(write(folder, "bad.py", """\
        from registry.kinds import AssetClass
        A = AssetClass("well", "水井|Well", ("dot",))
    """))
    assert "dot" in error.message("zh") and "line 2" in error.message("en")


@pytest.mark.parametrize("text", ["import no_such_module_anywhere\n", "1 / 0\n", "x: int = unknown_name\n"])
def test_any_failure_of_a_file_is_refused(folder: Path, text: str):
    refused(write(folder, "bad.py", text))


def test_a_key_used_twice_is_refused_and_both_files_are_named(folder: Path):
    file = write(folder, "again.py", """
        from registry.kinds import AssetClass
        A = AssetClass("road", "道路|Road", ("line",))
    """)
    assert "roads.py" in refused(file).message("en")


def test_a_zone_and_a_class_may_not_share_a_key(folder: Path):
    refused(write(folder, "again.py", """
        from registry.kinds import AssetClass
        A = AssetClass("district", "区|District", ("polygon",))
    """))


@pytest.mark.parametrize("key", ["", "1a", "a-b", "a b", "井", "_a", "a" * 49, "a\\n"])
def test_a_key_that_cannot_be_a_name_is_refused(folder: Path, key: str):
    refused(write(folder, "bad.py", f"""
        from registry.kinds import AssetClass
        A = AssetClass("{key}", "水井|Well", ("point",))
    """))


def test_a_code_list_in_which_a_word_means_two_codes_is_refused(folder: Path):
    error = refused(write(folder, "bad.py", """
        from registry.kinds import AssetClass, Code, CodeList, Field
        L = CodeList("l", "表|List", (Code("a", "甲|A", aliases=("同",)), Code("b", "乙|B", aliases=("同",))))
        A = AssetClass("well", "水井|Well", ("point",), fields=(Field("f", "字段|Field", "code", codes=L),))
    """))
    assert "同" in error.message("zh")


def test_two_fields_for_one_core_column_are_refused(folder: Path):
    refused(write(folder, "bad.py", """
        from registry.kinds import AssetClass, Field
        A = AssetClass("well", "水井|Well", ("point",), fields=(
            Field("a", "甲|A", column="name"), Field("b", "乙|B", column="name")))
    """))


@pytest.mark.parametrize("extra", ['count_by="nothing"', 'in_service=InService("nothing", ("x",))',
                                   'group_by="nothing"'])
def test_a_declaration_that_names_a_missing_field_is_refused(folder: Path, extra: str):
    refused(write(folder, "bad.py", f"""
        from registry.kinds import AssetClass, InService
        A = AssetClass("well", "水井|Well", ("point",), {extra})
    """))


def test_after_a_refused_file_is_mended_the_catalogue_loads(folder: Path):
    file = write(folder, "bad.py", "oops(\n")
    refused(file)
    file.unlink()
    write(folder, "good.py", BUREAU)
    assert "bicycle_station" in catalogue.load().classes
