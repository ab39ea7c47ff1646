"""Every class and zone kind of the package is whole: titles, codes, names, geometry, grouping."""

from __future__ import annotations

import re
import unicodedata

import pytest

from registry.catalogue import load
from registry.kinds import COMMON, ZONE_COMMON, AssetClass, CodeList, FeatureKind, Label
from registry.kinds.codes import fold
from registry.kinds.feature import BASES, GEOMETRIES
from registry.kinds.parse import is_null

KINDS = load().kinds
CLASSES = tuple(load().classes.values())
CODE_LISTS = {(k.key, c.key): c for k in KINDS for c in k.code_lists.values()}
CORE = {
    "asset": {"code", "name", "state", "district", "grid", "owner", "keeper", "supervisor", "ownership_status",
              "installed_on", "retired_on", "grade", "length_m", "area_m2", "parent"},
    "zone": {"code", "name", "parent", "valid_from", "valid_to", "population", "area_m2", "edition"}}
HEX = re.compile(r"#[0-9a-f]{6}")
UNIT_ENDINGS = {"_m": "m", "_m2": "m²", "_mm": "mm", "_w": "W", "_t_per_d": "t/d", "_percent": "%", "_deg": "°"}


def _ids(kind: FeatureKind) -> str:
    return kind.key


def _both(title: Label) -> bool:
    """Whether a title has Chinese in the one language, none in the other."""
    return (title.zh != title.en and any("\u4e00" <= c <= "\u9fff" for c in title.zh)
            and bool(title.en) and not any("\u4e00" <= c <= "\u9fff" for c in title.en))


def test_every_class_and_zone_of_the_first_version_is_declared():
    catalogue = load()
    assert set(catalogue.classes) >= {
        "road", "bridge", "tunnel", "pipe", "manhole", "utility_tunnel", "streetlight", "toilet",
        "transfer_station", "park", "green"}
    assert set(catalogue.zones) >= {
        "district", "street", "community", "unit_grid", "management_grid", "built_up_area",
        "historic_district", "residential"}


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_titles_are_in_both_languages(kind: FeatureKind):
    assert _both(kind.title)
    for field in kind.fields:
        assert _both(field.title), field.key
    if kind.description:
        assert _both(Label.of(kind.description))
    if isinstance(kind, AssetClass):
        for text in (kind.unit, kind.count_unit, kind.trade):
            assert _both(Label.of(text)), text


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_no_name_means_two_fields_of_one_class(kind: FeatureKind):
    owner: dict[str, str] = {}
    clashes = [(name, owner[name], field.key) for field in kind.fields for name in field.names
               if owner.setdefault(name, field.key) != field.key]
    assert not clashes


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_geometry_colour_and_grouping_are_valid(kind: FeatureKind):
    assert kind.geometry and set(kind.geometry) <= set(GEOMETRIES)
    assert HEX.fullmatch(kind.color)
    assert kind.names
    if kind.group_by:
        assert kind.by_key[kind.group_by].type == "code"


@pytest.mark.parametrize("kind", CLASSES, ids=_ids)
def test_counting_rating_and_service_name_their_fields(kind: AssetClass):
    assert kind.group_by
    if kind.count_by:
        assert kind.by_key[kind.count_by].type == "text"
    assert kind.rating and kind.rating.basis in BASES and kind.rating.clause
    if kind.in_service:
        codes = kind.by_key[kind.in_service.field].codes
        assert codes and set(kind.in_service.values) <= set(codes.values)


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_fields_fill_only_core_columns_and_each_once(kind: FeatureKind):
    columns = [f.column for f in kind.fields if f.column]
    assert len(columns) == len(set(columns))
    assert set(columns) <= CORE[kind.table]


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_a_unit_in_a_key_is_the_unit_of_the_field(kind: FeatureKind):
    for field in kind.fields:
        endings = [u for e, u in UNIT_ENDINGS.items() if field.key.endswith(e)]
        if endings and field.type == "number":
            assert field.unit == endings[0], field.key


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_defaults_and_ranges_make_sense(kind: FeatureKind):
    for field in kind.fields:
        if field.default is not None:
            assert field.parse(field.default) == (field.default, None)
        if field.minimum is not None and field.maximum is not None:
            assert field.minimum < field.maximum
        if field.zone:
            assert field.zone in load().zones


