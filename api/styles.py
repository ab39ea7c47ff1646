"""Styles for MapLibre and legends, of each collection and of the whole city, made from the declarations."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import drawing, i18n, params, session, tile_cache, tiles
from api.answers import Answer
from api.formats import HTML, JSON, MAPBOX
from api.links import Link, link
from api.operations import Asked, Operation, operation
from registry import settings
from registry.errors import NotFound
from registry.kinds import FeatureKind

styles = Blueprint("styles", __name__)
STYLES = "http://www.opengis.net/def/rel/ogc/1.0/styles"
CITY = "city"  # the style of everything; no class has this key
OUTLINES = ("district",)  # of the zones, those that are shown at once
SOURCES = params.choice("sources", "each：每个数据集一个来源，改动只使它自己的瓦片过期，不显示的不下载；one：一起显示的合为一个来源，请求少|each: a source for "
                        "each collection, so that an edit outdates its tiles only and what is hidden loads nothing; one: a source "
                        "for all that are shown, which takes fewer requests", ("each", "one"), "each")
PATH: dict[str, tuple[str, dict[str, Any]]] = {
    "style_id": ("样式：city 或数据集标识|Style: city, or the id of a collection", {"type": "string", "maxLength": 64})}


@operation(styles, Operation("styles", "/styles", "样式|Styles", "map", (JSON, HTML), "Styles"))
def _styles(asked: Asked) -> Answer:
    known = session.kinds(asked.conn, asked.sight)
    names = {CITY: _city_title(asked)} | {key: i18n.label(kind.label) for key, kind in known.items()}
    listed = [{"id": key, "title": title, "links": links(asked, key, title)} for key, title in names.items()]
    return Answer({"styles": listed, "default": CITY, "links": asked.self_links()}, title=i18n.say("样式", "Styles"))


@operation(styles, Operation("style", "/styles/<style_id>", "一个样式|One style", "map", (MAPBOX, HTML), "MapStyle", (SOURCES,), path=PATH))
def _style(asked: Asked, style_id: str) -> Answer:
    kinds = _kinds(asked, style_id)
    title = _title(asked, style_id, kinds)
    if asked.format is HTML:
        return _legend_answer(asked, style_id, kinds)
    return Answer(document(asked, kinds, title, one=asked.values[SOURCES.name] == "one"), title=title)


@operation(styles, Operation("legend", "/styles/<style_id>/legend", "图例|Legend", "map", (JSON, HTML), "Legend", path=PATH))
def _legend(asked: Asked, style_id: str) -> Answer:
    return _legend_answer(asked, style_id, _kinds(asked, style_id))


def links(asked: Asked, key: str, title: str) -> list[Link]:
    """The style of a key as MapLibre reads it, and its legend."""
    return [link("stylesheet", asked.url(f"/styles/{key}", f=MAPBOX.key), MAPBOX.media, title),
            link("legend", asked.url(f"/styles/{key}/legend", f=JSON.key), JSON.media, i18n.say("图例", "Legend")),
            link("legend", asked.url(f"/styles/{key}/legend", f=HTML.key), HTML.media, i18n.say("图例", "Legend"))]


def document(asked: Asked, kinds: list[FeatureKind], title: str, *, one: bool = False) -> dict[str, Any]:
    """The style: a source for each kind, so that a layer which is not shown loads nothing; `one` for all that are shown at first."""
    alone = len(kinds) == 1
    shown = kinds if alone else [k for k in kinds if k.table == "asset" or k.key in OUTLINES]
    together = shown if one and not alone else []
    made: dict[str, Any] = {"version": 8, "name": title, "metadata": {"language": i18n.current()},
                            "sources": {**({CITY: _together(asked, together)} if together else {}),
                                        **{k.key: source(asked, k) for k in kinds if k not in together}},
                            "layers": [{"id": "paper", "type": "background", "paint": {"background-color": drawing.PAPER}}]}
    if basemap := settings.get("REGISTRY_BASEMAP"):
        made["sources"]["basemap"] = {"type": "raster", "tiles": [basemap], "tileSize": 256}
        made["layers"].append({"id": "basemap", "type": "raster", "source": "basemap", "paint": {"raster-opacity": 0.7}})
    for kind in sorted(kinds, key=drawing.rank):
        own = {"source": CITY} if kind in together else {}
        made["layers"] += [layer | own for layer in drawing.layers(kind, visible=kind in shown)]
    if asked.city.extent is not None and not asked.city.extent.is_empty:
        centre = asked.city.extent.centroid
        made |= {"center": [centre.x, centre.y], "zoom": 11}
    return made


def source(asked: Asked, kind: FeatureKind) -> dict[str, Any]:
    """The tiles of a kind, without the round that a TileJSON would be for each."""
    return _vector(tiles.template_url(asked, kind, version=tile_cache.versioned(asked, [kind])))


def _together(asked: Asked, kinds: list[FeatureKind]) -> dict[str, Any]:
    """The tiles in which all of these kinds are."""
    chosen = {tiles.COLLECTIONS.name: ",".join(k.key for k in kinds)}
    return _vector(tiles.template_url(asked, None, version=chosen | tile_cache.versioned(asked, kinds)))


def _vector(address: str) -> dict[str, Any]:
    return {"type": "vector", "tiles": [address], "minzoom": 0, "maxzoom": tiles.LAST}


def _kinds(asked: Asked, style_id: str) -> list[FeatureKind]:
    known = session.kinds(asked.conn, asked.sight)
    if style_id != CITY and style_id not in known:
        raise NotFound(what=f"styles/{style_id[:40]}")
    return list(known.values()) if style_id == CITY else [known[style_id]]


def _city_title(asked: Asked) -> str:
    return i18n.label(asked.city.title)


def _title(asked: Asked, style_id: str, kinds: list[FeatureKind]) -> str:
    return _city_title(asked) if style_id == CITY else i18n.label(kinds[0].label)


def _legend_answer(asked: Asked, style_id: str, kinds: list[FeatureKind]) -> Answer:
    title = _title(asked, style_id, kinds)
    data = {"id": style_id, "title": title, "layers": [drawing.legend(k) for k in kinds],
            "links": [*asked.self_links(), *links(asked, style_id, title)]}
    return Answer(data, "legend.html", title + i18n.say("：图例", ": legend"))
