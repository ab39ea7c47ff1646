"""A column that no name tells is proposed with a score and its reasons, and taken only when a person says so."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from offices import lonlat

from etl import columns
from etl.layer import Batch, Cells, Column
from etl.pinyin import initials
from etl.propose import LIKELY, propose
from registry import catalogue
from registry.errors import BadValue, NeedsAnswer

KINDS = catalogue.load()


class Sheet:
    """A layer of columns that are given with their values."""

    source = "a.shp"
    geometry = True
    told: dict = {}

    def __init__(self, numeric=(), **said):
        self.said = said
        self.columns = tuple(Column(n, n in numeric) for n in said)

    def batches(self, wanted, geometry):
        count = len(next(iter(self.said.values())))
        yield Batch(np.arange(1, count + 1), {n: Cells.plain(self.said[n]) for n in wanted}, None, lambda i: [])


def proposed(kind, numeric=(), **said):
    layer = Sheet(numeric, **said)
    matched = columns.match(KINDS.kind(kind), layer)
    return {p.column: p for p in propose(KINDS.kind(kind), layer, matched.columns, matched.unmapped)}


@pytest.mark.parametrize(("word", "letters"), [("道路名称", "DLMC"), ("路灯编号", "LDBH"), ("窨井编号", "YJBH"), ("养护单位", "YHDW"),
                                               ("管径(mm)", "GJMM"), ("ＧＰＳ位置", "GPSWZ"), ("箅子", "BZ"), ("、", ""), ("镕", "")])
def test_the_first_letters_of_pinyin_are_those_of_offices(word, letters):
    assert initials(word) == letters


def test_every_abbreviation_of_the_catalogue_that_is_pinyin_is_understood():
    """The declared aliases are the measure: of those in capitals most are initials of a Chinese name of their field."""
    pairs = [(a, f) for k in KINDS.kinds for f in k.fields for a in f.aliases if a.isascii() and a.isupper() and len(a) > 1]
    known = sum(a in {initials(n) for n in (f.title.zh, *f.aliases) if not n.isascii()} for a, f in pairs)
    assert len(pairs) > 200 and known / len(pairs) > 0.6


@pytest.mark.parametrize(("column", "values", "key"), [
    ("路名称", ["解放路", "中山路", "人民路"], "road_name"), ("建成的日期", ["20200101", "20210203"], "installed_on"),
    ("GYZL", ["LED", "钠灯"], "light_source"), ("YHDWMCX", ["市政处", "绿化处"], "keeper"), ("灯具光源", ["LED灯", "钠灯"], "light_source"),
    ("maintaine", ["A", "B"], "keeper")])
def test_likely_columns_are_proposed_with_their_reason(column, values, key):
    found = proposed("streetlight", 编号=[f"a{n}" for n in range(len(values))], **{column: values})[column]
    assert found.field.key == key and LIKELY <= found.score < 1
    assert f"--field {key}={column}" in found.told[0] and f"{found.score:.2f}" in found.told[1] and found.why[0] != found.why[1]


def test_values_of_a_code_list_tell_a_column_without_a_telling_name():
    found = proposed("streetlight", 编号=["1", "2", "3"], XX=["高压钠灯", "LED灯", "无极灯"])["XX"]
    assert found.field.key == "light_source" and "代码表" in found.why[0]


def test_values_that_contradict_a_name_silence_it():
    assert "建成的日期" not in proposed("streetlight", 编号=["1", "2"], 建成的日期=["很久以前", "昨天"])
    assert "道路等级别" not in proposed("streetlight", 编号=["1", "2"], 道路等级别=["甲", "乙"])


def test_numbers_and_nonsense_are_not_guessed():
    assert proposed("streetlight", 编号=["1", "2"], 幸运数字=["8", "6"], Q7=["x", "y"]) == {}


def test_a_code_is_proposed_where_each_row_has_its_own_value():
    assert proposed("streetlight", 路灯的编号=["a", "b", "c"])["路灯的编号"].field.key == "code"
    assert proposed("streetlight", 路灯的编号=["a", "a", "c"])["路灯的编号"].field.key != "code"


def test_a_field_is_proposed_for_one_column_only():
    found = proposed("streetlight", 编号=["1", "2"], 建成的日期=["20200101", "20200102"], 建成日期们=["20200101", "20200102"])
    assert [p.field.key for p in found.values()].count("installed_on") == 1


def test_names_that_became_the_same_when_cut_are_told():
    found = columns.match(KINDS.kind("road"), Sheet(code=["1"], maintenanc=["a"], maintena_1=["b"]))
    assert "maintena_1" in found.unmapped and any("maintena_1" in zh and "maintenanc" in zh for zh, _ in found.notes)


def test_a_class_without_codes_says_how_its_rows_are_known_again():
    notes = columns.match(KINDS.kind("residential"), Sheet(name=["a"])).notes
    assert any("按图形认出" in zh for zh, _ in notes)
    assert not columns.match(KINDS.kind("residential"), Sheet(code=["a"])).notes


# -- in a load -----------------------------------------------------------------------------------
@pytest.fixture
def lamps(office):
    return office("路灯", ["编号", "灯具光源", "GLW"], [[f"L{n}", "LED灯" if n % 2 else "钠灯", str(60 + n)] for n in range(6)],
                  [shapely.Point(*p) for p in lonlat(6)])


def test_a_proposal_is_shown_and_not_taken(registry, lamps):
    made, = registry(lamps)
    assert "light_source" not in made.mapped and {p.field.key for p in made.proposals} == {"light_source", "power_w"}
    assert {p["column"] for p in made.as_dict()["columns"]["proposed"]} == {"灯具光源", "GLW"}


def test_an_accepted_one_is_loaded(registry, lamps, conn):
    made, = registry(lamps, fields={"light_source": "灯具光源"})
    assert made.mapped["light_source"] == "灯具光源" and [p.field.key for p in made.proposals] == ["power_w"]


def test_a_field_that_the_class_lacks_is_refused(registry, lamps):
    with pytest.raises(BadValue, match="road_code"):
        registry(lamps, fields={"road_code": "GLW"})


def test_the_question_for_the_code_names_the_likeliest_column(registry, office):
    path = office("路灯", ["灯的编号", "光源"], [[f"L{n}", "LED灯"] for n in range(4)], [shapely.Point(*p) for p in lonlat(4)])
    with pytest.raises(NeedsAnswer) as caught:
        registry(path)
    assert "--field code=灯的编号" in caught.value.message("zh")
    made, = registry(path, fields={"code": "灯的编号"})
    assert made.new == 4