@pytest.mark.parametrize("codes", CODE_LISTS.values(), ids=["-".join(k) for k in CODE_LISTS])
def test_code_lists_have_one_meaning_a_word_and_both_languages(codes: CodeList):
    assert _both(codes.title)
    assert len(codes.values) == len(set(codes.values)) and codes.values
    for code in codes.codes:
        assert code.title.zh and code.title.en and code.title.zh != code.title.en, code.value
        for text in (code.value, code.title.zh, code.title.en, *code.aliases):
            assert codes.find(text) is code, text
            assert not is_null(text), f"{text} would be read as nothing"


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_code_lists_that_group_or_filter_have_colours(kind: FeatureKind):
    common = {f.key for f in (COMMON if kind.table == "asset" else ZONE_COMMON)}
    for field in kind.fields:
        if field.codes and field.key not in common:
            for code in field.codes.codes:
                assert code.color and HEX.fullmatch(code.color), (field.key, code.value)


def test_a_code_list_key_means_one_list_in_the_whole_catalogue():
    lists: dict[str, CodeList] = {}
    for (_, key), codes in CODE_LISTS.items():
        assert lists.setdefault(key, codes) is codes, key


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_every_name_of_a_field_finds_it_however_it_is_written(kind: FeatureKind):
    for field in kind.fields:
        for name in (field.key, field.title.zh, *field.aliases):
            assert kind.field_named(name) is field
            assert kind.field_named(f" {name.upper()} ") is field
            assert kind.field_named(unicodedata.normalize("NFKC", name)) is field


@pytest.mark.parametrize(("key", "head", "field"), [
    ("road", "路段编号", "code"), ("road", "道路编号", "road_code"), ("road", "DLDJ", "road_class"),
    ("road", "KD", "width_m"), ("road", "长度（米）", "length_m"), ("road", "道路面积(㎡)", "area_m2"),
    ("road", "机扫频次", "sweeping_per_day"), ("road", "GLBJZT", "state"), ("bridge", "桥名", "name"),
    ("bridge", "护栏改造日期", "guardrail_renovated_on"), ("bridge", "改造日期", "renovated_on"),
    ("bridge", "建成年月", "installed_on"), ("bridge", "总造价", "investment_wan_yuan"),
    ("pipe", "GJ", "diameter_mm"), ("pipe", "CZ", "material"), ("pipe", "PSize", "section"),
    ("pipe", "EmBed", "embedding"), ("pipe", "Mdate", "installed_on"), ("pipe", "Belong", "owner"),
    ("pipe", "S_Exp", "start_node"), ("pipe", "Pressure", "pressure"), ("manhole", "有无防坠网", "has_net"),
    ("manhole", "井盖编号", "code"), ("streetlight", "灯杆编号", "pole_code"), ("streetlight", "亮灯情况", "lit"),
    ("toilet", "公厕名称", "name"), ("toilet", "等级", "toilet_class"), ("toilet", "社会公厕", "alliance"),
    ("transfer_station", "设计规模", "capacity_t_per_d"), ("park", "公园编号", "park_code"),
    ("park", "占地面积", "area_m2"), ("utility_tunnel", "入廊管线", "admitted_lines"),
    ("unit_grid", "BGID", "code"), ("management_grid", "责任单位", "responsible"),
    ("residential", "人口数", "population"), ("built_up_area", "年份", "edition_year"),
    ("district", "XZQMC", "name"), ("community", "SQDM", "code"),
])
def test_names_that_offices_use_find_their_field(key: str, head: str, field: str):
    found = load().kind(key).field_named(head)
    assert found is not None and found.key == field


@pytest.mark.parametrize("head", ["面积(公顷)", "面积（亩）", "长度(km)", "长度（公里）", "SHAPE_Leng", "SHAPE_Area"])
def test_a_measure_in_another_unit_or_of_the_geometry_is_no_surveyed_measure(head: str):
    for kind in KINDS:
        assert kind.field_named(head) is None, kind.key


