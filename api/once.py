"""Idempotency-Key: what is sent again after an answer got lost is carried out once and answered the same."""

from __future__ import annotations

import hashlib
import re

from flask import Response, request

from api import answers, body
from api.answers import Answer
from api.operations import Asked
from registry.errors import BadValue
from registry.store import answered

HEADER = "Idempotency-Key"
_KEY = re.compile(r'[!-~](?:[ -~]{0,198}[!-~])?', re.ASCII)
_ABOUT = ("Content-Type", "Content-Crs", "Prefer", "Registry-Reason")  # headers that make it another request
_OF_THE_MOMENT = ("Date", "Content-Length")


def before(asked: Asked) -> Response | None:
    """The answer that this very request got before; None when it has no key or is the first of its kind."""
    key = _key()
    found = answered.find(asked.conn, asked.principal.key, key, _digest()) if key else None
    if found is None:
        return None
    made = Response(found.body, found.status)
    made.headers.clear()
    made.headers.update(found.headers)
    made.headers["Idempotency-Replayed"] = "true"
    return made


def first(asked: Asked, answer: Answer) -> Answer | Response:
    """The answer of a request that was carried out; with a key it is remembered with the change itself."""
    key = _key()
    if not key:
        return answer
    made = answers.response(answer, asked.format, asked.operation.formats)
    headers = {k: v for k, v in made.headers.items() if k not in _OF_THE_MOMENT}
    answered.keep(asked.conn, asked.principal.key, key, _digest(),
                  answered.Given(made.status_code, headers, made.get_data()))
    return made


def _key() -> str:
    said = request.headers.get(HEADER)
    if said is not None and not _KEY.fullmatch(said.strip()):
        raise BadValue(name=HEADER, value=said[:80], why_zh="应为 1～200 个可见的 ASCII 字符",
                       why_en="1 to 200 visible ASCII characters are needed")
    return said.strip() if said else ""


def _digest() -> bytes:
    about = [request.method, request.full_path, *(request.headers.get(h, "") for h in _ABOUT)]
    return hashlib.sha256("\n".join(about).encode() + b"\n" + body.read()).digest()
