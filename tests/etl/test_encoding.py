"""The ladder of encodings: declared, strict UTF-8, GB18030 against Big5 by evidence; a lie is caught."""

from __future__ import annotations

import random
import re

import pytest
from offices import dbf

from etl import encoding, source
from etl.dbf import Dbf
from registry.errors import BadValue, NeedsAnswer

ROADS = ["解放路", "人民中路", "胜利大街", "延安西路", "建设巷", "环城北路", "迎宾大道", "公园路", "学士街", "东风桥",
         "越城区", "柯桥区", "路灯", "窨井盖", "完好", "破损", "沥青混凝土", "市政管理处"]
TAIWAN = ["中山北路", "忠孝東路", "仁愛路", "民權東路", "建國南路", "復興北路", "光復南路", "羅斯福路", "市民大道", "公園路",
          "路燈", "橋樑", "污水人孔", "養護工程處", "臺北市", "區公所", "綠地", "隧道"]


def raw(words, codec):
    return [w.encode(codec) for w in words]


@pytest.mark.parametrize(("words", "codec", "name"), [(ROADS, "gbk", "GBK"), (ROADS, "utf-8", "UTF-8"), (TAIWAN, "big5", "Big5"),
                                                      (TAIWAN, "utf-8", "UTF-8"), (TAIWAN, "gbk", "GBK")])
def test_ten_values_are_always_enough(words, codec, name):
    for seed in range(200):
        some = random.Random(seed).sample(words, 10)
        assert encoding.detect(raw(some, codec)).name == name, some


@pytest.mark.parametrize(("words", "codec", "name"), [(ROADS, "gbk", "GBK"), (TAIWAN, "big5", "Big5")])
def test_a_single_value_is_enough_nearly_always(words, codec, name):
    right = sum(encoding.detect(raw([w], codec)).name == name for w in words)
    assert right / len(words) >= 0.95


def test_the_texts_of_the_city_plans_are_told_apart_from_ten_words_on(shared_data):
    """A corpus of thousands of real words, one plan of which is in traditional script."""
    for path in sorted((shared_data.parent / "plans").glob("*.txt")):
        text = path.read_text(encoding="utf-8", errors="replace")
        words = sorted({w for s in re.findall(r"[\u4e00-\u9fff]{2,}", text) for w in re.findall(r".{2,8}", s)})
        codec, name = ("big5", "Big5") if path.name.startswith("000") else ("gbk", "GBK")
        words = [w for w in words if w.encode(codec, "ignore").decode(codec) == w]
        for seed in range(100):
            assert encoding.detect(raw(random.Random(seed).sample(words, 10), codec)).name == name


def test_the_users_choice_wins_and_nonsense_is_refused():
    assert encoding.detect(raw(ROADS, "gbk"), user="cp936", cpg="UTF-8").codec == "gb18030"
    with pytest.raises(BadValue):
        encoding.detect(raw(ROADS, "gbk"), user="martian")
    with pytest.raises(NeedsAnswer):
        encoding.detect(raw(ROADS, "gbk"), user="UTF-8")


def test_cpg_and_ldid_are_believed_where_the_bytes_allow_it():
    assert encoding.detect(raw(ROADS, "gbk"), cpg="GBK").evidence_zh.startswith(".cpg")
    assert "LDID 0x4D" in encoding.detect(raw(ROADS, "gbk"), ldid=0x4D).evidence_zh
    assert encoding.detect([], cpg="GBK").codec == "gb18030"


@pytest.mark.parametrize(("codec", "lie", "name"), [("gbk", "UTF-8", "GBK"), ("gbk", "ISO-8859-1", "GBK"), ("utf-8", "GBK", "UTF-8"),
                                                    ("utf-8", "ISO-8859-1", "UTF-8")])
def test_a_lying_cpg_is_caught_and_named_in_the_evidence(codec, lie, name):
    found = encoding.detect(raw(ROADS, codec), cpg=lie)
    assert found.name == name and "不实" in found.evidence_zh and "wrong" in found.evidence_en


