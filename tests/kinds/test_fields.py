"""Fields, code lists and kinds: values are stored clean, refusals name a known problem, words find fields."""

from __future__ import annotations

import datetime as dt
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue import load
from registry.kinds import (
    COMMON,
    PROBLEMS,
    ZONE_COMMON,
    AssetClass,
    Code,
    CodeList,
    Field,
    FieldProblem,
    Label,
    Rating,
    ZoneKind,
)
from registry.kinds.codes import fold
from registry.kinds.common import STATE
from registry.kinds.problems import sentence

# Every name that a sentence asks for.
FACTS = {name: "?" for p in PROBLEMS.values() for text in (p.zh, p.en) for _, name, _, _ in Formatter().parse(text) if name}
WILD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes())


def problem(field: Field, raw: object) -> str:
    with pytest.raises(FieldProblem) as caught:
        field.parse(raw)
    return caught.value.code


def test_a_label_is_written_in_one_text():
    assert Label.of("道路|Road") == Label("道路", "Road")
    assert Label.of("LED") == Label("LED", "LED")
    assert Label.of("道路|Road").get("en") == "Road" and Label.of("道路|Road").get("fr") == "道路"


def test_codes_are_found_by_value_title_and_alias_whatever_the_width_and_case():
    for text in ("intact", "INTACT", " 完好 ", "良 好", "Ｇood"):
        assert STATE.find(text).value == "intact"
    assert STATE.find("不在表中") is None


def test_neither_a_bare_number_nor_being_in_use_means_intact():
    """Vendors number states each in their own way, and 在用 says nothing of the condition."""
    assert STATE.find("0") is None and STATE.find("1") is None and STATE.find("在用") is None


def test_a_word_with_two_meanings_breaks_a_code_list():
    codes = CodeList("l", "表|List", (Code("a", "甲|A"), Code("b", "乙|B", aliases=("甲",))))
    with pytest.raises(ValueError, match="means a and b"):
        codes.find("a")


def test_the_title_of_a_missing_or_foreign_value_says_so():
    assert STATE.title_of(None).en == "unknown"
    assert STATE.title_of("xyz") == Label("xyz", "xyz")
    assert STATE.title_of("missing").zh == "丢失"


@pytest.mark.parametrize("bad", [{"type": "colour"}, {"type": "code"}, {"type": "text", "codes": STATE}])
def test_a_field_of_no_known_type_is_refused(bad: dict):
    with pytest.raises(ValueError):
        Field("f", "字段|Field", **bad)


@pytest.mark.parametrize(("field", "raw", "code"), [
    (Field("n", "数|N", "number", minimum=0, maximum=10), -1, "range"),
    (Field("n", "数|N", "number", minimum=0, maximum=10), "10.01", "range"),
    (Field("n", "数|N", "integer"), "1.5", "type"),
    (Field("t", "文|T", max_length=3), "四个字了", "length"),
    (Field("t", "文|T", pattern=r"\d{15}"), "123", "pattern"),
    (Field("t", "文|T"), 3.30602010e15, "numeric_code"),
    (Field("c", "码|C", "code", codes=STATE), "八成新", "unknown_code"),
    (Field("d", "日|D", "date"), "2023-02-30", "date"),
    (Field("b", "否|B", "boolean"), "大概", "type"),
])
def test_a_wrong_value_is_refused_with_a_problem_that_has_a_sentence(field: Field, raw: object, code: str):
    assert problem(field, raw) == code
    assert code in PROBLEMS and PROBLEMS[code].refuses


@pytest.mark.parametrize(("field", "raw", "value"), [
    (Field("n", "数|N", "number", minimum=0, maximum=10), 0, 0.0),
    (Field("n", "数|N", "number", minimum=0, maximum=10), "10", 10.0),
    (Field("t", "文|T"), 330602.0, "330602"),
    (Field("t", "文|T", pattern=r"\d{6}"), 330602, "330602"),
    (Field("t", "文|T"), dt.date(2024, 5, 6), "2024-05-06"),
    (Field("c", "码|C", "code", codes=STATE), "损坏", "damaged"),
    (Field("c", "码|C", "code", codes=STATE), "缺失", "missing"),
    (Field("c", "码|C", "code", codes=STATE), "****", None),
    (Field("b", "否|B", "boolean"), "无", False),
])
def test_a_good_value_is_stored_clean(field: Field, raw: object, value: object):
    assert field.parse(raw) == (value, None)


