"""City plans on the web: what they promise, and where a city stands against them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import i18n
from api.answers import Answer
from api.filters import AS_OF_PARAM, ON_PARAM
from api.formats import CSV, HTML, JSON
from api.links import base, link
from api.operations import Asked, Operation, operation
from api.params import Param, choice
from registry import plans as known_plans
from registry.plans.document import Plan
from registry.plans.scorecard import scorecard, title
from registry.plans.verdict import VERDICTS
from registry.scope import Sight

plans = Blueprint("plans", __name__)
PLAN = {"plan": ("规划代号，例如 shaoxing_14|Key of the plan, for example shaoxing_14", {"type": "string", "maxLength": 64})}
ONLY: Param = choice("verdict", "只要这种判定的行|Only rows of this verdict", list(VERDICTS))
# Columns of a scorecard as a table: member of a row, or members of a member.
COLUMNS = ("key", "id", "class", "reading", "name", "text", "section", "kind", "department.name", "department.section",
           "department.whole", "verb", "comparator", "wanted", "unit", "base.year",
           "base.value", "timing.year", "timing.come", "value", "bounds.low", "bounds.high", "verdict", "verdict_title.zh", "why.zh",
           "why.en", "gap.value", "gap.measure", "gap.measure_unit.zh", "gap.assets", "answer.numerator", "answer.denominator",
           "answer.unrated.count", "answer.method", "answer.standard.code", "answer.standard.clause", "answer.standard.table",
           "answer.source", "missing", "evidence.counted", "evidence.failing", "evidence.unrated")


@operation(plans, Operation("plans", "/plans", "城市规划|City plans", "figures", (JSON, HTML), "Plans", (AS_OF_PARAM,),
                            description="as_of 带到各项的链接里|as_of is carried into the links"))
def _plans(asked: Asked) -> Answer:
    listed = [p.as_dict() | {"links": _links(asked, p)} for p in known_plans.every()]
    return Answer({"plans": listed, "links": asked.self_links()}, "plans.html", i18n.say("规划", "City plans"))


@operation(plans, Operation("plan", "/plans/<plan>", "一份规划：目标、底数、矛盾|A plan: targets, stocks, contradictions", "figures",
                            (JSON, HTML), "Plan", (AS_OF_PARAM,), path=PLAN))
def _plan(asked: Asked, plan: str) -> Answer:
    found = known_plans.find(plan)
    data = {"plan": found.as_dict(), "targets": [t.as_dict() for t in found.targets], "stocks": [s.as_dict() for s in found.stocks],
            "contradictions": [c.as_dict() for c in found.contradictions], "links": [*asked.self_links(), *_links(asked, found)]}
    return Answer(data, "plan.html", i18n.label(found.label))


@operation(plans, Operation("scorecard", "/plans/<plan>/scorecard", "记分卡：逐项目标的现值、判定、差距、缺什么|The scorecard: value, verdict, "
                            "gap and what is missing of every target", "figures", (JSON, HTML, CSV), "Scorecard",
                            (ONLY, AS_OF_PARAM, ON_PARAM), path=PLAN, scratch=True,
                            description="每个目标、类别、口径一行；数值与 /indicators 相同|A row for each target, class and reading; values are "
                                        "those of /indicators"))
def _scorecard(asked: Asked, plan: str) -> Answer:
    found = known_plans.find(plan)
    # The scorecard itself sees to whose eyes each figure is computed with.
    sight = Sight(asked.principal, asked.values["as_of"], asked.values["datetime"])
    data: dict[str, Any] = scorecard(asked.conn, found, asked.city, sight)
    rows = [_whole(asked, r) for r in data["rows"] if asked.values["verdict"] in (None, r["verdict"])]
    links = [*asked.self_links(), link("up", asked.url(f"/plans/{plan}"), JSON.media, i18n.label(found.label))]
    return Answer({**data, "rows": rows, "links": links}, "scorecard.html", i18n.label(found.label),
                  table=(COLUMNS, [[_cell(r, c) for c in COLUMNS] for r in rows]),
                  more={"verdicts": {v: title(v) for v in VERDICTS}, "only": asked.values["verdict"]})


def _links(asked: Asked, plan: Plan) -> list[dict[str, Any]]:
    return [link("item", asked.url(f"/plans/{plan.key}"), JSON.media, i18n.label(plan.label)),
            link("related", asked.url(f"/plans/{plan.key}/scorecard"), JSON.media, i18n.say("记分卡", "Scorecard"))]


def _whole(asked: Asked, row: dict[str, Any]) -> dict[str, Any]:
    """A row with its links made whole: the rooms below know paths, not where we are served."""
    evidence = {which: _absolute(asked, href) for which, href in row["evidence"].items()}
    lacking = [{**m, "href": _absolute(asked, m["href"])} if m.get("href") else m for m in row["missing"]]
    return {**row, "evidence": evidence, "missing": lacking}


def _absolute(asked: Asked, path: str | None) -> str | None:
    if path is None:
        return None
    return base() + path + (f"{'&' if '?' in path else '?'}lang={asked.given['lang']}" if "lang" in asked.given else "")


def _cell(row: dict[str, Any], column: str) -> Any:
    """One cell: a member within members; what is missing as sentences."""
    if column == "missing":
        return i18n.say("；", "; ").join(i18n.say(**m["title"]) for m in row["missing"])
    value: Any = row
    for name in column.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
