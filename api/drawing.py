"""How a kind is drawn: MapLibre layers and the entries of its legend, both from the declaration."""

from __future__ import annotations

from typing import Any

from registry.kinds import FeatureKind, Field
from registry.store.tile_sql import NAMED, POINTS, SINGLE

UNSTATED = "#a8a29e"  # nobody has said how it is
PAPER = "#f4f3ef"
ZONES_NAMED = 10  # level from which zones have their names
# Of the reader's own machine: without `glyphs` in the style, MapLibre asks nobody for fonts.
FONTS = ["Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "sans-serif"]
Layer = dict[str, Any]


def classes(kind: FeatureKind) -> list[tuple[str, Any, str]]:
    """Value, titles and colour of each class that the kind is coloured by; none where it has one colour."""
    found = kind.colored_by
    return [(c.value, c.title, c.color or kind.color) for c in found.codes.codes] if found and found.codes else []


def color(kind: FeatureKind) -> Any:
    """The colour of a feature as an expression of MapLibre."""
    found = kind.colored_by
    if found is None:
        return kind.color
    cases = [part for value, _, shade in classes(kind) for part in (value, shade)]
    return ["match", ["coalesce", ["get", found.key], ""], *cases, UNSTATED]


def layers(kind: FeatureKind, *, visible: bool = True) -> list[Layer]:
    """The layers of a kind over the source of its key: areas, lines, points, labels, as far as it has them."""
    made = []
    if "polygon" in kind.geometry:
        made.append(_layer(kind, "fill", {"fill-color": color(kind), "fill-opacity": 0.04 if _is_zone(kind) else 0.45},
                           ["Polygon", "MultiPolygon"]))
    if set(kind.geometry) & {"polygon", "line"}:
        width = 1.4 if _is_zone(kind) else ["interpolate", ["linear"], ["zoom"], 9, 1, 16, 4]
        made.append(_layer(kind, "line", {"line-color": color(kind), "line-width": width},
                           ["Polygon", "MultiPolygon", "LineString", "MultiLineString"]))
    # A line may be seen as a point, by who is told its place only roughly.
    made.append(_layer(kind, "circle", _circle(kind), ["Point", "MultiPoint"]))
    if "name" in kind.by_key:
        made.append(_labels(kind))
    for layer in made:
        layer["layout"] = {**layer.get("layout", {}), "visibility": "visible" if visible else "none"}
    return made


def rank(kind: FeatureKind) -> int:
    """What is drawn later lies above: zones, areas, lines, points, so that nothing hides what is small."""
    return 0 if _is_zone(kind) else 1 + ["polygon", "line", "point"].index(kind.geometry[0])


def legend(kind: FeatureKind) -> dict[str, Any]:
    """The entry of a kind: its colour, or a class for each colour."""
    found: Field | None = kind.colored_by
    made: dict[str, Any] = {"id": kind.key, "title": kind.title.as_dict(), "geometry": list(kind.geometry), "color": kind.color}
    if found is None:
        return made
    unstated = {"value": None, "title": {"zh": "没有填", "en": "Not stated"}, "color": UNSTATED}
    listed = [{"value": value, "title": title.as_dict(), "color": shade} for value, title, shade in classes(kind)]
    return made | {"field": found.key, "field_title": found.title.as_dict(), "classes": [*listed, unstated]}


def _is_zone(kind: FeatureKind) -> bool:
    return kind.table == "zone"


def _layer(kind: FeatureKind, type_: str, paint: dict[str, Any], shapes: list[str]) -> Layer:
    return {"id": f"{kind.key}-{type_}", "type": type_, "source": kind.key, "source-layer": kind.key,
            "filter": ["match", ["geometry-type"], shapes, True, False], "paint": paint, "metadata": {"collection": kind.key}}


def _circle(kind: FeatureKind) -> dict[str, Any]:
    """Points, and where they are counted by cell the larger the more: twice as many, half a pixel."""
    group = ["+", 1.4, ["*", 0.5, ["log2", ["coalesce", ["get", POINTS], 1]]]]
    return {"circle-color": color(kind), "circle-stroke-color": "#fff",
            "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 13, 0, 16, 1],
            "circle-radius": ["interpolate", ["linear"], ["zoom"], SINGLE - 0.01, group, SINGLE, 3.5, 17, 6]}


def _labels(kind: FeatureKind) -> Layer:
    made = _layer(kind, "symbol", {"text-color": kind.color if _is_zone(kind) else "#333", "text-halo-color": "#fff",
                                   "text-halo-width": 1.2}, [])
    line = kind.geometry[0] == "line"
    made["layout"] = {"text-field": ["coalesce", ["get", "name"], ""], "text-font": FONTS, "text-size": 12, "text-padding": 4,
                      "symbol-placement": "line" if line else "point"}
    if not line and not _is_zone(kind):
        made["layout"] |= {"text-anchor": "top", "text-offset": [0, 0.6]}
    made["minzoom"] = ZONES_NAMED if _is_zone(kind) else NAMED + 1
    del made["filter"]
    return made
