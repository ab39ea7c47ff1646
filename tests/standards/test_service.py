"""The tables of service radii: what they say, and that a wrong one is refused."""

from __future__ import annotations

import pytest

from registry.catalogue import load as catalogue
from registry.errors import BadDeclaration, BadValue
from registry.standards import service

PARK = (service.TABLES / "park_service.toml").read_text(encoding="utf-8")


def test_the_park_rule_has_four_editions_and_2016_is_the_default():
    rule = service.load()["park"]
    assert list(rule.editions) == ["2010", "2016", "2021", "2022"]
    assert rule.edition(None).key == "2016"
    assert [(t.min_m2, t.max_m2, t.radius_m, t.needs_historic) for t in rule.edition("2016").tiers] == [
        (5000, None, 500, False), (2000, 5000, 300, False), (1000, None, 300, True)]
    assert [t.needs_historic for t in rule.edition("2021").tiers] == [False, False]


def test_every_table_names_declared_kinds_and_the_source_of_each_number():
    for rule in service.load().values():
        assert rule.facility in catalogue().classes
        assert {rule.within, rule.historic} - {None} <= set(catalogue().zones)
        assert catalogue().kind(rule.denominator).table == ("asset" if rule.basis == "length" else "zone")
        for edition in rule.editions.values():
            assert edition.source and edition.standard and edition.confidence in service.CONFIDENCE
            assert all(t.source and t.confidence in service.CONFIDENCE for t in edition.thresholds)


def test_an_unknown_edition_is_refused_with_the_known_ones():
    with pytest.raises(BadValue, match="2010, 2016, 2021, 2022"):
        service.load()["park"].edition("2015")


@pytest.mark.parametrize(("old", "new", "told"), [
    ('default = "2016"', 'default = "2017"', "no edition 2017"),
    ('facility = "park"', "", "facility is missing"),
    ('facility = "park"', "facility = 3", "facility has a value of the wrong type"),
    ('facility = "park"', 'facility = " "', "facility is empty"),
    ('historic = "historic_district"', "", "historic a tier needs it"),
    ("radius_m = 500", "radius_m = 0", r"edition.2010.tiers\[0\] needs a radius"),
    ("radius_m = 500", "radius_m = -1", "radius_m must not be negative"),
    ("radius_m = 500", "radius_m = true", "radius_m has a value of the wrong type"),
    ("radius_m = 500", "radius_m = 500, radios = 1", "radios is not known here"),
    ("max_m2 = 5000", "max_m2 = 1999", "max_m2 above min_m2"),
    ('confidence = "high"', 'confidence = "sure"', "confidence must be one of"),
    ("at_least = 80", "at_least = 80, above = 70", "either at_least or above"),
    ('code = "park"', "code = ", "not TOML"),
    ("[edition.2010]", "[edition]\n2010 = 3\n[edition.2010x]", "edition.2010 must be a table"),
])
def test_a_wrong_table_is_refused_and_the_place_is_named(old, new, told):
    assert old in PARK
    with pytest.raises(BadDeclaration, match=told) as caught:
        service.read(PARK.replace(old, new, 1), "wrong.toml")
    assert "wrong.toml" in caught.value.message("zh")
