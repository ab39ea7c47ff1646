"""The table of pipe surveys: each word means one thing, each medium is of one family, each number names its source."""

from __future__ import annotations

import pytest

from registry.catalogue.pipe_codes import MEDIUM, PURPOSE
from registry.catalogue.pipes import PIPE
from registry.errors import BadDeclaration
from registry.standards import pipe_survey

TEXT = pipe_survey.TABLE.read_text(encoding="utf-8")


def test_each_medium_is_of_one_family():
    survey = pipe_survey.table()
    assert sorted(m for f in survey.families for m in f.media) == sorted(MEDIUM.values)
    assert survey.family_of("sewage").gravity and not survey.family_of("gas").gravity and survey.family_of(None) is None


def test_what_the_table_names_is_declared():
    survey = pipe_survey.table()
    assert all(key in PIPE.by_key for f in survey.families for key in f.needs)
    purposes = [p.purpose for p in (*survey.families, *survey.attachments.values()) if p.purpose]
    assert purposes and all(PURPOSE.find(p).value == p for p in purposes)


@pytest.mark.parametrize(("text", "code"), [("雨篦", "rain_grate"), ("检查井", "manhole"), ("阀门井", "valve_manhole"), ("消火栓", "hydrant")])
def test_offices_words_for_fittings_are_known(text, code):
    assert pipe_survey.table().attachment_codes.find(text).value == code


def test_the_flow_is_told_or_it_is_not():
    survey = pipe_survey.table()
    assert [survey.flow(t) for t in ("0", "＋", "1", "逆", "", "东")] == [1, 1, -1, -1, 0, 0]


@pytest.mark.parametrize(("old", "new"), [
    ('confidence = "found"', 'confidence = "sure"'), ("value = 75", "value = -75"), ("manhole = true", "manholes = true"),
    ("uniform = true", "uniforms = true"), ('label = "弯头|Bend"', ""), ("gravity = true", "gravitas = true")])
def test_a_wrong_entry_is_named(old, new):
    assert old in TEXT
    with pytest.raises(BadDeclaration) as caught:
        pipe_survey.read(TEXT.replace(old, new, 1), "wrong.toml")
    assert "wrong.toml" in caught.value.message("zh") and caught.value.message("zh") != caught.value.message("en")
