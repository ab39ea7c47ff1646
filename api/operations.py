"""Operations: each declared once, with its parameters, formats and errors; the request and OpenAPI both read it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from api import answers, i18n, negotiate, params, session
from api.formats import HTML, Format
from api.links import Link, link, url
from api.params import Param
from registry import settings
from registry.kinds import FeatureKind
from registry.store import cities
from registry.store.cities import City

QUICK_S = 20  # what reads by an index and takes longer was asked to hurt


@dataclass(frozen=True)
class Operation:
    """One GET operation.

    rule: Flask's URL rule; `<collection>` in it stands for every collection, each a path in OpenAPI.
    title: `中文|English`. formats: what a 200 can be, the default first. schema: component of the JSON answer.
    params: its own parameters beside `f`, `lang`, `city`; of_kind: those that depend on the collection.
    path: descriptions of the other variables in the rule, name → (title, schema).
    seconds: longest time of a statement, where less than the setting's; figures have the whole of it.
    scratch: it makes temporary tables, which a read-only transaction forbids; all is rolled back even so.
    """

    id: str
    rule: str
    title: str
    tag: str
    formats: tuple[Format, ...]
    schema: str
    params: tuple[Param, ...] = ()
    of_kind: Callable[[FeatureKind], tuple[Param, ...]] | None = None
    path: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    description: str = ""
    scratch: bool = False
    seconds: int = QUICK_S

    @property
    def longest_s(self) -> int | None:
        return None if self.tag == "figures" else self.seconds

    @property
    def per_collection(self) -> bool:
        return "<collection>" in self.rule

    def all_params(self, kind: FeatureKind | None = None) -> tuple[Param, ...]:
        """Every parameter that it takes, the common ones last."""
        own = self.params + (self.of_kind(kind) if self.of_kind and kind else ())
        return (*own, params.format_param(self.formats), params.LANG, params.CITY)


OPERATIONS: dict[str, Operation] = {}
Handler = Callable[..., "answers.Answer | Response"]


@dataclass
class Asked:
    """One request, read: parameters parsed, format and language chosen, the database at hand when needed."""

    operation: Operation
    format: Format
    values: dict[str, Any]
    given: dict[str, str]
    _stack: ExitStack
    kind: FeatureKind | None = None
    _conn: Connection | None = None
    _city: City | None = None

    @property
    def conn(self) -> Connection:
        """The connection of this request."""
        if self._conn is None:
            self._conn = self._stack.enter_context(session.reading(
                scratch=self.operation.scratch, seconds=self.operation.longest_s))
        return self._conn

    @property
    def city_key(self) -> str:
        return self.values.get("city") or settings.get("REGISTRY_CITY")

    @property
    def city(self) -> City:
        """The city asked for, else the default one; UnknownCity when there is none."""
        if self._city is None:
            self._city = cities.get(self.conn, self.city_key)
            g.city = self._city.key
        return self._city

    @property
    def kept(self) -> dict[str, str]:
        """What links to other resources carry on: city and language, where they were given."""
        return {k: self.given[k] for k in ("city", "lang") if k in self.given}

    def url(self, path: str, **more: Any) -> str:
        """A link to another resource of ours, in the same city and language."""
        return url(path, {**self.kept, **more})

    def self_links(self) -> list[Link]:
        """`self`, and `alternate` for each other format (/req/core/fc-links)."""
        here = [link("self", url(request.path, self.given), self.format.media, i18n.say("本页", "This document"))]
        return here + [link("alternate", url(request.path, {**self.given, "f": f.key}), f.media, f.title)
                       for f in self.operation.formats if f is not self.format]


def operation(blueprint: Blueprint, declared: Operation) -> Callable[[Handler], Handler]:
    """Serve a declared operation by a handler that takes what was asked and the variables of the path."""
    OPERATIONS[declared.id] = declared

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def view(**path: Any) -> Response:
            with ExitStack() as stack:
                asked = _read(declared, stack, path)
                answer = handler(asked, **path)
                if isinstance(answer, Response):
                    return answer
                if asked.format is HTML:
                    answer.around = _around(asked)
            return answers.response(answer, asked.format, asked.operation.formats)

        blueprint.add_url_rule(declared.rule, declared.id, view, methods=["GET"])
        return handler
    return decorate


def _read(declared: Operation, stack: ExitStack, path: dict[str, Any]) -> Asked:
    g.lang = i18n.choose(request, request.args.get("lang"))
    asked = Asked(declared, declared.formats[0], {}, {}, stack)
    if declared.per_collection:
        asked.kind = session.kind(asked.conn, path.pop("collection"))
    args: MultiDict[str, str] = request.args
    asked.values = params.read(declared.all_params(asked.kind), args)
    asked.given = args.to_dict()
    if asked.values.get("city"):
        _ = asked.city  # an unknown city is an error of every operation
    found = negotiate.by_key(declared.formats, asked.values["f"]) if asked.values["f"] else None
    asked.format = found or negotiate.by_accept(declared.formats, request)
    return asked


def _around(asked: Asked) -> dict[str, Any]:
    """What every page shows around its contents: cities and languages to change to."""
    others = {k: v for k, v in asked.given.items() if k not in ("lang", "cursor")}
    return {"cities": cities.every(asked.conn), "city_key": asked.city_key, "kept": asked.kept,
            "links": asked.self_links(), "kind": asked.kind,
            "carried": {k: v for k, v in asked.given.items() if k not in ("city", "cursor")},
            "languages": [(tag, name, url(request.path, {**others, "lang": tag}))
                          for tag, name in (("zh", "中文"), ("en", "English"))]}
