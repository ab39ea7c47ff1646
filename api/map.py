"""The map: what the page needs to know, as JSON, and the page itself; the rules of coverage are those whose places may be seen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import drawing, extents, i18n, session
from api.answers import Answer
from api.coverage import shapes_seen
from api.formats import GEOJSON, HTML, JSON, MAPBOX, SCHEMA
from api.links import link
from api.operations import Asked, Operation, operation
from api.styles import CITY
from registry import coverage
from registry.coverage import siting
from registry.kinds import FeatureKind
from registry.standards.service import ServiceRule
from registry.store import features
from registry.store.query import Query

map_ = Blueprint("map", __name__)
MOST = 5000  # blind spots that are drawn: more is slow in a browser
SHOWN_FIRST = ("district", "road", "bridge", "park")


@operation(map_, Operation("map", "/map", "地图|Map", "map", (HTML, JSON), "MapConfig"))
def _map(asked: Asked) -> Answer:
    kinds = session.kinds(asked.conn, asked.sight).values()
    layers = [_layer(asked, k) for k in kinds]
    data: dict[str, Any] = {
        "city": asked.city.key, "title": asked.city.title.as_dict(), "bbox": _bbox(asked, list(kinds)),
        "style": asked.url(f"/styles/{CITY}", f=MAPBOX.key), "most": MOST, "layers": layers,
        "gaps": {"title": {"zh": "公园绿地覆盖盲区", "en": "Blind spots of park coverage"}, "color": "#c2185b",
                 "href": asked.url("/coverage/park/gaps", f="json")},
        "coverage": {"rules": [_rule(asked, r) for r in coverage.rules().values() if shapes_seen(asked, r)],
                     "colors": {"served": "#1565c0", "sites": "#1b5e20"}},
        "links": asked.self_links()}
    return Answer(data, "map.html", f"{i18n.label(asked.city.title)} · {i18n.say('地图', 'Map')}")


def _layer(asked: Asked, kind: FeatureKind) -> dict[str, Any]:
    legend = drawing.legend(kind)
    state = {"field": legend["field"], "title": legend["field_title"], "codes": legend["classes"]} if "field" in legend else None
    # None is "more than none": whether there is anything costs one row.
    empty = features.count(asked.conn, Query(kind, asked.city.key, sight=asked.sight), 0) == 0
    path = f"/collections/{kind.key}"
    return {"id": kind.key, "title": kind.title.as_dict(), "zone": kind.table == "zone",
            "geometry": list(kind.geometry), "color": kind.color, "empty": empty,
            "on": kind.key in SHOWN_FIRST and not empty,
            "state": state,
            "links": [link("items", asked.url(f"{path}/items", f="json"), GEOJSON.media),
                      link("describedby", asked.url(f"{path}/schema", f="json"), SCHEMA.media),
                      link("collection", asked.url(path), JSON.media)]}


def _rule(asked: Asked, rule: ServiceRule) -> dict[str, Any]:
    edition, path = rule.edition(None), f"/coverage/{rule.code}"
    return {"id": rule.code, "title": rule.label.as_dict(), "edition": edition.standard, "basis": rule.basis,
            "tier": siting.usual_tier(edition), "tiers": [siting.tier_told(t) for t in edition.tiers], "links": [
                link("collection", asked.url(path, f="json"), JSON.media, i18n.label(rule.label)),
                *(link(name, asked.url(f"{path}/{name}", f="json"), GEOJSON.media) for name in ("gaps", "served", "sites"))]}


def _bbox(asked: Asked, kinds: list[FeatureKind]) -> list[float] | None:
    """Where to look first: the extent of the city, else of all that it has."""
    if asked.city.extent is not None and not asked.city.extent.is_empty:
        return [float(v) for v in asked.city.extent.bounds]
    return extents.around(extents.of(asked, kinds).values())