def test_a_lying_ldid_is_caught():
    assert encoding.detect(raw(TAIWAN, "big5"), ldid=0x4D).name == "Big5"


def test_western_text_without_a_mark_is_flagged_unsure():
    found = encoding.detect(raw(["Übergröße", "Straße"], "cp1252"))
    assert (found.name, found.sure) == ("CP1252", False)


@pytest.mark.parametrize(("said", "codec"), [("936", "gb18030"), ("ANSI 936", "gb18030"), ("GB2312", "gb18030"), ("65001", "utf-8"),
                                             ("Big-5", "big5"), ("ISO 88591", "iso8859-1"), ("base64", None), ("?", None)])
def test_names_of_encodings_as_people_write_them(said, codec):
    assert encoding.codec_of(said) == codec


def test_half_a_character_at_the_column_s_end_is_cut_and_said(tmp_path):
    table = Dbf(dbf(tmp_path / "a.dbf", ["名称"], [["解放路路灯"], ["解放"]], width=9))
    found = table.encoding()
    cells = table.cells(next(table.blocks())[1], table.places[0], found)
    assert [cells.values[n].strip() for n in cells.codes] == ["解放路路", "解放"]
    assert cells.cut == {int(cells.codes[0])}


def test_names_of_columns_are_in_the_encoding_too(tmp_path):
    table = Dbf(dbf(tmp_path / "a.dbf", ["养护单位", "权属单位名称"], [["甲", "乙"]]))
    found = table.encoding()
    assert [(c.name, c.cut) for c in table.names(found)] == [("养护单位", False), ("权属单位名", True)]


def test_two_columns_of_one_name_stay_two(tmp_path):
    table = Dbf(dbf(tmp_path / "a.dbf", ["名称", "名称"], [["甲", "乙"]]))
    assert [c.name for c in table.names(table.encoding())] == ["名称", "名称(2)"]


def test_one_rotten_value_does_not_make_the_declared_encoding_a_lie():
    assert encoding.detect([*raw(ROADS * 5, "gbk"), b"\xff\xff\xff"], cpg="GBK").name == "GBK"


def test_one_rotten_value_does_not_make_utf_8_two_encodings():
    found = encoding.detect([*raw(ROADS * 5, "utf-8"), b"\xff\xff\xff"])
    assert found.name == "UTF-8" and "90 of 91" in found.evidence_en


def test_one_broken_value_does_not_make_chinese_western():
    found = encoding.detect([*raw(ROADS, "gbk"), b"\xb6\xab\xff\xc3\xc5"])
    assert found.name == "GBK"


def test_a_nul_never_reaches_the_samples():
    assert encoding.detect([*raw(ROADS, "gbk")[:2], "东门\0tail".encode("gbk")]).samples[2] == "东门 tail"


# -- rare ones -----------------------------------------------------------------------------------
@pytest.mark.parametrize("cpg", [None, "Big5", "950", "Big5-HKSCS"])
@pytest.mark.parametrize(("word", "codec"), [("鰂魚涌", "big5hkscs"), ("深水埗", "big5hkscs"), ("恒豐里", "cp950"), ("裏街", "cp950")])
def test_big5_is_read_with_the_characters_of_hong_kong_and_of_windows(word, codec, cpg):
    found = encoding.detect(raw([word], codec) + raw(TAIWAN, "big5"), cpg=cpg)
    assert found.name == "Big5" and found.samples[0] == word


@pytest.mark.parametrize("word", ["陈䶮路", "𠮷祥里", "㐂街"])
def test_characters_of_four_bytes_are_read(word):
    found = encoding.detect(raw([word, *ROADS[:4]], "gb18030"))
    assert (found.name, found.samples[0]) == ("GBK", word)


def test_half_of_four_bytes_is_cut_too():
    for cut in (1, 2, 3):
        assert encoding.decode("陈𠮷".encode("gb18030")[:2 + cut], "gb18030") == ("陈", True)