@pytest.mark.parametrize(("key", "field", "text", "value"), [
    ("road", "road_class", "主干道", "arterial"), ("road", "road_class", "里巷", "alley"),
    ("road", "road_class", "背街小巷", "alley"), ("road", "surface", "土路", "earth"),
    ("bridge", "size_class", "特大桥", "extra_large"), ("bridge", "maintenance_class", "Ⅳ类", "IV"),
    ("bridge", "guardrail_risk", "Ⅱ类", "II"), ("bridge", "road_class", "快速", "expressway"),
    ("pipe", "medium", "WS", "sewage"), ("pipe", "medium", "DX", "telecom"), ("pipe", "medium", "供热", "heat"),
    ("pipe", "medium", "中水", "reclaimed"), ("pipe", "material", "T", "concrete"),
    ("pipe", "material", "TZ", "copper"), ("pipe", "embedding", "SX", "underwater"),
    ("manhole", "load_class", "D400", "D400"), ("manhole", "position", "绿化带", "green_belt"),
    ("manhole", "purpose", "01023", "unidentified"), ("streetlight", "light_source", "钠灯", "sodium"),
    ("streetlight", "lit", "不应亮", "not_due"), ("streetlight", "count_kind", "盏", "lamp"),
    ("toilet", "toilet_class", "二类", "second"), ("transfer_station", "collection_mode", "人力", "manual"),
    ("transfer_station", "integrated", "单一性", "single"), ("park", "park_type", "口袋公园", "G14"),
    ("park", "build_status", "规划", "planned"), ("utility_tunnel", "build_status", "运营", "operating"),
    ("green", "green_type", "附属绿地", "XG"), ("toilet", "ownership_type", "社会代管", "social_managed"),
])
def test_words_that_offices_use_become_the_stored_code(key: str, field: str, text: str, value: str):
    assert load().kind(key).by_key[field].parse(text) == (value, None)


def test_media_have_the_colours_of_cjj_61():
    colours = {c.value: c.color for c in load().kind("pipe").by_key["medium"].codes.codes}
    assert colours["water"] == "#00ffff" and colours["sewage"] == "#4c3926" and colours["gas"] == "#ff00ff"
    assert colours["heat"] == "#ff8000" and colours["power"] == "#ff0000" and colours["telecom"] == "#00ff00"


def _class_of(stem: str) -> set[str]:
    """The kinds a file name tells: the longest word wins; of equals the one that ends last.

    Chinese words anywhere (the head of a Chinese noun stands last); Latin ones only whole.
    """
    text, best, found = fold(stem), (0, 0), set()
    tokens = {fold(t): m.end() for m in re.finditer(r"[A-Za-z][A-Za-z_]*", stem) for t in [m.group().strip("_")]}
    for kind in KINDS:
        for word in map(fold, kind.names):
            end = tokens.get(word, 0) if word.isascii() else text.rfind(word) + len(word)
            if not end or (not word.isascii() and word not in text):
                continue
            if (len(word), end) >= best:
                found = {kind.key} if (len(word), end) > best else found | {kind.key}
                best = (len(word), end)
    return found


@pytest.mark.parametrize(("stem", "key"), [
    ("道路", "road"), ("某市路网2025", "road"), ("道路照明", "streetlight"), ("路灯", "streetlight"),
    ("路灯井盖", "manhole"), ("公园绿地", "park"), ("道路绿化", "green"), ("附属绿地", "green"), ("公园", "park"),
    ("污水管", "pipe"), ("雨水管网", "pipe"), ("燃气管道", "pipe"), ("地下管线", "pipe"), ("综合管廊", "utility_tunnel"),
    ("窨井", "manhole"), ("污水检查井", "manhole"), ("燃气井盖", "manhole"), ("雨水井", "manhole"), ("桥梁", "bridge"),
    ("过街天桥", "bridge"), ("隧道", "tunnel"), ("公厕", "toilet"), ("公共厕所", "toilet"),
    ("垃圾中转站", "transfer_station"), ("行政区划", "district"), ("街道", "street"), ("社区", "community"),
    ("单元网格", "unit_grid"), ("管理网格", "management_grid"), ("建成区2020", "built_up_area"),
    ("历史文化街区", "historic_district"), ("居住用地", "residential"), ("roads", "road"), ("DL", "road"),
    ("streetlights", "streetlight"), ("manholes", "manhole"), ("parks", "park"), ("pipelines", "pipe"),
    ("滨海新区道路", "road"), ("滨海新区桥梁", "bridge"), ("滨海新区隧道", "tunnel"), ("residential", "residential"),
])
def test_a_file_name_tells_one_class(stem: str, key: str):
    assert _class_of(stem) == {key}


def test_a_car_park_is_no_park():
    assert _class_of("parking") == set()


def test_two_kinds_share_no_word_for_file_names():
    owner: dict[str, str] = {}
    for kind in KINDS:
        for word in kind.names:
            assert owner.setdefault(fold(word), kind.key) == kind.key, word
