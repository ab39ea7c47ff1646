"""What templates may call: titles in the reader's language, values as people read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from flask import Flask, url_for
from markupsafe import Markup, escape

from api import i18n
from api.operations import carried
from registry import moment as moments
from registry.db.row import of_row
from registry.kinds import FeatureKind

NOTHING = "—"


def install(app: Flask) -> None:
    """Make them known to Jinja; everything they return is escaped unless it is Markup."""
    app.jinja_env.globals.update(say=i18n.say, label=i18n.label, lang=i18n.current, both=both, is_url=is_url,
                                 swatch=swatch, title_of=title_of, page=page)
    app.jinja_env.filters.update(shown=shown, field_value=field_value, moment=moment)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def page(around: dict[str, Any], endpoint: str, **path: Any) -> str:
    """The address of another page, in the same city and language, at the same moment where it has a past."""
    return url_for(endpoint, **{**carried(around.get("kept", {}), endpoint.rpartition(".")[2]), **path})


def both(titles: Any) -> str:
    """`{zh, en}` in the reader's language; anything else as it is."""
    if isinstance(titles, dict) and "zh" in titles and "en" in titles:
        return str(titles[i18n.current()])
    return "" if titles is None else str(titles)


def moment(value: Any) -> str:
    """A moment, or the RFC 3339 text of one, in the registry's time zone; anything else as a plain value."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return value
    return moments.local(value) if isinstance(value, dt.datetime) and value.tzinfo else shown(value)


def shown(value: Any) -> str:
    """One plain value: numbers with separators, yes and no in words, nothing as a dash."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return i18n.say("是", "yes") if value else i18n.say("否", "no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Decimal):
        whole = value == round(value)
        return f"{value:,.0f}" if whole else f"{value:,.6f}".rstrip("0") if -1 < value < 1 else f"{value:,.2f}"
    if isinstance(value, list):
        return i18n.say("、", ", ").join(shown(item) for item in value)
    if isinstance(value, dt.datetime) and value.tzinfo:
        return moments.local(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def field_value(value: Any, kind: FeatureKind, key: str) -> str | Markup:
    """The value of a declared field: the title of a code with its colour, a number with its unit."""
    field = kind.by_key.get(key)
    if key == "updated_at":
        return moment(value)
    if field is None or value is None:
        return shown(value)
    if field.codes and isinstance(value, str):
        code = field.codes.find(value)
        title = field.codes.title_of(value).get(i18n.current())
        return swatch(code.color) + escape(title) if code and code.color else title
    if field.type == "timestamp":
        return moment(value)
    if field.type == "integer" and not field.unit:
        return str(value)  # a year or a number of something's name: no separators
    return f"{shown(value)} {field.unit}" if field.unit and not isinstance(value, bool) else shown(value)


def title_of(kind: FeatureKind, key: str) -> str:
    """The title of a property in the reader's language: a declared field, a measure, or what every row has."""
    if key in kind.by_key:
        return i18n.label(kind.by_key[key].label)
    known = of_row(kind).get(key)
    return i18n.label(known[0].label) if known else key


def swatch(color: str) -> Markup:
    """A small square of a colour. SVG attributes, since the policy lets no style attribute through."""
    return Markup('<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" '
                  'fill="{}"/></svg>').format(color)


def is_url(value: Any) -> bool:
    """Whether a text is an address that may become a link."""
    return isinstance(value, str) and value.startswith(("http://", "https://")) and " " not in value

