"""The map: what the page needs to know, as JSON, and the page itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import drawing, extents, i18n, session
from api.answers import Answer
from api.formats import GEOJSON, HTML, JSON, MAPBOX, SCHEMA
from api.links import link
from api.operations import Asked, Operation, operation
from api.styles import CITY
from registry.kinds import FeatureKind
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


def _bbox(asked: Asked, kinds: list[FeatureKind]) -> list[float] | None:
    """Where to look first: the extent of the city, else of all that it has."""
    if asked.city.extent is not None and not asked.city.extent.is_empty:
        return [float(v) for v in asked.city.extent.bounds]
    return extents.around(extents.of(asked, kinds).values())
