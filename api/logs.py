"""Logs: a line for each request, errors under the same id, and nothing in them that a client sent as a secret."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from registry import settings
from registry.store.tokens import PREFIX

log = logging.getLogger("registry.api")
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")  # in a line of text it would end a value, or begin another line
HEADER = "X-Request-Id"
TOKEN = re.compile(rf"{PREFIX}[\w-]+", re.ASCII)  # wherever somebody put one, in a path even
# The last chance to find a word of the body in a message: more of a body is not searched.
SEARCHED = 1_000_000


def install(app: Flask) -> None:
    """Give every request its id and, where the setting asks for it, its line. The first of all `install`s."""
    log.setLevel(logging.INFO if settings.get("REGISTRY_LOG") else logging.WARNING)
    if not any(isinstance(h, _Stderr) for h in log.handlers):
        log.addHandler(_Stderr())
    app.before_request(_start)
    app.after_request(_end)  # those registered first run last: the answer is complete


def request_id() -> str:
    """The id of the request under way: the client's own where it is sane, else a new one."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if SANE.fullmatch(given) else uuid.uuid4().hex
    return str(g.request_id)


def _start() -> None:
    g.started = time.perf_counter()
    request_id()


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    if log.isEnabledFor(logging.INFO):
        log.info("%s %s %s", request.method, request.path, response.status_code, extra={"facts": _facts(response)})
    return response


def _facts(response: Response) -> dict[str, Any]:
    """What is told of a request. The query is not: people search for names, and some put tokens there.

    city: only when it was found to be one of ours, since the parameter may hold anything.
    """
    principal = g.get("principal")
    return {"method": request.method, "path": request.path, "status": response.status_code,
            "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            "bytes": response.content_length, "route": request.url_rule.rule if request.url_rule else None,
            "city": g.get("city"), "principal": getattr(principal, "name", None), "address": request.remote_addr}


class _Stderr(logging.Handler):
    """One line each on standard error, as it is at that moment: JSON or text by the setting."""

    def emit(self, record: logging.LogRecord) -> None:
        shape = _as_json if settings.get("REGISTRY_LOG") == "json" else _as_text
        print(TOKEN.sub(f"{PREFIX}…", shape(_line(record))), file=sys.stderr, flush=True)


def _line(record: logging.LogRecord) -> dict[str, Any]:
    at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"time": at, "level": record.levelname.lower(),
            "request_id": request_id() if has_request_context() else None}
    facts: dict[str, Any] | None = getattr(record, "facts", None)
    return line | (facts if facts is not None else {"message": record.getMessage()})


def _as_json(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False)


def _as_text(line: dict[str, Any]) -> str:
    if "message" in line:
        return f"{line['time']} {line['level']} {line['request_id'] or '-'} {line['message']}"
    rest = " ".join(f"{k}={_BLANK.sub('_', str(v))}" for k, v in line.items() if k in ("city", "principal", "address", "request_id") and v)
    path = json.dumps(line["path"], ensure_ascii=False)[1:-1]  # no line break of the path is one of the log
    return f"{line['time']} {line['status']} {line['method']} {path} {line['ms']} ms {line['bytes']} B {rest}"


# -- errors without what the client sent ---------------------------------------------------------
def told(error: BaseException) -> str:
    """The traceback of an unexpected error; in its messages every word that the client sent is left out.

    Drivers and parsers repeat the value that they did not like: a name, a telephone number, a token.
    """
    lines: list[str] = []
    for one in _chain(error):
        lines += [*traceback.format_tb(one.__traceback__), f"{type(one).__name__}: {_without_sent(str(one))}\n"]
    return "".join(lines)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, the first cause first."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return reversed(seen)


def _without_sent(message: str) -> str:
    if not has_request_context():
        return message
    sent = _sent()
    return re.sub(r"\w[\w.+/=-]{2,}\w", lambda m: "…" if m[0] in sent else m[0], message)


def _sent() -> str:
    """Everything that came with the request, apart from its path: query, credentials, cookies, body."""
    values = [f"{k} {v}" for k, v in request.args.items(multi=True)]
    values += [request.query_string.decode("latin-1"), request.headers.get("Authorization", ""),
               request.headers.get("Cookie", "")]
    if request.authorization is not None and request.authorization.password:
        values.append(request.authorization.password)
    body: bytes = g.get("body", b"")[:SEARCHED]
    return " ".join([*values, body.decode("utf-8", "replace"), _unescaped(body)])


def _unescaped(body: bytes) -> str:
    """A JSON body with its \\u escapes read."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), body.decode("utf-8", "replace"))
