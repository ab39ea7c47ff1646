"""Answers: what a handler found, turned into the format that was asked for."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Response, g, render_template, request
from werkzeug.exceptions import PreconditionFailed

from api import etags, links
from api.errors import VARY
from api.formats import CSV, HTML, Format

BOM = "\ufeff"


def time_stamp() -> str:
    """Now, as `timeStamp` of a feature collection tells it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class Answer:
    """What a handler found.

    data: the JSON document. body: its bytes where they are made already. template, more: the page and what it
    needs beyond `data`. table: header and rows for CSV. etag: its version where one is known; strong: the same
    version is the same bytes.
    """

    data: dict[str, Any] = field(default_factory=dict)
    template: str = "generic.html"
    title: str = ""
    body: bytes | None = None
    more: dict[str, Any] = field(default_factory=dict)
    table: tuple[Sequence[str], Iterable[Sequence[Any]]] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    strong: bool = False
    status: int = 200
    around: dict[str, Any] = field(default_factory=dict)


def response(answer: Answer, chosen: Format, formats: Sequence[Format]) -> Response:
    """The answer in the chosen format; 304 when the client has it already."""
    if answer.status == 204:
        body: bytes | str = b""
    elif chosen is HTML:
        body = render_template(answer.template, data=answer.data, title=answer.title, around=answer.around,
                                            formats=formats, **answer.more)
    elif chosen is CSV:
        body = as_csv(*(answer.table or ((), ())))
    else:
        body = answer.body if answer.body is not None else as_json(answer.data)
    made = Response(body, answer.status, content_type=chosen.content_type)
    made.headers.update(answer.headers)
    if isinstance(shown := answer.data.get("links"), list) and (told := links.header(shown, alone=not chosen.links)):
        made.headers["Link"] = told
    made.headers["Content-Language"] = g.lang
    for_caches(made)
    if answer.etag and answer.strong:
        if chosen is HTML:  # more than the row is on a page
            made.headers["Cache-Control"] = "no-store"
        return etags.conditional(made, answer.etag, request, again=chosen is not HTML)
    if answer.etag:
        made.set_etag(answer.etag, weak=True)
    elif request.method in ("GET", "HEAD"):
        made.add_etag(weak=True)
    if request.headers.get("If-Match") != "*":  # it is there, whatever its tag
        made.make_conditional(request)
    if made.status_code == 412:
        raise PreconditionFailed
    return made


def unchanged(tag: str, *, weak: bool = True) -> Response:
    """304: the client has what this tag is of."""
    made = Response(status=304)
    made.headers.pop("Content-Type", None)
    made.set_etag(tag, weak=weak)
    for_caches(made)
    return made


def for_caches(made: Response) -> None:
    """Always asked again, answered by 304 where nothing changed: an edit must be seen at once. What one principal
    may see is not for another's eyes in a cache on the way. An answer that is of one version only says so itself."""
    made.headers["Vary"] = VARY
    made.headers.setdefault("Cache-Control", "private, no-cache" if g.principal.token is not None else "no-cache")


def as_json(data: Any) -> bytes:
    """One JSON document; Chinese stays readable."""
    return json.dumps(data, ensure_ascii=False, default=plain, separators=(",", ":")).encode()


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a byte order mark, lines by RFC 4180."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(v) for v in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=plain)
    return plain(value) if isinstance(value, dt.date | Decimal) else value


def plain(value: Any) -> Any:
    """JSON for what the json module does not know."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date):  # a datetime is a date
        return value.isoformat()
    if hasattr(value, "as_dict"):
        return value.as_dict()
    raise TypeError(f"{type(value).__name__} has no JSON")
