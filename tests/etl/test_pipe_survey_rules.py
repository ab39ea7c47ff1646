"""Each rule of a CJJ 61 survey on a survey with that one defect: what is refused, what is noted, where and why."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from pipe_surveys import LINE_HEADS, POINT_HEADS, line, point, sound, workbook

from registry.kinds import PROBLEMS

Spoil = Callable[[list[list[Any]], list[list[Any]]], object]


def put(table: str, row: int, **cells: Any) -> Spoil:
    """Overwrites cells of a row (from 1) of `points` or `lines`; keys are the heads."""
    def spoil(points: list[list[Any]], lines: list[list[Any]]) -> None:
        rows, heads = (points, POINT_HEADS) if table == "points" else (lines, LINE_HEADS)
        for head, value in cells.items():
            rows[row - 1][heads.index(head)] = value

    return spoil


def add(points: list[list[Any]] = (), lines: list[list[Any]] = ()) -> Spoil:  # type: ignore[assignment]
    return lambda some, others: (some.extend(points), others.extend(lines))


def both(*spoils: Spoil) -> Spoil:
    return lambda points, lines: [spoil(points, lines) for spoil in spoils]


DEFECTS: dict[str, tuple[Spoil, str, int, str | None, str | None]] = {
    # code: (what is done to the sound survey, sheet, row, field, value)
    "survey_number_twice": (add([point("W1", 90, 0, attachment="检查井")]), "管点", 6, "number", "W1"),
    "survey_two_kinds": (put("points", 4, 附属物="阀门"), "管点", 4, "feature", None),
    "survey_no_kind": (put("points", 4, 特征=""), "管点", 4, "feature", None),
    "survey_same_place": (both(add([point("W6", -30, 80, attachment="检查井")], [line("W6", "W4", (1.4, 1.4))]),
                               put("points", 4, 特征="三通")), "管点", 6, "number", "W6"),
    "survey_isolated": (add([point("W6", 90, 0, attachment="检查井")]), "管点", 6, "number", "W6"),
    "survey_wrong_degree": (put("points", 3, 特征="四通"), "管点", 3, "feature", "四通"),
    "survey_size_differs": (put("lines", 4, 管径=500), "管点", 4, "feature", None),
    "survey_material_differs": (put("lines", 4, 材质="钢"), "管点", 4, "feature", None),
    "survey_height_differs": (put("lines", 4, 起点埋深=1.5, 起点管线高程=8.5), "管点", 4, "number", "W4"),
    "survey_end_missing": (put("lines", 4, 终点点号="W99"), "管线", 4, "end_node", "W99"),
    "survey_end_refused": (put("points", 4, 特征="飞檐"), "管线", 3, "end_node", "W4"),
    "survey_loop": (add([], [line("W5", "W5", (1.6, 1.6))]), "管线", 5, "end_node", "W5"),
    "survey_line_twice": (add([], [line("W4", "W5", (1.4, 1.6))]), "管线", 5, "end_node", "W5"),
    "survey_line_reversed": (add([], [line("W5", "W4", (1.6, 1.4), flow="1")]), "管线", 5, "end_node", "W4"),
    "survey_height": (put("lines", 4, 终点管线高程=8.3), "管线", 4, "end_elevation_m", "8.3"),
    "survey_against_flow": (put("lines", 4, 流向="1"), "管线", 4, "flow_direction", None),
    "survey_narrows": (both(put("lines", 4, 管径=300), put("points", 4, 特征="变径")), "管线", 4, "diameter_mm", "300"),
    "survey_steep": (both(put("lines", 4, 终点埋深=1.6, 终点管线高程=8.4), put("points", 5, X=3_319_999.7 + 0.1, Y=562_080.0),
                          put("points", 4, X=3_320_000.0)), "管线", 4, None, None),
    "survey_long": (put("points", 5, X=3_319_900.0), "管线", 4, None, None),
    "survey_short": (both(put("points", 5, X=3_319_999.98), put("lines", 4, 终点埋深=1.4, 终点管线高程=8.6)), "管线", 4, None, None),
    "survey_depth": (put("lines", 1, 起点埋深=-1, 起点管线高程=11), "管线", 1, "start_depth_m", "-1"),
    "survey_other_family": (put("points", 5, 管类="给水"), "管线", 4, "end_node", "W5"),
    "survey_needs": (put("lines", 4, 流向=""), "管线", 4, "flow_direction", None),
    "survey_crossing": (add([point("W6", 10, 20, attachment="检查井"), point("W7", -10, 20, attachment="检查井")],
                            [line("W6", "W7", (1.1, 1.1))]), "管线", 5, None, None),
}
# What cannot be wrong alone: the first is meant, the others follow from it.
FOLLOWING = {
    "survey_same_place": {"same_place"},  # any class notes shapes at one place
    "survey_two_kinds": {"survey_end_refused"}, "survey_no_kind": {"survey_end_refused"},
    "survey_end_refused": {"unknown_code"}, "survey_end_missing": {"survey_isolated"},
}


def load(registry, tmp_path, spoil: Spoil | None = None):
    """Reports of the survey, with one defect or none."""
    points, lines = sound()
    if spoil is not None:
        spoil(points, lines)
    return registry(workbook(tmp_path / "普查.xlsx", points, lines))


def test_a_sound_survey_has_nothing_to_say(registry, tmp_path):
    reports = load(registry, tmp_path)
    assert [(r.kind, r.read, r.new) for r in reports] == [("manhole", 3, 3), ("pipe_node", 2, 2), ("pipe", 4, 4)]
    assert not any(r.problems or r.warnings for r in reports)


@pytest.mark.parametrize("code", DEFECTS)
def test_a_defect_is_told_with_row_field_value_and_sentence(code, registry, tmp_path):
    spoil, sheet, row, field, value = DEFECTS[code]
    reports = load(registry, tmp_path, spoil)
    assert {c for r in reports for c in (*r.problems, *r.warnings)} == {code, *FOLLOWING.get(code, ())}
    example = next(e for r in reports if r.layer == sheet for e in r.examples if e["code"] == code)
    assert (example["row"], example["field"], example["value"]) == (row, field, value)
    assert example["refuses"] == PROBLEMS[code].refuses == any(code in r.problems for r in reports)
    assert example["message"]["zh"] != example["message"]["en"] and "…" not in example["message"]["zh"]
    assert all(r.adds_up for r in reports) and sum(r.read for r in reports) == rows(spoil)


def rows(spoil: Spoil) -> int:
    """How many rows the two tables have."""
    spoil(*(tables := sound()))
    return sum(map(len, tables))


def test_everything_found_stands_in_a_list_for_the_surveyor(registry, tmp_path):
    spoil = both(put("points", 3, 特征="四通"), put("lines", 4, 终点管线高程=8.3), put("lines", 1, 起点点号="W99"))
    reports = load(registry, tmp_path, spoil)
    path = tmp_path / "rejects" / "demo.普查.survey.csv"
    assert all(any(str(path) in zh for zh, _ in r.notes) for r in reports)
    with open(path, encoding="utf-8-sig", newline="") as file:
        told = [(r["_table"], r["_row"], r["_point_or_line"], r["_code"], r["_effect"][:2]) for r in csv.DictReader(file)]
    assert told == [("普查.xlsx:管点", "1", "W1", "survey_isolated", "提示"), ("普查.xlsx:管点", "3", "W3", "survey_wrong_degree", "提示"),
                    ("普查.xlsx:管线", "1", "W99-W3", "survey_end_missing", "拒收"), ("普查.xlsx:管线", "4", "W4-W5", "survey_height", "提示")]
    again = load(registry, tmp_path)
    assert not path.exists() and not any("survey.csv" in zh for r in again for zh, _ in r.notes)


def test_every_rule_of_surveys_is_tried():
    assert {c for c in PROBLEMS if c.startswith("survey_")} == {
        *DEFECTS, "survey_off_point", "survey_moved"}  # drawn lines and a second survey: test_pipe_survey.py


def test_what_is_refused_stands_in_the_reject_file_as_the_office_wrote_it(registry, tmp_path):
    reports = load(registry, tmp_path, put("lines", 4, 终点点号="W99"))
    heads, values = openpyxl.load_workbook(reports[-1].rejects).worksheets[0].iter_rows(values_only=True)
    row = dict(zip(heads, values, strict=True))
    assert (row["_row"], row["_field"], row["_value"], row["_code"]) == ("4", "end_node", "W99", "survey_end_missing")
    assert row["_message_zh"] == "点表和台账里都没有点 W99" and row["终点点号"] == "W99" and "WKT" not in row
