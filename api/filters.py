"""The parameters that choose features: bbox, datetime, limit, sortby, q and one for each declared field."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from functools import lru_cache, partial
from typing import Any

from api import crs, form, i18n
from api.declared import TYPES
from api.formats import JSON
from api.links import Link, link
from api.operations import Asked
from api.params import DIGITS, Param, Wrong, one_of, text
from registry import catalogue, cql
from registry import moment as moments
from registry.db.fragments import Fragment
from registry.errors import BadValue
from registry.kinds import FeatureKind, Field, check
from registry.scope import Sight
from registry.store.query import Query, sortable

LIMIT, MOST = 100, 10_000
SORT_KEYS = 4  # each one more doubles nothing, but makes the keyset condition one level deeper
MOST_DOUBTS = 5  # they stand in a header field as well
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# RFC 3339 §5.6; the registry keeps days, so the day that is written counts, in its own offset.
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-](\d{2}):(\d{2}))", re.ASCII)


def limit(raw: str) -> int:
    """A page size; too large a one is the largest, not an error (/req/core/fc-limit-response-1 C)."""
    if not DIGITS.fullmatch(raw) or not raw.strip("0"):
        raise Wrong("应为正整数", "a positive whole number is needed")
    digits = raw.lstrip("0")  # thousands of them are no number that Python reads
    return MOST if len(digits) > len(str(MOST)) else min(int(digits), MOST)


def bbox(raw: str) -> tuple[float, ...]:
    """4 or 6 numbers; what they mean in `bbox-crs` is `api.crs.box`'s to say."""
    parts = [p.strip() for p in raw.split(",")]
    if len(parts) not in (4, 6) or not all(map(_NUMBER.fullmatch, parts)):
        raise Wrong("应为 4 或 6 个以逗号分隔的数：西,南,东,北", "4 or 6 numbers are needed: west,south,east,north")
    return tuple(map(float, parts))


def moment(raw: str) -> tuple[dt.date | None, dt.date | None]:
    """An instant or an interval as the first and last day, None where it is open."""
    start, bar, end = raw.partition("/")
    if not bar:
        day = _day(raw)
        return day, day
    first = None if start in ("", "..") else _day(start)
    last = None if end in ("", "..") else _day(end)
    if first is None and last is None:
        raise Wrong("至少要有一端", "at least one end is needed")
    if first is not None and last is not None and first > last:
        raise Wrong("起始在终止之后", "the start is after the end")
    return first, last


def _day(raw: str) -> dt.date:
    """The day of an RFC 3339 date or date-time."""
    day = raw
    if found := _TIME.fullmatch(raw):
        hour, minute, second, ahead = (int(found[n] or 0) for n in (2, 3, 4, 7))
        if hour > 23 or minute > 59 or second > 60 or ahead > 23 or int(found[8] or 0) > 59:
            raise Wrong("不是可能的时间", "not a possible time")
        day = found[1]
    elif not _DATE.fullmatch(raw):
        raise Wrong("应为日期或 RFC 3339 时间，或以 / 连接的区间，开口用 ..",
                    "an RFC 3339 date or date-time is needed, or an interval with / and .. where it is open")
    try:
        return dt.date.fromisoformat(day)
    except ValueError:
        raise Wrong("不是可能的日期", "not a possible date") from None


def _class(raw: str) -> str:
    """The key of a declared class of assets."""
    if raw not in catalogue.load().classes:
        known = ", ".join(catalogue.load().classes)
        raise Wrong(f"应为其中之一：{known}", f"it must be one of: {known}")
    return raw


def as_of(raw: str) -> dt.datetime:
    """A moment of the past, as a parameter."""
    try:
        return moments.as_of(raw)
    except BadValue as error:
        raise Wrong(error.facts["why_zh"], error.facts["why_en"]) from None


