"""Service-radius coverage over HTTP: the rules, their figures, blind spots and areas served."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from flask import Blueprint

from api import crs, i18n
from api.answers import Answer, as_json, time_stamp
from api.figures import BY, FIGURE, KEY, WHEN, day, figure, partial
from api.filters import AS_OF_PARAM, DISTRICT
from api.formats import GEOJSON, HTML, JSON
from api.links import Link, base, link
from api.operations import Asked, Operation, operation
from api.params import Param, Wrong, choice, text
from api.slots import slot
from registry import coverage
from registry.coverage import siting
from registry.errors import BadValue, NotSignedIn
from registry.served_crs import DEFAULT, Served
from registry.standards.service import ServiceRule

coverages = Blueprint("coverages", __name__)

AREAS = (GEOJSON, HTML)
EDITION = Param("edition", "规则的版本|Edition of the rule", KEY, text(64))
_LIST = {"type": "string", "maxLength": 400}
WITHOUT = Param("without", "不计哪些设施：closed 不开放、poor 破损、charged 收费、alliance 社会公厕，以类别有的为准|Facilities left out: closed, poor, "
                "charged, alliance, as their class has it", _LIST, lambda raw: tuple(filter(None, (w.strip() for w in raw.split(",")))), ())
ZONE_EDITION = Param("zone_edition", "用哪一版区域：built_up_area:2022，逗号分隔|Editions of zones: built_up_area:2022, separated by commas", _LIST,
                     lambda raw: _editions(raw), {})
AUDIT = choice("audit", "附敏感性和独立栅格校验，较慢；相差超过 0.1 点时拒绝（409）|With sensitivity and the independent raster check, slower; refused (409) "
               "where they differ by more than 0.1 point", ("true", "false"), "false")
CHOICES = (EDITION, WITHOUT, ZONE_EDITION)
RULE = {"rule": ("规则代码，例如 park|Code of the rule, for example park", KEY)}
AREA_TITLES = {
    "area_m2": "面积（m²）|Area (m²)", "population": "人口|People", "district": "所属区|District",
    "nearest_m": "相距（m）|Distance (m)", "nearest_name": "最近的设施|Nearest facility", "nearest": "链接|Link",
    "nearest_id": "最近的设施编号|Id of the nearest", "land_id": "地块编号|Id of the land", "land_code": "地块编码|Code of the land",
    "land_name": "地块名称|Name of the land"}


def _editions(raw: str) -> dict[str, str]:
    """`built_up_area:2022,district:2020` as kind → edition."""
    made = {}
    for part in filter(None, raw.split(",")):
        kind, colon, edition = part.partition(":")
        if not colon or not kind.strip() or not edition.strip():
            raise Wrong("写作 区域类型:版本，例如 built_up_area:2022", "write kind:edition, for example built_up_area:2022")
        made[kind.strip()] = edition.strip()
    return made


def chosen(asked: Asked, rule: str) -> dict[str, Any]:
    """What was asked of a rule: edition, facilities left out, editions of zones, and the grouping where one was given.

    BadValue: what a class keeps from the principal is no choice of theirs.
    """
    by = {"by": asked.values["by"]} if asked.values.get("by") else {}
    _demand_fields(asked, rule)
    return {"edition": asked.values["edition"], "without": asked.values["without"], "zone_edition": asked.values["zone_edition"], **by}


@operation(coverages, Operation("coverages", "/coverage", "服务半径覆盖的规则|Coverage rules", "figures", (JSON, HTML),
                              "Figures", (AS_OF_PARAM,)))
def _coverages(asked: Asked) -> Answer:
    rules = [{"rule": code, "title": rule.label.as_dict(), "indicator": rule.indicator, "facility": rule.facility,
              "default_edition": rule.default, "editions": [e.as_dict() for e in rule.editions.values()],
              "basis": rule.basis, "denominator": rule.denominator, "where": rule.as_dict()["where"], "own": rule.own,
              "note": rule.note.as_dict() if rule.note else None, "by": list(coverage.groupings(rule)),
              "without": list(coverage.choices(coverage.facility(rule))),
              "links": [link("item", asked.url(f"/coverage/{code}"), JSON.media, i18n.label(rule.label)),
                        link("related", asked.url(f"/coverage/{code}/gaps"), GEOJSON.media,
                             i18n.say("盲区", "Blind spots")),
                        link("related", asked.url(f"/coverage/{code}/served"), GEOJSON.media,
                             i18n.say("服务范围", "Area served")), *further(asked, rule)]}
             for code, rule in coverage.rules().items()]
    return Answer({"rules": rules, "links": asked.self_links()}, "figures.html",
                  i18n.say("服务半径覆盖", "Service-radius coverage"), more={"entries": rules})


@operation(coverages, Operation("coverage", "/coverage/<rule>", "覆盖率|Coverage", "figures", FIGURE, "Figure",
                              (*CHOICES, BY, AUDIT, *WHEN), path=RULE, scratch=True, statuses=(409,)))
def _coverage(asked: Asked, rule: str) -> Answer:
    with slot() if (audited := asked.values["audit"] == "true") else nullcontext():
        found = coverage.coverage(asked.conn, rule, asked.city, sight=asked.figure_sight, audited=audited, **chosen(asked, rule))
    return figure(asked, found, further(asked, coverage.find(rule), **day(asked), **{k: asked.given[k] for k in ("edition",) if k in asked.given}))


@operation(coverages, Operation("gaps", "/coverage/<rule>/gaps", "盲区|Blind spots", "figures", AREAS, "Areas",
                              (*CHOICES, DISTRICT, *WHEN, crs.CRS_PARAM), path=RULE, scratch=True))
def _gaps(asked: Asked, rule: str) -> Answer:
    demand_shapes(asked, rule)
    found = coverage.gaps(asked.conn, rule, asked.city, **chosen(asked, rule), district=asked.values["district"], sight=asked.figure_sight, shown=asked.sight)
    return areas(asked, rule, found, i18n.say("盲区", "Blind spots"))


@operation(coverages, Operation("served", "/coverage/<rule>/served", "服务范围|Area served", "figures", AREAS, "Areas",
                              (*CHOICES, *WHEN, crs.CRS_PARAM), path=RULE, scratch=True))
def _served(asked: Asked, rule: str) -> Answer:
    demand_shapes(asked, rule)
    found = coverage.served(asked.conn, rule, asked.city, **chosen(asked, rule), sight=asked.figure_sight)
    return areas(asked, rule, found, i18n.say("服务范围", "Area served"))


def further(asked: Asked, rule: ServiceRule, **query: str) -> list[Link]:
    """What follows a figure: where to build next, and, of land, the same on foot."""
    walking = [] if rule.basis == "length" else [link("related", asked.url(f"/coverage/{rule.code}/walking", **query), JSON.media,
                                                      i18n.say("步行可达", "Coverage on foot"))]
    # A rule whose radius goes by fields of a facility has no site until it is said what would be built.
    tier = {} if siting.usual_tier(rule.edition(query.get("edition"))) else {"tier": "1"}
    return [link("related", asked.url(f"/coverage/{rule.code}/sites", **tier, **query), GEOJSON.media, i18n.say("选址", "Siting")), *walking]


def areas(asked: Asked, rule: str, found: Iterable[bytes], name: str) -> Answer:
    """All areas of a computation in one document: to page them would be to compute them again for each page."""
    shown = crs.chosen(asked)
    features = [_shown(f, shown) for f in found]
    facts = {"numberReturned": len(features), "numberMatched": len(features),
             "timeStamp": time_stamp(),
             "links": [*asked.self_links(), link("collection", asked.url(f"/coverage/{rule}", **day(asked)), JSON.media)]}
    # A quote inside a name is escaped, so only the member itself can look like this.
    joined = b",".join(features).replace(b'"nearest":"/', b'"nearest":"' + base().encode() + b"/")
    facts = partial(asked, facts) | crs.told(shown)
    body = b'{"type":"FeatureCollection","features":[' + joined + b"]," + \
        json.dumps(facts, ensure_ascii=False).encode()[1:]
    title = f"{i18n.label(coverage.find(rule).label)} · {name}"
    more = {"features": json.loads(b"[" + joined + b"]"), "titles": AREA_TITLES} if asked.format is HTML else {}
    return Answer(facts, "areas.html", title, body=body, more=more, headers=crs.headers(shown))


def _shown(area: bytes, one: Served) -> bytes:
    if one == DEFAULT:
        return area
    feature = json.loads(area)
    return as_json(feature | {"geometry": one.geojson(feature["geometry"])})


def demand_shapes(asked: Asked, rule: str) -> None:
    """Areas served and blind spots tell where facilities and land lie, to the metre: only of what is seen whole."""
    if not shapes_seen(asked, coverage.find(rule)):
        raise NotSignedIn(why_zh="其中有不公开的位置", why_en="it would tell places that are not public")


def shapes_seen(asked: Asked, rule: ServiceRule) -> bool:
    """Whether the shapes of a rule may be shown to whoever asks."""
    places = all(asked.principal.mask(k).places_open for k in coverage.kinds(rule))
    return places and asked.principal.mask(rule.denominator).open


def _demand_fields(asked: Asked, rule: str) -> None:
    """A field that is kept from the principal is none to leave facilities out by."""
    cls = coverage.facility(coverage.find(rule))
    hidden = asked.principal.mask(cls.key).fields
    for name in asked.values["without"]:
        if coverage.choices(cls).get(name) in hidden:
            raise BadValue(name="without", value=name[:40], why_zh="没有这个字段", why_en="there is no such field")