@pytest.mark.parametrize(("ldid", "codec", "words"), [
    (0x13, "cp932", ["道路台帳", "橋梁", "下水道"]), (0x13, "cp932", ["ﾄﾞｳﾛ", "ｷｮｳﾘｮｳ", "ﾏﾝﾎｰﾙ"]), (0x79, "cp949", ["도로", "가로등", "맨홀"]),
    (0xC9, "cp1251", ["Улица Ленина", "проспект Мира", "мост"]), (0x65, "cp866", ["Улица Ленина", "мост"]),
    (0x03, "cp1252", ["Königstraße", "Brücke", "Überführung"]), (0x03, "cp1252", ["Töölönlahden puisto", "Pitkäsilta"]),
    (0xC8, "cp1250", ["Žižkov", "Dvořákovo nábřeží"]), (0xCB, "cp1253", ["Οδός Ερμού", "Αθήνα"])])
def test_other_scripts_are_read_by_their_ldid(ldid, codec, words):
    found = encoding.detect(raw(words, codec), ldid=ldid)
    assert (found.codec, list(found.samples)) == (codec, words)


@pytest.mark.parametrize("words", [["Улица Ленина", "мост"], ["Königstraße"], ["Αθήνα"], ["Töölö"], ["ÆØÅ kai"], ["25°C"], ["12 m²", "3 m³"]])
def test_utf_8_of_two_bytes_a_letter_is_not_taken_for_gbk(words):
    found = encoding.detect(raw(words, "utf-8"))
    assert (found.name, list(found.samples)) == ("UTF-8", words)


@pytest.mark.parametrize("word", ["未知", "学士", "支路 LED 60W", "未知/学士", "胜山"])
def test_gbk_that_is_utf_8_by_accident_is_gbk(word):
    assert word.encode("gbk").decode("utf-8")
    for cpg in (None, "GBK", "UTF-8"):
        assert encoding.detect(raw([word], "gbk"), cpg=cpg).samples == (word,)


@pytest.mark.parametrize("words", [["℃", "①"], ["——"], ["Ⅱ级"], ["※"]])
def test_signs_alone_are_read_as_gbk(words):
    found = encoding.detect(raw(words, "gbk"))
    assert (found.name, list(found.samples)) == ("GBK", words)


def test_a_file_in_two_encodings_is_asked():
    with pytest.raises(NeedsAnswer, match="two encodings"):
        encoding.detect(raw(ROADS[:9], "gbk") + raw(ROADS[9:], "utf-8"))


def test_a_single_utf_8_value_among_gbk_makes_it_unsure():
    found = encoding.detect(raw(ROADS, "gbk") + raw(["环卫所"], "utf-8"))
    assert (found.name, found.sure) == ("GBK", False) and "UTF-8" in found.evidence_en


@pytest.mark.parametrize("separator", [",", "|"])
def test_a_separator_is_not_looked_for_inside_a_character(tmp_path, separator):
    """育 in Big5 ends in the byte of |."""
    path = tmp_path / "公厕.csv"
    path.write_bytes("\r\n".join(separator.join(row) for row in [("code", "name"), *((f"GC{n}", "體育場") for n in range(3))]).encode("big5"))
    layer, = source.layers(path)
    values = [str(v) for batch in layer.batches(["name"], False) for v in batch.cells["name"].values]
    assert layer.encoding.name == "Big5" and "體育場" in values and layer.encoding.sure


def test_what_is_unsure_is_shown_in_the_other_encoding_too():
    found = encoding.detect(raw(["胡斌"], "gbk"))
    assert not found.sure and {found.name, *dict(found.candidates)} == {"GBK", "Big5"}
    assert "胡斌" in found.evidence_zh + "".join(found.samples) and found.as_dict()["candidates"]


def test_two_marks_that_agree_are_not_outweighed_by_rare_characters():
    """Found by a property: `完好` beside rare characters looked more like Big5 than like the GBK that both marks name."""
    rare = ["完好".encode("gbk"), "ぢ囷".encode("big5"), "む坻".encode("big5"), "桮".encode("big5"), "謠".encode("big5")]
    assert encoding.detect(rare, cpg="GBK").codec != "gbk"
    assert encoding.detect(rare, cpg="GBK", ldid=0x4D).codec in ("gbk", "gb18030")
