"""Figures: the inventory and indicators, each with its evidence one link away."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from flask import Blueprint

from api import crs, figure_table, form, i18n, items
from api.answers import Answer
from api.filters import AS_OF_PARAM, CLASS, ON_PARAM, PAGING
from api.formats import CSV, HTML, JSON
from api.links import Link, base, link
from api.operations import Asked, Operation, operation
from api.params import Param, Wrong, choice, text
from registry import catalogue, indicators
from registry.errors import BadValue
from registry.indicators import filters
from registry.indicators import inventory as inventories
from registry.kinds import Label
from registry.scope import Right, Sight

figures = Blueprint("figures", __name__)


FIGURE = (JSON, HTML, CSV)
KEY = {"type": "string", "maxLength": 64}
BY = Param("by", "分组，例如 district|Grouped by, for example district", KEY, text(64))


def _where(raw: str) -> dict[str, list[str]]:
    """`road_class:arterial,secondary;is_key:true` as field → values."""
    if len(raw) > LONGEST_WHERE:
        raise Wrong(f"超过 {LONGEST_WHERE} 个字", f"longer than {LONGEST_WHERE} characters")
    try:
        return filters.from_text(raw)
    except BadValue as error:
        raise Wrong(error.facts["why_zh"], error.facts["why_en"]) from None


LONGEST_WHERE = 1000
WHERE = Param("where", "只算这些设施：字段:值,值;字段:值，unknown 为未填|Of these assets only: field:value,value;field:value, unknown for no value",
              {"type": "string", "maxLength": LONGEST_WHERE}, _where, example="road_class:arterial,secondary")
CLASSES = Param("classes", "几类一起：bridge,tunnel；基础相同时合成一个数|Several classes together; one figure where their basis is the same",
                {"type": "string", "maxLength": 400}, lambda raw: tuple(filter(None, (k.strip() for k in raw.split(",")))), ())
_EVIDENCE_NOTE = Label("数是全部设施的；依据只列出询问者可以看到的，个数可以比 counts 少",
                       "the figure is of all assets; the evidence lists those that whoever asks may see, which can be fewer than counts tell")
# What the indicators declare; one that an indicator does not have is refused by it.
OPTIONS = tuple(Param(o.name, o.label, KEY, text(64)) for o in indicators.options())
CHOICES = (WHERE, *OPTIONS)
WHEN = (AS_OF_PARAM, ON_PARAM)
CODE = {"code": ("指标代码|Code of the indicator", KEY)}


# -- indicators ----------------------------------------------------------------------------------
@operation(figures, Operation("indicators", "/indicators", "指标|Indicators", "figures", (JSON, HTML), "Figures",
                              (AS_OF_PARAM,), description="as_of 带到各项的链接里|as_of is carried into the links"))
def _indicators(asked: Asked) -> Answer:
    listed = [i.describe() | {"links": [link("item", asked.url(f"/indicators/{code}"), JSON.media, i18n.label(i.label))]}
              for code, i in indicators.load().items()]
    return Answer({"indicators": listed, "links": asked.self_links()}, "figures.html", i18n.say("指标", "Indicators"),
                  more={"entries": listed})


@operation(figures, Operation("indicator", "/indicators/<code>", "一项指标|One indicator", "figures", FIGURE, "Figure",
                              (CLASS, CLASSES, BY, *CHOICES, *WHEN), path=CODE, scratch=True,
                              description="不给 class 时逐类列出，不合成一个数|Without class: one row for each class, never "
                                          "mixed into one figure"))
def _indicator(asked: Asked, code: str) -> Answer:
    return figure(asked, indicators.measure(asked.conn, code, asked.city, cls=asked.values["class"],
                                             classes=asked.values["classes"], by=_by(asked), where=_limits(asked),
                                             sight=asked.figure_sight, **_options(asked)))


@operation(figures, Operation("evidence", "/indicators/<code>/evidence", "指标背后的设施|The assets behind a figure",
                              "figures", items.FEATURE_FORMATS, "FeatureCollection",
                              (CLASS, choice("set", "计入的、不合格的、未评的|Counted, failing or unrated", indicators.SETS,
                                             indicators.SETS[0]), *CHOICES, *WHEN, *PAGING, crs.CRS_PARAM, form.ZOOM_PARAM, form.SKIP_PARAM), path=CODE))
def _evidence(asked: Asked, code: str) -> Answer:
    query = indicators.evidence_query(asked.conn, code, asked.city, asked.values["class"], asked.values["set"],
                                      where=_limits(asked), **_options(asked), sight=Sight(asked.principal, asked.values["as_of"], asked.values["datetime"]))
    title = f"{indicators.find(code).title.get(i18n.current())} · {i18n.label(query.kind.label)} · {asked.values['set']}"
    return items.collection(asked, dataclasses.replace(query, limit=asked.values["limit"], form=dataclasses.replace(form.of(asked), also=query.form.also)), [
        link("collection", asked.url(f"/collections/{query.kind.key}"), JSON.media, i18n.label(query.kind.label)),
        link("up", asked.url(f"/indicators/{code}", **{"class": query.kind.key, **day(asked), **_said(asked)}), JSON.media)], title)


def day(asked: Asked) -> dict[str, str]:
    """The day that the figure is about, for a link to another view of it."""
    return {"datetime": asked.given["datetime"]} if "datetime" in asked.given else {}


def _said(asked: Asked) -> dict[str, str]:
    """The filter and options as they were given, for a link to the figure that they are of."""
    return {p.name: asked.given[p.name] for p in CHOICES if p.name in asked.given}


def _options(asked: Asked) -> dict[str, Any]:
    """What was chosen of the indicator."""
    return {p.name: asked.values[p.name] for p in OPTIONS if asked.values[p.name] is not None}


def _limits(asked: Asked) -> dict[str, list[str]]:
    """The filter; a field that is kept from the principal is none, whatever the figure is computed on."""
    where: dict[str, list[str]] = asked.values["where"] or {}
    for name in where:
        if _hidden(asked, name):
            raise BadValue(name="where", value=name[:40], why_zh="没有这个字段", why_en="there is no such field")
    return where


def _hidden(asked: Asked, name: str) -> bool:
    classes = [asked.values["class"]] if asked.values.get("class") else list(catalogue.load().classes)
    return any(name in asked.principal.mask(key).fields for key in classes)


def figure(asked: Asked, found: dict[str, Any], more: Sequence[Link] = ()) -> Answer:
    data = absolute(asked, _noted(asked, partial(asked, found))) | {"links": [*asked.self_links(), *more]}
    return Answer(data, "figure.html", i18n.say(data["title"]["zh"], data["title"]["en"]), table=figure_table.of(data))


def _by(asked: Asked) -> str | None:
    """The grouping asked for; a field that is kept from the principal is none, whatever the figure is computed on."""
    by = asked.values["by"]
    if by is not None and _hidden(asked, by):
        raise BadValue(name="by", value=by, why_zh="没有这种分组", why_en="there is no such grouping")
    return by


def partial(asked: Asked, found: dict[str, Any]) -> dict[str, Any]:
    """Where the figure is not of the whole, the answer says so."""
    cls = asked.values.get("class")
    masked = [k for k, m in asked.figure_sight.principal.masks.items() if m.values and cls in (None, k)]
    return found | {"partial": True} if masked or not asked.principal.may(Right.FIGURES) else found


def _noted(asked: Asked, found: dict[str, Any]) -> dict[str, Any]:
    """Where the figure is of all and whoever asks may not see each of the assets behind it, the answer says so."""
    told = {found["class"], *(row["key"] for row in found["by"] if "standard" in row)}
    hidden = any(mask.values and key in told for key, mask in asked.principal.masks.items())
    return found | {"evidence_note": _EVIDENCE_NOTE.as_dict()} if hidden and not found.get("partial") else found


def absolute(asked: Asked, value: Any) -> Any:
    """The figure with its links made whole: the rooms below know paths, not where we are served."""
    if isinstance(value, dict):
        return {k: absolute(asked, v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [absolute(asked, v) for v in value]
    if isinstance(value, str) and value.startswith(("/coverage/", "/indicators/", "/collections/", "/inventory", "/defects?", "/observations?")):
        lang = f"{'&' if '?' in value else '?'}lang={asked.given['lang']}" if "lang" in asked.given else ""
        return base() + value + lang
    return value


# -- inventory -----------------------------------------------------------------------------------
@operation(figures, Operation("inventory", "/inventory", "底数表|Inventory", "figures", FIGURE, "Figures",
                              (choice("by", "分组：区、权属单位、各类自己的分组|Grouped by district, owner or the class's own "
                                      "grouping", inventories.BY), *WHEN)))
def _inventory(asked: Asked) -> Answer:
    data = partial(asked, inventories.inventory(asked.conn, asked.city, by=_by(asked), sight=asked.figure_sight)) | {"links": asked.self_links()}
    apart = {"class", "title", "unit", "things_unit", "group"}
    header = ["class", "title_zh", "title_en", *(("group", "group_zh", "group_en") if asked.values["by"] else ()),
              *(k for k in data["rows"][0] if k not in apart)] if data["rows"] else []
    rows = [[_flat(row, column) for column in header] for row in data["rows"]]
    name = i18n.label(Label(data["title"]["zh"], data["title"]["en"]))
    return Answer(data, "inventory.html", name, table=(header, rows), more={"by": asked.values["by"],
                                                                             "choices": inventories.BY})


def _flat(row: dict[str, Any], column: str) -> Any:
    """One cell of the inventory: titles and groups are objects in JSON, columns here."""
    if column in row and column != "group":
        return row[column]
    source = row["group"] if column.startswith("group") else row
    return source["key"] if column == "group" else source["title"][column[-2:]]
