"""A bureau's own plans: found beside ours, in the place of ours where they have the key, and named where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import plans
from registry.errors import BadDeclaration

HEAD = '[plan]\nkey="own_15"\ntitle="我市规划|Our plan"\nplace="我市|Ours"\nissued_by="局"\nyears=[2026,2030]\nbase_year=2025\n'
TARGET = '[[target]]\nid="a"\nname="n"\ntext="t"\nsection="s"\nunit="%"\ncomparator=">="\nasks={indicator="x"}\n'
DEPARTMENT = '[[department]]\nname="市政处"\ntext="由市政处负责"\nsection="三"\n'
CONTRADICTION = '[[contradiction]]\nid="c"\ntitle="甲|A"\ntext="t"\nkind="ratio"\nfigures={part=1,whole=2,printed=60}\n'


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_PLANS", str(tmp_path))
    return lambda text, name="own.toml": (tmp_path / name).write_text(text, encoding="utf-8")


def test_a_plan_of_ones_own_stands_beside_ours(own):
    own(HEAD + TARGET + CONTRADICTION)
    assert plans.find("own_15").years == (2026, 2030) and len(plans.every()) == 6 and plans.find("hexi_14").targets


def test_a_plan_of_the_same_key_replaces_ours(own):
    own(HEAD.replace("own_15", "hexi_14") + TARGET)
    assert len(plans.find("hexi_14").targets) == 1 and len(plans.every()) == 5


def test_a_target_of_ones_own_names_its_department_itself_or_one_names_several(own):
    own(HEAD + TARGET + 'department="路灯所"\n' + TARGET.replace('"a"', '"b"') + DEPARTMENT + 'targets=["b"]\n')
    first, second = (t.department.as_dict() for t in plans.find("own_15").targets)
    assert first == {"name": "路灯所", "text": "t", "section": "s", "whole": False} and second["name"] == "市政处"


def test_two_files_of_one_key_are_refused(own):
    own(HEAD)
    own(HEAD, "twice.toml")
    with pytest.raises(BadDeclaration, match=r"twice\.toml.*own\.toml"):
        plans.every()


def test_a_folder_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_PLANS", str(tmp_path / "nowhere"))
    with pytest.raises(BadDeclaration, match="REGISTRY_PLANS"):
        plans.every()


@pytest.mark.parametrize(("text", "named"), [
    (HEAD.replace("own_15", "Own Plan"), "plan.key"), (HEAD.replace("[2026,2030]", '["a","b"]'), "plan.years"),
    (HEAD.replace("[2026,2030]", "[2030,2026]"), "plan.years"), (HEAD.replace("[2026,2030]", "3"), "own.toml"),
    (HEAD.replace('"我市规划|Our plan"', "5"), "own.toml"), (HEAD + "colour=5", "colour"), ("target=5\n" + HEAD, "own.toml"),
    ('target=["x"]\n' + HEAD, "own.toml"),
    (HEAD + TARGET + 'target={value="98"}', "a.target"), (HEAD + TARGET + "target={value=nan}", "a.target"),
    (HEAD + TARGET + "target={jahr=2025,value=1}", "a.target"), (HEAD + TARGET + "target={by_year={soon=3}}", "a.target"),
    (HEAD + TARGET + "target={year=2025,years=[2021,2025],value=1}", "a.target"), (HEAD + TARGET + "base=3", "a.base"),
    (HEAD + TARGET.replace('"x"', "7"), "a.asks.indicator"), (HEAD + TARGET.replace('"x"', "[]"), "a.asks.indicator"),
    (HEAD + TARGET.replace('"x"', '"x",class=3'), "a.asks.class"), (HEAD + TARGET.replace('"x"', '"x",where={a="b"}'), "a.asks.where"),
    (HEAD + TARGET.replace('indicator="x"', 'works="build",colour="red"'), "a.asks.works"),
    (HEAD + TARGET.replace('indicator="x"', 'works="demolish"'), "a.asks.works"),
    (HEAD + TARGET.replace('indicator="x"', "observation=3"), "a.asks.observation"), (HEAD + TARGET + "parts=[1]", "own.toml"),
    (HEAD + TARGET + "department=3", "a.department"), (HEAD + TARGET + DEPARTMENT + 'targets=["z"]', "own.toml"),
    (HEAD + DEPARTMENT.replace("text=", "words="), "own.toml"), (HEAD + DEPARTMENT.replace('"三"', "3"), "department 1"),
    (HEAD + DEPARTMENT + DEPARTMENT, "department"), (HEAD + DEPARTMENT.replace("name=", "name=3#"), "department 1"),
    (HEAD + TARGET + (DEPARTMENT + 'targets=["a"]\n') * 2, "department 1"), (HEAD + DEPARTMENT + "targets=3", "own.toml"),
    (HEAD + '[[stock]]\nid="s"\ntext="t"\nfigures={count="many"}\n', "s.figures"),
    (HEAD + CONTRADICTION.replace("whole=2", "whole=0"), "own.toml, c"), (HEAD + CONTRADICTION.replace("part=1,", ""), "own.toml, c"),
    (HEAD + CONTRADICTION.replace('"ratio"', '"riddle"'), "c")])
def test_what_is_wrong_in_it_is_named(own, text, named):
    own(text)
    with pytest.raises(BadDeclaration) as error:
        plans.every()
    assert all(named in error.value.message(lang) for lang in ("zh", "en"))


def test_the_example_of_the_documentation_is_a_plan(own):
    page = (Path(__file__).resolve().parents[2] / "docs" / "plans.md").read_text(encoding="utf-8")
    own(page.partition("```toml\n")[2].partition("```")[0])
    assert plans.find("own_15").targets[0].figure() == 98
