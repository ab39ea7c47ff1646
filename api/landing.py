"""The landing page, conformance, the API document, and whether the service is well."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import conformance, i18n, openapi, session
from api.answers import Answer
from api.conformance import PART_1
from api.formats import GEOJSON, HTML, JSON, OPENAPI
from api.links import base, link
from api.matrix_sets import SCHEMES
from api.operations import Asked, Operation, operation
from api.styles import STYLES
from api.tiles import TILESETS
from registry import catalogue, db
from registry.errors import NotSynced
from registry.scope import WHOLE, Right
from registry.store import cities

landing = Blueprint("landing", __name__)

CONFORMS_TO = tuple(PART_1 + c for c in ("core", "oas30", "html"))
TITLE = "市政设施台账|Municipal asset registry"
ABOUT = ("设施、区划的要素与指标：底数、完好率、公园绿地服务半径覆盖|"
         "Features of assets and zones, and figures: inventory, intact rates, park coverage")


@operation(landing, Operation("landing", "/", "首页|Landing page", "service", (JSON, HTML), "LandingPage"))
def _landing(asked: Asked) -> Answer:
    known = asked.cities
    city = next((c for c in known if c.key == asked.city_key), None)
    # The media type of service-desc as the official suite wants it, to the letter.
    links = [*asked.self_links(),
             link("service-desc", asked.url("/api", f="json"), OPENAPI.media, "OpenAPI 3.0"),
             link("service-doc", asked.url("/api", f="html"), HTML.media, i18n.say("接口说明", "API documentation")),
             link("conformance", asked.url("/conformance"), JSON.media, i18n.say("符合的标准", "Conformance")),
             link("http://www.opengis.net/def/rel/ogc/1.0/functions", asked.url("/functions"), JSON.media,
                  i18n.say("过滤函数", "Functions of filters")),
             link("data", asked.url("/collections"), JSON.media, i18n.say("数据集", "Collections")),
             link(TILESETS, asked.url("/tiles"), JSON.media, i18n.say("全部数据集的矢量瓦片", "Vector tiles of all collections")),
             link(SCHEMES, asked.url("/tileMatrixSets"), JSON.media, i18n.say("瓦片矩阵集", "Tile matrix sets")),
             link(STYLES, asked.url("/styles"), JSON.media, i18n.say("样式", "Styles"))]
    links += [link("related", asked.url(path), media, i18n.say(zh, en)) for path, media, zh, en in (
        ("/inventory", JSON.media, "底数表", "Inventory"), ("/indicators", JSON.media, "指标", "Indicators"),
        ("/coverage", JSON.media, "服务半径覆盖", "Service-radius coverage"),
        ("/inspections/overdue", GEOJSON.media, "超期未检的设施", "Overdue inspections"),
        ("/defects", GEOJSON.media, "隐患", "Defects"), ("/defects/summary", JSON.media, "隐患销号率", "Share of defects closed"),
        ("/ownerless", GEOJSON.media, "无主设施", "Assets without an owner"),
        ("/organisations", JSON.media, "单位", "Organisations"), ("/works", JSON.media, "实事", "Works"),
        ("/observations", JSON.media, "填报指标", "Observations"),
        ("/codelists", JSON.media, "代码表", "Code lists"), ("/map", HTML.media, "地图", "Map"))]
    if asked.principal.may(Right.HISTORY):
        links.append(link("related", asked.url("/claims"), GEOJSON.media, i18n.say("权属争议", "Disputed claims")))
    if asked.principal.may(Right.HISTORY) and asked.principal.scope.unlimited:
        links.append(link("related", asked.url("/batches"), JSON.media, i18n.say("批次", "Batches")))
    name = i18n.label(TITLE)
    title = f"{i18n.label(city.title)}{i18n.say('', ' – ')}{name}" if city else name
    data: dict[str, Any] = {"title": title, "description": i18n.label(ABOUT), "links": links,
                            "city": _city(city) if city else None,
                            "cities": [_city(c) for c in known]}
    return Answer({k: v for k, v in data.items() if v is not None}, "landing.html", title,
                  more={"city": city, "kinds": session.kinds(asked.conn, asked.sight)})


def _city(city: cities.City) -> dict[str, Any]:
    return {"key": city.key, "title": city.title.as_dict()}


@operation(landing, Operation("conformance", "/conformance", "符合的标准|Conformance", "service", (JSON, HTML),
                              "Conformance"))
def _conformance(asked: Asked) -> Answer:
    return Answer({"conformsTo": conformance.classes(), "links": asked.self_links()},
                  title=i18n.say("符合的标准", "Conformance"))


@operation(landing, Operation("api", "/api", "接口定义|API definition", "service", (OPENAPI, HTML), "JsonSchema"))
def _api(asked: Asked) -> Answer:
    data = openapi.document(session.kinds(asked.conn, asked.sight).values(), base(), i18n.current())
    return Answer(data, "api.html", i18n.say("接口说明", "API documentation"))


@operation(landing, Operation("healthz", "/healthz", "服务与数据库是否在运行|Whether service and database run", "service",
                              (JSON, HTML), "Health"))
def _healthz(asked: Asked) -> Answer:
    with db.connect():  # reachable, whatever is in it; what is in it is the matter of readyz
        pass
    return Answer({"status": "ok", "database": "ok"}, title=i18n.say("运行状况", "Health"))


@operation(landing, Operation("readyz", "/readyz", "是否可以使用|Whether it is ready for use", "service", (JSON, HTML),
                              "Health", description="结构已升级、声明已同步|Schema migrated, declarations synced"))
def _readyz(asked: Asked) -> Answer:
    known = session.kinds(asked.conn, WHOLE)
    for kind in catalogue.load().kinds:
        if kind.key not in known:
            raise NotSynced(key=kind.key)
    return Answer({"status": "ready", "database": "ok"}, title=i18n.say("运行状况", "Health"))
