"""Sheets judged by the standards: golden values, both sides of each band, and unknowns that stay unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue import load
from registry.errors import BadValue
from registry.kinds import CodeList
from registry.standards import bridge, drain, numbers, sheets
from registry.standards.sheets import cctv, judging
from registry.standards.sheets.bridge_report import ELEMENT, KIND
from registry.standards.sheets.distress import SURFACE
from registry.standards.sheets.road_damage import FACILITY

ROAD, BRIDGE, PIPE = (sheets.find(k) for k in ("road_test", "bridge_report", "cctv"))
GIRDER = {"structure": "girder", "bridge_type": "river", "maintenance_class": "III", "span_count": 2}


def judged(sheet, said, asset, edition=None):
    return sheet.judge(said, asset, edition)


def test_every_sheet_is_for_classes_that_are_there_and_asks_for_fields_that_they_have():
    for sheet in sheets.every().values():
        for key in sheet.classes:
            kind = load().kind(key)
            assert not {f for f in (*sheet.facts, *sheet.borrows) if f not in kind.by_key}, sheet.key
        assert set(sheet.marks) <= {f.key for f in sheet.rows} and bool(sheet.rows) == bool(sheet.rows_key), sheet.key
        assert sheet.purpose in ("patrol", "regular", "structural", "special")
        assert sheets.find(sheet.title.zh) is sheets.find(sheet.key) is sheet
    assert sheets.find("patrol") is None and sheets.find("定期检测") is None and sheets.find(None) is None


def test_the_words_of_the_sheets_are_those_of_the_tables():
    said = drain.table().data
    for name, codes in (("place", cctv.PLACE), ("soil", cctv.SOIL)):
        assert set(codes.values) == set(said[name]) - {"clause", "confidence"}
    elements = {e for part in ("deck", "span", "pier", "abutment") for kind in bridge.KINDS for e in bridge.table().data[part].get(kind, {})}
    assert set(ELEMENT.values) == elements and set(KIND.values) == set(bridge.KINDS)
    from registry.standards.damage import FACILITIES
    assert set(FACILITY.values) == set(FACILITIES) and set(SURFACE.values) == {"asphalt", "concrete"}
    assert isinstance(ROAD.grades, CodeList)


@pytest.mark.parametrize(("cls", "pqi", "grade"), [("arterial", 78.4, "B"), ("branch", 79.6, "B")])
def test_the_golden_pqi(cls, pqi, grade):
    found = judged(ROAD, {"rqi": 3.8, "pci": 82}, {"road_class": cls})
    assert found.scores["pqi"] == pytest.approx(pqi) and found.grade == found.scores["pqi_grade"] == grade
    assert judged(ROAD, {"iri": 3.0}, {"road_class": cls}).scores["rqi"] == pytest.approx(3.96)


@pytest.mark.parametrize(("cls", "edges"), [("expressway", (90, 75, 65)), ("arterial", (85, 70, 60)), ("branch", (80, 65, 60))])
def test_each_edge_of_the_pqi_lies_in_the_better_grade_and_what_is_below_does_not(cls, edges):
    for edge, grade, worse in zip(edges, "ABC", "BCD", strict=True):
        assert judged(ROAD, {"pqi": edge}, {"road_class": cls}).grade == grade
        assert judged(ROAD, {"pqi": edge - 1e-6}, {"road_class": cls}).grade == worse


def test_roughness_by_sigma_and_skid_by_both_measures():
    assert judged(ROAD, {"sigma_mm": 1.8}, {"road_class": "arterial"}).scores["rqi"] == pytest.approx(3.96)
    assert judged(ROAD, {"bpn": 40}, {"road_class": "arterial"}).scores["skid_grade"] == "A"
    assert judged(ROAD, {"sfc": 0.3999}, {"road_class": "arterial"}).scores["skid_grade"] == "B"
    assert "skid_grade" not in judged(ROAD, {"bpn": 40}, {"road_class": "branch"}).scores


def test_a_road_of_no_known_class_and_one_half_measured_have_no_grade():
    for said, asset in (({"rqi": 4.5, "pci": 99}, {}), ({"rqi": 4.5}, {"road_class": "arterial"}), ({"pci": 99}, {"road_class": "branch"}), ({}, {})):
        found = judged(ROAD, said, asset)
        assert found.grade is None and found.unknown, said


def stretches(*rows):
    return {"stretches": [dict(zip(("from_m", "to_m", "rqi", "pci"), r, strict=True)) for r in rows]}


def test_stretches_are_weighed_by_their_length_and_the_worst_is_told():
    found = judged(ROAD, stretches((0, 300, 4.0, 90.0), (300, 400, 2.0, 50.0)), {"road_class": "arterial", "length_m": 401})
    assert found.scores["rqi"] == pytest.approx(3.5) and found.scores["pci"] == pytest.approx(80)
    assert found.scores["pqi"] == pytest.approx((300 * 84 + 100 * 44) / 400) and found.scores["pqi_least"] == pytest.approx(44)
    assert found.scores["covered_m"] == 400 and found.part is None and found.grade == "B"


def test_stretches_that_leave_a_gap_are_a_part_and_one_without_an_index_leaves_it_unknown():
    gap = judged(ROAD, stretches((0, 100, 4.0, 90.0), (200, 400, 4.0, 90.0)), {"road_class": "arterial", "length_m": 400})
    assert gap.part == (0, 400) and gap.scores["covered_m"] == 300
    assert judged(ROAD, stretches((0, 400, 4.0, 90.0)), {"road_class": "arterial"}).part == (0, 400), "of unknown length nothing is whole"
    blind = judged(ROAD, stretches((0, 200, 4.0, 90.0), (200, 400, 4.0, None)), {"road_class": "arterial", "length_m": 400})
    assert blind.grade is None and "pqi" not in blind.scores


ARTERIAL = {"road_class": "arterial", "length_m": 400}


def test_metres_that_were_measured_twice_count_once_and_by_the_worse():
    once = judged(ROAD, stretches((0, 200, 4.0, 90.0), (200, 400, 2.0, 20.0)), ARTERIAL)
    again = judged(ROAD, stretches(*[(0, 200, 4.0, 90.0)] * 9, (200, 400, 2.0, 20.0), (300, 400, 4.9, 99.0), (100, 350, 4.0, 90.0)), ARTERIAL)
    assert once.scores == again.scores and once.grade == again.grade == "D" and again.scores["covered_m"] == 400
    blind = judged(ROAD, stretches((0, 400, 4.0, 90.0), (100, 200, 4.0, None)), ARTERIAL)
    assert blind.grade is None and "pqi" not in blind.scores, "an index that one of them lacks is not known there"


def test_stretches_that_are_longer_than_the_road_do_not_grade_it():
    """Else a kilometre of another road would make this one good."""
    long = judged(ROAD, stretches((0, 400, 2.0, 20.0), (400, 9000, 4.9, 100.0)), ARTERIAL)
    assert long.grade is None and long.part is None and "比台账的全长" in long.unknown[0].zh and long.scores["covered_m"] == 9000
    assert judged(ROAD, stretches((1000, 1430, 4.0, 90.0)), ARTERIAL).grade == "B", "chainages begin anywhere, and a map is a little shorter"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.one_of(st.none(), st.integers(0, 4)), st.integers(0, 100)), min_size=1, max_size=8))
def test_the_mean_over_overlapping_stretches_is_that_of_each_metre_by_its_worst(said):
    rows = [(a, a + long, None if rqi is None else float(rqi), float(pci)) for a, long, rqi, pci in said]
    metres = [m for m in range(75) if any(a <= m < b for a, b, *_ in rows)]
    least = [min(pci for a, b, _, pci in rows if a <= m < b) for m in metres]
    found = judged(ROAD, stretches(*rows), {"road_class": "branch", "length_m": 75})
    assert found.scores["covered_m"] == len(metres) and found.scores["pci"] == pytest.approx(sum(least) / len(least))
    assert ("rqi" in found.scores) == all(r[2] is not None for r in rows)


def test_ten_thousand_stretches_over_one_another_take_no_time():
    rows = [(n, 20_000 - n, 3.0, float(n % 100)) for n in range(10_000)]
    assert judged(ROAD, stretches(*rows), {"road_class": "branch", "length_m": 20_000}).scores["covered_m"] == 20_000


@pytest.mark.parametrize(("asset", "bci"), [({"structure": "girder", "bridge_type": "river"}, 82.90), ({"structure": "arch"}, 82.55),
                                            ({"structure": "girder", "bridge_type": "footbridge"}, 83.25)])
def test_the_golden_bci(asset, bci):
    found = judged(BRIDGE, {"bci_m": 92, "bci_s": 85, "bci_x": 78}, {**asset, "maintenance_class": "III"})
    assert found.scores["bci"] == pytest.approx(bci) and found.grade == "B"


def elements(part, number, **mdp):
    return [{"part": part, "number": number, "element": e} | ({"absent": True} if v is None else {"mdp": v}) for e, v in mdp.items()]


DECK = elements("deck", 1, pavement=25, approach=0, joint=40, drainage=0, sidewalk=15, railing=25)
SPANS = [*elements("span", 1, beam=10, lateral=5), *elements("span", 2, beam=45, lateral=0)]
SUB = [*elements("pier", 1, cap=0, body=10, foundation=5, bearing=20), *elements("abutment", 1, cap=0, body=0, foundation=0, bearing=10),
       *elements("abutment", 2, cap=0, body=0, foundation=0, bearing=0)]


def test_the_golden_deck_and_the_worst_element_through_a_whole_report():
    found = judged(BRIDGE, {"elements": [*DECK, *SPANS, *SUB]}, GIRDER)
    pier, near, far = 100 - (10 * .3 + 5 * .4 + 20 * .15), 100 - 10 * .25, 100
    deck, spans, sub = 78.5, ((90 * .6 + 95 * .4) + (55 * .6 + 100 * .4)) / 2, (pier + near + far) / 3
    assert [found.scores[k] for k in ("bci_m", "bci_s", "bci_x")] == pytest.approx([deck, spans, sub])
    assert found.scores["bci"] == pytest.approx(.15 * deck + .4 * spans + .45 * sub)
    assert found.scores["bsi"] == 55 and found.scores["bsi_grade"] == "D" and found.grade == "B"


def test_what_the_report_passes_over_is_not_good():
    lacking = [r for r in DECK if r["element"] != "joint"]
    assert judged(BRIDGE, {"elements": [*lacking, *SPANS, *SUB]}, GIRDER).grade is None
    assert judged(BRIDGE, {"elements": [*DECK, *SPANS[:2], *SUB]}, GIRDER).grade is None, "the registry has two spans"
    assert judged(BRIDGE, {"elements": [*DECK, *SPANS, *SUB]}, {**GIRDER, "structure": None}).grade is None
    assert judged(BRIDGE, {"bci_m": 92, "bci_s": 85, "bci_x": 78}, {"structure": "girder"}).grade is None, "no maintenance class"
    none = [r for r in DECK if r["element"] != "sidewalk"] + elements("deck", 1, sidewalk=None)
    assert judged(BRIDGE, {"elements": [*none, *SPANS, *SUB]}, GIRDER).grade == "B", "what a bridge does not have is another matter"


def test_a_bridge_of_class_one_is_told_by_its_report():
    values = {"measurements": {"bci": 95}, "grade": "unqualified", "standard": None, "table_edition": None}
    judging.judge(BRIDGE, values, {**GIRDER, "maintenance_class": "I"})
    assert values["grade"] == "unqualified" and values["measurements"]["stated"] == {"grade": "unqualified"}


@pytest.mark.parametrize(("care", "stated", "grade"), [
    ("I", "qualified", "qualified"), ("I", "unqualified", "unqualified"), ("I", "A", None), ("III", "qualified", "C"), ("III", "unqualified", "D"),
    ("III", "B", "B"), (None, "qualified", "qualified")])
def test_a_grade_of_a_report_is_read_on_the_scale_of_the_bridge(care, stated, grade):
    """合格 of a bridge of class Ⅲ is C and not the grade of class Ⅰ, which leaves the denominator of 良好率."""
    facts = {k: v for k, v in (GIRDER | {"maintenance_class": care}).items() if v is not None}
    values = {"measurements": {}, "grade": stated, "standard": None, "table_edition": None}
    told = judging.judge(BRIDGE, values, facts)
    assert values["grade"] == grade and values["measurements"]["stated"] == {"grade": stated}
    assert [f for f, *_ in told].count("grade") == (grade != stated)
    over = {"measurements": {}, "grade": None, "override_grade": stated, "standard": None, "table_edition": None}
    if grade is None:
        with pytest.raises(BadValue, match="override_grade"):
            judging.judge(BRIDGE, over, facts)
    else:
        judging.judge(BRIDGE, over, facts)
        assert over["override_grade"] == grade


def defect(code, level, at, long=0.0):
    return {"defect": code, "level": level, "at_m": at, "long_m": long}


@pytest.mark.parametrize(("defects", "more", "index", "value", "level"), [
    ([defect("PL", 3, 5.0)], {"place": "trunk", "soil": "general", "diameter_mm": 800}, "ri", 4.25, "III"),
    ([defect("CJ", 3, 5.0)], {"place": "trunk", "soil": "general", "diameter_mm": 800}, "mi", 5.05, "III"),
    ([defect("PL", 4, 5.0)], {"place": "centre", "soil": "muddy_soil", "diameter_mm": 1500}, "ri", 9.50, "IV")])
def test_the_golden_repair_and_maintenance_indexes(defects, more, index, value, level):
    found = judged(PIPE, {"inspected_m": 30, "defects": defects, **more}, {"length_m": 30})
    assert found.scores[index] == pytest.approx(value) and found.scores[f"{index}_level"] == level


def test_defects_within_a_metre_are_one_and_end_at_ten():
    near = judged(PIPE, {"inspected_m": 30, "defects": [defect("PL", 4, 5.0 + .5 * n) for n in range(8)]}, {"length_m": 30})
    assert near.scores["f"] == 10 and near.grade == "IV"


@pytest.mark.parametrize(("defects", "level"), [([], "I"), ([defect("BX", 1, 1)], "I"), ([defect("TJ", 2, 1)], "II"),
                                                ([defect("PL", 3, 1)], "III"), ([defect("PL", 4, 1)], "IV")])
def test_the_level_of_f_grades_a_pipe(defects, level):
    assert judged(PIPE, {"inspected_m": 30, "defects": defects}, {"length_m": 30}).grade == level


def test_no_length_no_level_and_half_a_pipe_is_a_part():
    assert judged(PIPE, {"defects": []}, {"length_m": 30}).grade is None
    assert judged(PIPE, {"inspected_m": 12, "defects": []}, {"length_m": 30}).part == (0, 12)
    assert judged(PIPE, {"inspected_m": 12, "defects": []}, {}).part == (0, 12)
    blind = judged(PIPE, {"inspected_m": 30, "defects": [defect("PL", 4, 1)]}, {"length_m": 30})
    assert blind.grade == "IV" and "ri" not in blind.scores and blind.unknown
    with pytest.raises(BadValue):
        judged(PIPE, {"inspected_m": 30, "defects": [defect("PL", 4, 31)]}, {"length_m": 30})
    long = judged(PIPE, {"inspected_m": 300, "defects": [defect("PL", 4, 200)]}, {"length_m": 30})
    assert long.grade == "IV" and "请核对管段" in long.unknown[-1].zh


@pytest.mark.parametrize(("medium", "drain_"), [("sewage", True), ("rain", True), (None, True), ("unidentified", True), ("gas", False), ("water", False)])
def test_only_a_drain_is_graded_by_the_standard_of_drains(medium, drain_):
    facts = {"length_m": 30} | ({"medium": medium} if medium else {})
    if drain_:
        assert judged(PIPE, {"inspected_m": 30, "defects": []}, facts).grade == "I"
    else:
        with pytest.raises(BadValue, match="CJJ 181"):
            judged(PIPE, {"inspected_m": 30, "defects": []}, facts)


def test_more_of_one_distress_than_was_surveyed_is_refused():
    rows = [{"distress": "松动", "damaged_m2": 60.0}] * 2
    with pytest.raises(BadValue, match="area surveyed"):
        judged(sheets.find("sidewalk"), {"distresses": rows, "surveyed_m2": 100.0}, {})


def test_a_defect_is_known_by_its_name_and_by_a_level_that_it_has():
    assert PIPE.settle({"defect": "破裂", "level": "3", "at_m": 1.0}) == {"defect": "PL", "level": 3, "at_m": 1.0}
    assert PIPE.settle({"defect": "fz", "at_m": 1.0})["level"] is None
    for wrong in ({"defect": "XX", "level": "1", "at_m": 1.0}, {"defect": "TL", "level": "3", "at_m": 1.0}, {"defect": "PL", "at_m": 1.0},
                  {"defect": "PL", "level": "1"}):
        with pytest.raises(BadValue):
            PIPE.settle(wrong)


def test_tables_that_nobody_could_obtain_leave_a_score_unknown_and_say_so():
    rows = [{"distress": "松动", "density_percent": 3.0}]
    found = judged(sheets.find("sidewalk"), {"distresses": rows}, {})
    assert "fci" not in found.scores and "sidewalk_deducts" in found.unknown[0].zh
    assert judged(sheets.find("sidewalk"), {"fci": 65}, {}).scores["fci_grade"] == "B"
    assert judged(sheets.find("road_distress"), {"distresses": rows}, {"surface": "asphalt"}).scores == {}


def test_damaged_areas_with_their_factors_need_no_table():
    rows = [{"facility": "carriageway", "damage": "坑槽", "amount": 10.0, "factor": 2.0}]
    found = judged(sheets.find("road_damage"), {"damages": rows, "carriageway_amount": 1000}, {})
    assert found.scores == {"intact_carriageway": 98.0} and found.grade is None and found.unknown
    assert judged(sheets.find("road_damage"), {"damages": rows}, {"carriageway_area_m2": 500}).scores == {"intact_carriageway": 96.0}


def test_a_bureaus_own_deductions_are_used_and_named(tmp_path, monkeypatch):
    (tmp_path / "own.toml").write_text(
        'table = "sidewalk_deducts"\nedition = "2024"\nlabel = "扣分|Deductions"\nstandard = "本市"\nsource = "本市"\nconfidence = "found"\n'
        "[sidewalk.'松动']\npoints = [[1, 10], [10, 40]]\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    numbers._every.cache_clear()
    found = judged(sheets.find("sidewalk"), {"distresses": [{"distress": "松动", "damaged_m2": 1.0}], "surveyed_m2": 100.0}, {})
    assert found.scores["fci"] == pytest.approx(90)
    road, own = judging.named(found).split("; ")
    assert judging.held(road) and judging.held(own) and " own sha256:" in own and own.startswith("sidewalk_deducts 2024")
    monkeypatch.delenv("REGISTRY_TABLES")
    assert judging.held(own) is None


def values(**more):
    return {"measurements": {}, "grade": None, "standard": None, "table_edition": None, "from_m": None, "to_m": None} | more


def test_what_the_sheet_says_otherwise_is_kept_and_told():
    v = values(measurements={"rqi": 3.8, "pci": 82, "pqi": 90.0}, grade="A", standard="CJJ 36-2006")
    told = judging.judge(ROAD, v, {"road_class": "arterial"})
    assert v["measurements"]["pqi"] == 90.0 and v["scores"]["pqi"] == pytest.approx(78.4) and v["grade"] == "B"
    assert v["measurements"]["stated"] == {"grade": "A", "standard": "CJJ 36-2006"} and v["standard"] == "CJJ 36-2016"
    assert {(f, c) for f, c, *_ in told} == {("pqi", "otherwise"), ("grade", "otherwise")}
    rounded = values(measurements={"rqi": 3.8, "pci": 82, "pqi": 78})
    assert judging.judge(ROAD, rounded, {"road_class": "arterial"}) == [], "78 is 78.4, rounded"


def test_a_grade_that_cannot_be_computed_stays_as_the_sheet_gave_it():
    v = values(grade="C", standard="CJJ 36-2006")
    judging.judge(ROAD, v, {"road_class": "arterial"})
    assert (v["grade"], v["standard"], v["scores"], v["table_edition"]) == ("C", "CJJ 36-2006", None, None)


def test_an_edition_that_is_not_there_is_refused():
    with pytest.raises(BadValue):
        judging.judge(ROAD, values(measurements={"pci": 80}, table_edition="1990"), {"road_class": "arterial"})
    v = values(measurements={"rqi": 3.8, "pci": 82}, table_edition="2016")
    judging.judge(ROAD, v, {"road_class": "arterial"})
    assert v["table_edition"].startswith("road 2016 sha256:") and judging.edition(ROAD, v["table_edition"]) == "2016"


rqis, pcis = st.none() | st.floats(0, 4.98), st.none() | st.floats(0, 100)
ROADS = st.fixed_dictionaries({}, optional={"iri": st.floats(0, 20), "rqi": rqis, "pci": pcis, "pqi": pcis, "bpn": st.floats(0, 100)})
CLASSES = st.sampled_from([None, "expressway", "arterial", "secondary", "branch", "alley"])
DEFECTS = st.lists(st.builds(defect, st.sampled_from(["PL", "BX", "CJ", "ZW", "SL"]), st.integers(1, 4), st.floats(0, 30)), max_size=6)


@given(said=ROADS, cls=CLASSES)
def test_judging_again_what_was_stored_gives_what_was_stored_of_roads(said, cls):
    check_again(ROAD, {k: v for k, v in said.items() if v is not None}, {"road_class": cls, "length_m": 10.0})


@given(defects=DEFECTS, place=st.none() | st.sampled_from(cctv.PLACE.values), soil=st.none() | st.sampled_from(cctv.SOIL.values),
       diameter=st.none() | st.floats(100, 3000), length=st.none() | st.floats(1, 60))
def test_judging_again_what_was_stored_gives_what_was_stored_of_pipes(defects, place, soil, diameter, length):
    said = {"inspected_m": 30, "defects": defects} | ({"place": place} if place else {}) | ({"soil": soil} if soil else {})
    check_again(PIPE, said, {"diameter_mm": diameter, "length_m": length})


def check_again(sheet, said, asset):
    v = values(measurements=said)
    judging.judge(sheet, v, asset)
    found = judging.again(sheet, v["measurements"], v["table_edition"])
    assert (found.scores or None, found.grade) == (v["scores"], v["grade"])


@given(defects=DEFECTS, worse=st.integers(0, 5))
def test_a_graver_defect_never_betters_a_pipe(defects, worse):
    before = judged(PIPE, {"inspected_m": 30, "defects": defects}, {"length_m": 30})
    graver = [{**d, "level": min(4, d["level"] + 1)} if n == worse else d for n, d in enumerate(defects)]
    assert judged(PIPE, {"inspected_m": 30, "defects": graver}, {"length_m": 30}).scores["f"] >= before.scores["f"]
