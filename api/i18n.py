"""The language of an answer: `lang`, else Accept-Language, else the setting."""

from __future__ import annotations

from flask import Request, g, has_request_context

from registry import settings
from registry.kinds import Label

LANGS = ("zh", "en")


def choose(request: Request, asked: str | None = None) -> str:
    """`zh` or `en` for this request."""
    if asked in LANGS:
        return str(asked)
    for tag, quality in request.accept_languages:
        if quality > 0 and tag.split("-")[0].lower() in LANGS:
            return tag.split("-")[0].lower()
    return settings.lang()


def current() -> str:
    """The language chosen for the request under way."""
    return g.get("lang", settings.lang()) if has_request_context() else settings.lang()


def say(zh: str, en: str) -> str:
    """The side of a sentence that the request under way is answered in."""
    return en if current() == "en" else zh


def label(text: Label | str) -> str:
    """A title `中文|English` in the language of the request."""
    return Label.of(text).get(current())
