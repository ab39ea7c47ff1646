"""The tables of the standards: each names its source, a bureau's own stands before ours, the absent ones are named."""

from __future__ import annotations

import pytest

from registry.errors import BadDeclaration, BadValue, TableAbsent
from registry.standards import numbers, road


def test_every_table_names_its_standard_source_and_confidence():
    tables = numbers.every()
    assert {t.family for t in tables} >= {"road", "bridge", "drain"}
    for table in tables:
        assert table.standard and table.source and table.confidence in numbers.CONFIDENCE and not table.own
        assert table.as_dict()["sha256"] == table.sha256 and len(table.sha256) == 64


def test_every_part_of_a_table_says_how_sure_we_are():
    for table in numbers.every():
        heads = [part for part in table.data.values() if isinstance(part, dict)]
        parts = [p for part in heads for p in ([part] if "clause" in part else part.values()) if isinstance(p, dict)]
        assert parts and all(part["confidence"] in numbers.CONFIDENCE for part in parts), table.family
        assert all(part["clause"] for part in heads if "clause" in part), table.family


def test_a_table_that_nobody_could_obtain_is_absent_and_says_so():
    with pytest.raises(TableAbsent) as caught:
        numbers.table("road_deducts")
    assert "CJJ 36-2016" in caught.value.message("zh") and "REGISTRY_TABLES" in caught.value.message("en")
    for missing in numbers.absent().values():
        assert missing.family not in {t.family for t in numbers.every()}
        assert missing.holds.zh and missing.form and missing.standard


def test_an_unknown_edition_is_refused_with_the_known_ones():
    with pytest.raises(BadValue, match="2016"):
        numbers.table("road", "1999")


def test_a_bureaus_own_table_stands_in_the_place_of_ours_and_says_so(tmp_path, monkeypatch):
    ours = (numbers.TABLES / "road_cjj36_2016.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(ours.replace("slope = 0.34", "slope = 0.50"), encoding="utf-8")
    before = road.rqi(2.0)
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    assert road.table().own and road.table().file == "own.toml" and road.table().as_dict()["own"] is True
    assert road.rqi(2.0) == pytest.approx(3.98) and before == pytest.approx(4.30)


def test_an_edition_of_the_bureau_stands_beside_ours(tmp_path, monkeypatch):
    ours = (numbers.TABLES / "road_cjj36_2016.toml").read_text(encoding="utf-8")
    (tmp_path / "road_2026.toml").write_text(ours.replace('edition = "2016"', 'edition = "2026"').replace("default = true\n", ""),
                                             encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    assert list(numbers.editions("road")) == ["2016", "2026"] and road.table().edition == "2016"
    assert road.rqi(3.0, "2026") == pytest.approx(3.96)


@pytest.mark.parametrize(("text", "why"), [
    ("table = 'road'", "edition"), ("not toml", "TOML"), ("code = 'x'", "table"),
    ("table='x'\nedition='1'\nlabel='甲|A'\nstandard='S'\nsource='s'\nconfidence='sure'", "confidence")])
def test_a_wrong_table_of_the_bureau_is_refused_by_name(tmp_path, monkeypatch, text, why):
    (tmp_path / "wrong.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    with pytest.raises(BadDeclaration, match=why) as caught:
        numbers.table("road")
    assert "wrong.toml" in caught.value.message("zh")


def test_a_folder_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path / "none"))
    with pytest.raises(BadDeclaration, match="REGISTRY_TABLES"):
        numbers.every()
