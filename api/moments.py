"""Validators of answers that tell when they were made: of all else that they say, or they would never be the same again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import g, request

from api import links, validators
from api.answers import Answer, as_json
from api.formats import HTML
from registry import settings

if TYPE_CHECKING:
    from api.operations import Asked

NAMES = ("timeStamp", "as_of")  # of the members that tell it


def timeless(asked: Asked, answer: Answer) -> str | None:
    """The validator; None where it tells no such moment: then its bytes are what it says.

    Members of the data that tell the moment count nowhere; one that was asked for stands in the question. A table is made of the
    data, and a page of it and of what stands around it.
    """
    told = {v for name in NAMES if isinstance(v := answer.data.get(name), str)}
    if not told or asked.operation.writes:
        return None
    members = [f'"{name}":{blank}"{moment}"'.encode() for name in NAMES for blank in ("", " ") for moment in told]
    parts = (as_json(answer.data), answer.body or b"", *(_page(asked, answer) if asked.format is HTML else ()))
    said = [hashlib.sha256(_without(part, members)).hexdigest() for part in parts]
    return validators.digest(said, asked.city_key, request.path, asked.given, asked.format.content_type, g.lang, links.base())


def _without(said: bytes, members: list[bytes]) -> bytes:
    for member in members:
        said = said.replace(member, b"")
    return said


def _page(asked: Asked, answer: Answer) -> list[bytes]:
    """What a page says beside the data: what its own template needs, unless that is made of the body, and all around it."""
    own = {k: v for k, v in answer.more.items() if isinstance(v, str | list | dict)} if answer.body is None else {}
    return [as_json([answer.title, own, [(c.key, c.zh, c.en) for c in asked.cities]]),
            f"{validators.edition()} {settings.get('REGISTRY_TIMEZONE')}".encode()]