def test_a_date_with_only_a_year_is_taken_and_noted():
    value, note = Field("d", "日|D", "date").parse("2019")
    assert value == dt.date(2019, 1, 1) and not PROBLEMS[note].refuses


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_has_a_sentence_in_both_languages(code: str):
    facts = {name: "x" for _, name, *_ in Formatter().parse(PROBLEMS[code].zh + PROBLEMS[code].en) if name}
    zh, en = (sentence(code, lang, **{**facts, **FACTS}) for lang in ("zh", "en"))
    assert zh != en and "{" not in zh + en


@given(st.sampled_from([f for k in load().kinds for f in k.fields]), WILD)
def test_any_field_reads_or_refuses_any_value(field: Field, raw: object):
    try:
        value, note = field.parse(raw)
    except FieldProblem as refusal:
        assert PROBLEMS[refusal.code].refuses
        assert sentence(refusal.code, "zh", **refusal.facts)
    else:
        assert note is None or not PROBLEMS[note].refuses
        if value is not None:
            assert field.parse(value)[0] == value


@given(st.sampled_from([f for k in load().kinds for f in k.fields if f.codes]), st.data())
def test_every_way_of_writing_a_code_is_the_same_code(field: Field, data: st.DataObject):
    code = data.draw(st.sampled_from(field.codes.codes))
    text = data.draw(st.sampled_from((code.value, code.title.zh, code.title.en, *code.aliases)))
    assert field.parse(f" {text.upper()} ") == (code.value, None)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126)))
def test_case_blanks_and_full_width_forms_do_not_matter(text: str):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in text)
    assert fold(text) == fold(text.upper()) == fold(wide) == fold(f" {text}\u3000")


def test_common_fields_come_with_every_class_and_may_be_left_out():
    assert [f.key for f in AssetClass("a", "甲|A", ("point",)).fields] == [f.key for f in COMMON]
    assert [f.key for f in ZoneKind("z", "区|Z", ("polygon",)).fields] == [f.key for f in ZONE_COMMON]
    assert AssetClass("a", "甲|A", ("point",), common=False).fields == ()


def test_an_own_field_takes_the_place_of_the_common_one_by_key_or_by_column():
    by_key = AssetClass("a", "甲|A", ("point",), fields=(Field("note", "附注|Remark", max_length=5),))
    assert by_key.by_key["note"].max_length == 5
    by_column = AssetClass("a", "甲|A", ("point",), fields=(Field("NAME", "名|Nm", column="name"),))
    assert "name" not in by_column.by_key and by_column.by_column["name"].key == "NAME"


def test_the_title_of_a_class_before_number_or_name_means_code_or_name():
    kind = AssetClass("well", "水井|Well", ("point",))
    assert kind.field_named("水井编号").key == "code" and kind.field_named("水井名称").key == "name"
    assert kind.field_named("水井深度") is None


@pytest.mark.parametrize("wrong", [{"geometry": ("circle",)}, {"group_by": "nothing"},
                                   {"fields": (Field("x", "甲|A"), Field("x", "乙|B"))}])
def test_a_class_that_contradicts_itself_is_refused(wrong: dict):
    with pytest.raises(ValueError, match="class a"):
        AssetClass("a", "甲|A", **{"geometry": ("point",), **wrong})


def test_a_rating_by_weight_is_refused():
    with pytest.raises(ValueError, match="weight"):
        Rating("weight")


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x00\x07", "\u202e", "\x85"])
def test_signs_that_do_not_show_are_refused(sign: str):
    with pytest.raises(FieldProblem) as caught:
        Field("name", "名称|Name").parse(f"解放{sign}路")
    assert caught.value.code == "hidden_signs"
    assert Field("name", "名称|Name").parse("两\n行") == ("两\n行", None)


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\xad", "\n", "\t"])
def test_a_code_has_no_sign_that_does_not_show(sign: str):
    """A<zero width>1 beside A1 would be another asset that looks the same."""
    code = load().kind("streetlight").by_column["code"]
    with pytest.raises(FieldProblem) as caught:
        code.parse(f"A{sign}1")
    assert caught.value.code == "hidden_signs" and code.parse("A 1")[0] == "A 1"