def sortby(kind: FeatureKind, raw: str) -> tuple[tuple[str, bool], ...]:
    """`-installed_on,code` as (sortable, descending); a plus may arrive as the blank that it is decoded to."""
    result = []
    for part in raw.split(","):
        key, down = part[1:] if part[:1] in "+- " else part, part.startswith("-")
        if key not in sortable(kind):
            known = ", ".join(sortable(kind))
            raise Wrong(f"没有字段 {key[:40]!r}；可用：{known}", f"no field {key[:40]!r}; known: {known}")
        result.append((key, down))
    keys = [k for k, _ in result]
    if len(set(keys)) < len(keys) or len(keys) > SORT_KEYS:
        raise Wrong(f"至多 {SORT_KEYS} 个不同的字段", f"at most {SORT_KEYS} different fields")
    return tuple(result)


def expression(raw: str) -> str:
    """A filter, which has to say something."""
    if not raw.strip():
        raise Wrong("没有表达式", "there is no expression")
    return raw


LIMIT_PARAM = Param("limit", "每页至多几个要素；超过最大值按最大值|Most features of a page; more than the maximum means the "
                    "maximum", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}, limit, LIMIT,
                    shared=True)
# Text (oneOf) and official suite (minItems and maxItems on the array itself) both find what they look for.
BBOX_PARAM = Param("bbox", "与此范围相交的要素，没有图形的也算；西 > 东 表示跨 180° 经线|Features that intersect the box, and "
                   "those without geometry; west > east spans the antimeridian",
                   {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6,
                    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]}, bbox, shared=True)
DATETIME_PARAM = Param("datetime", "在用时间与此相交的要素，没有日期的也算：2020-01-01、a/b、../b、a/..|Features in service then, "
                       "and those without dates: 2020-01-01, a/b, ../b, a/..", {"type": "string"}, moment, shared=True)
AS_OF_PARAM = Param("as_of", "登记簿当时的样子：日期（当天结束）或 RFC 3339 时间|The registry as it was: a day (its end) or an RFC 3339 time",
                    {"type": "string"}, as_of, shared=True)
ON_PARAM = Param("datetime", "指标所指的日子：当日在用的设施、当日以前的检查|The day a figure is about: assets in service and "
                 "inspections up to then", {"type": "string", "format": "date"}, _day)
Q_PARAM = Param("q", "编码或名称中的字|Part of code or name", {"type": "string", "maxLength": 200}, text(200), shared=True)
CURSOR_PARAM = Param("cursor", "next 链接中的游标|The cursor of a next link", {"type": "string", "maxLength": 4000},
                     shared=True)
PAGING = (LIMIT_PARAM, CURSOR_PARAM)
CLASS = Param("class", "设施类别|Class of assets", {"type": "string", "maxLength": 64}, _class)
DISTRICT = Param("district", "只要这个区的|Of this district only", {"type": "string", "maxLength": 64}, text(64))
# Whether it reads and fits the collection is known when all parameters are: `query` compiles it.
FILTER_PARAM = Param("filter", "过滤表达式（CQL2），见 queryables；结果为真的要素|A filter expression (CQL2) over the queryables; features of which it "
                     "is true", {"type": "string", "maxLength": cql.LONGEST}, expression, shared=True)
FILTER_LANG_PARAM = Param("filter-lang", "filter 的写法；不给则 { 开头的为 cql2-json|How filter is written; else one that begins with { "
                          "is cql2-json", {"type": "string", "enum": list(cql.LANGUAGES), "default": cql.LANGUAGES[0]},
                          one_of(cql.LANGUAGES), shared=True)
FILTERING = (FILTER_PARAM, FILTER_LANG_PARAM, crs.FILTER_CRS_PARAM)
RESERVED = frozenset({*(p.name for p in FILTERING), "limit", "bbox", "bbox-crs", "crs", "properties", "zoom-level",
                      "skipGeometry", "datetime", "as_of", "q", "sortby", "cursor", "f", "lang", "city"})


@lru_cache(maxsize=512)
def items_params(kind: FeatureKind) -> tuple[Param, ...]:
    """What `items` of this collection takes: one parameter for each field, unless its name is taken."""
    sorting = Param("sortby", "排序字段（见 sortables），降序前加 -，空值总在后|Sortables, - before a descending one; empty ones last",
                    {"type": "array", "items": {"type": "string", "pattern": r"[+\|-]?[A-Za-z_].*"}, "minItems": 1,
                     "maxItems": SORT_KEYS}, partial(sortby, kind), ())
    return (BBOX_PARAM, crs.BBOX_CRS_PARAM, *form.params(kind), DATETIME_PARAM, AS_OF_PARAM, LIMIT_PARAM, Q_PARAM, *FILTERING,
            sorting, CURSOR_PARAM, *(_property(f) for f in filtering(kind)))


@lru_cache(maxsize=512)
def filtering(kind: FeatureKind) -> tuple[Field, ...]:
    """What has a parameter of its own: each queryable with one plain value (/req/queryables-query-parameters/parameters)."""
    return tuple(q.field for q in cql.queryables(kind).values() if q.simple and q.field and q.key not in RESERVED)


def _property(field: Field) -> Param:
    """Equality with a field: code, title or alias of a code list; nothing (`owner=`) finds those without a value."""
    schema = dict(TYPES[field.type])
    if field.codes:
        schema["enum"] = list(field.codes.values)
    schema |= {k: v for k, v in (("minimum", field.minimum), ("maximum", field.maximum), ("pattern", field.pattern),
                                 ("maxLength", field.max_length)) if v is not None}
    return Param(field.key, field.title, schema, partial(_value, field))


def _value(field: Field, raw: str) -> tuple[Any]:
    """One value; what files write for no value (`nan`, `-`, `null`) is none here, or a slip would find what is empty."""
    value = check.read(field, raw, is_code=False)[0]
    if value is None and raw.strip():
        raise Wrong(f"不是值；没有填的用 {field.key}= 来问", f"no value; {field.key}= asks for those without one")
    return (value,)


def filter_of(asked: Asked) -> Fragment | None:
    """The filter of a request, compiled against the kind as it is seen; None where none was given."""
    assert asked.kind is not None
    said: str | None = asked.values.get(FILTER_PARAM.name)
    place = crs.chosen(asked, crs.FILTER_CRS_PARAM.name)  # one that is not served is an error of its own
    return None if said is None else cql.compile(asked.kind, said, asked.values.get(FILTER_LANG_PARAM.name), place)


def doubts(asked: Asked) -> list[Link]:
    """A link to the code list of each value of a filter that is none of its codes: such a filter is no error, and finds nothing."""
    said = asked.values.get(FILTER_PARAM.name)
    if said is None or asked.kind is None:
        return []
    return [link("describedby", asked.url(f"/codelists/{one.codes.key}"), JSON.media, i18n.say(
                f"filter：代码表“{one.codes.title.zh}”（{one.key}）里没有 {one.value[:40]!r}",
                f"filter: {one.value[:40]!r} is no code of {one.codes.title.en} ({one.key})"))
            for one in cql.unlisted(asked.kind, said, asked.values.get(FILTER_LANG_PARAM.name))[:MOST_DOUBTS]]


def asked_for(asked: Asked) -> Query:
    """What a request asks of the read path, with its box, its filter and its form."""
    assert asked.kind is not None
    values = {"limit": LIMIT} | asked.values | {"bbox": crs.box(asked), "filter": filter_of(asked)}
    return dataclasses.replace(query(asked.kind, asked.city_found, values, asked.sight), form=form.of(asked))


def query(kind: FeatureKind, city: str, values: dict[str, Any], sight: Sight) -> Query:
    """What these parameters ask of the read path; a box is in degrees, or an outline, and a filter is compiled."""
    equals = {f.key: values[f.key] for f in filtering(kind) if values.get(f.key) is not None}
    return Query(kind, city, bbox=values["bbox"], during=values["datetime"], equals=equals, search=values["q"],
                 filter=values["filter"], sort=values["sortby"], limit=values["limit"], sight=sight)
