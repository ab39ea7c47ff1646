"""Operations: each declared once, with its parameters, formats and errors; the request and OpenAPI both read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial, wraps
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from api import answer_cache, answers, around, body, etags, i18n, negotiate, params, session, validators
from api import principal as who
from api.errors import VARY
from api.formats import HTML, Format
from api.links import Link, link, url
from api.moments import timeless
from api.params import Param
from registry import settings
from registry.errors import Forbidden, NotSignedIn, UnknownCity
from registry.kinds import FeatureKind
from registry.scope import Principal, Right, Sight
from registry.store import cities
from registry.store.cities import City
from registry.store.layers import Layer

QUICK_S = 20  # what reads by an index and takes longer was asked to hurt


@dataclass(frozen=True)
class Header:
    """A header that a request may have. title: `中文|English`."""

    name: str
    title: str
    example: str | None = None


@dataclass(frozen=True)
class Operation:
    """One operation: a method of a resource.

    rule: Flask's URL rule; `<collection>` in it stands for every collection, each a path in OpenAPI.
    title: `中文|English`. formats: what a 200 can be, the default first. schema: component of the JSON answer.
    params: its own parameters beside `f`, `lang`, `city`; of_kind: those that depend on the collection, and on nothing else.
    path: descriptions of the other variables in the rule, name → (title, schema).
    seconds: longest time of a statement, where less than the setting's; figures have the whole of it.
    scratch: it makes temporary tables, which a read-only transaction forbids; all is rolled back even so.
    method: what is not GET is committed when the handler returns, unless it is scratch. right: what the principal needs beside reading.
    takes: media types of the body; of anything else 415. body: its schema. headers: of the request, beside the usual.
    status: of success. statuses: those it answers beside that one and those of every operation. suits: whether it can be done with a
    kind by a principal that has the right (zones, say, by those whose scope has no areas). ending: of the operationId, where a
    standard wants one. sends: headers of a 200, beside the usual.
    made_of: the kinds whose rows, and nothing else that changes, its answers are made of: then they are the same for as
    long as the versions of those layers are, and a client that has them is told so without a look at any row.
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
    method: str = "GET"
    right: Right = Right.READ
    takes: tuple[str, ...] = ()
    status: int = 200
    body: Callable[[FeatureKind | None], dict[str, Any]] | None = None
    headers: tuple[Header, ...] = ()
    statuses: tuple[int, ...] = ()
    suits: Callable[[FeatureKind, Principal], bool] | None = None
    ending: str = ""
    sends: tuple[Header, ...] = ()
    made_of: Callable[[Asked], Iterable[FeatureKind]] | None = None
    kept: bool = False

    @property
    def longest_s(self) -> int | None:
        return None if self.tag == "figures" else self.seconds

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def per_collection(self) -> bool:
        return "<collection>" in self.rule

    def all_params(self, kind: FeatureKind | None = None) -> tuple[Param, ...]:
        """Every parameter that it takes, the common ones last; made once for a kind."""
        return self._made(kind)

    @cached_property
    def _made(self) -> Callable[[FeatureKind | None], tuple[Param, ...]]:
        return lru_cache(maxsize=512)(self._make)

    def _make(self, kind: FeatureKind | None) -> tuple[Param, ...]:
        own = self.params + (self.of_kind(kind) if self.of_kind and kind else ())
        return (*own, params.format_param(self.formats), params.LANG, params.CITY)


OPERATIONS: dict[str, Operation] = {}
WHOLE_FIGURES = (None, "class", "district")  # groupings that are published as they are
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
    _principal: Principal | None = None
    _city: City | None = None
    validator: str | None = None
    layers: dict[str, Layer] | None = None  # as they were before any row was read, where they were looked at

    @property
    def conn(self) -> Connection:
        """The connection of this request."""
        if self._conn is None:
            seconds = self.operation.longest_s
            self._conn = self._stack.enter_context(
                session.writing() if self.operation.writes and not self.operation.scratch else
                session.reading(scratch=self.operation.scratch, seconds=seconds))
        return self._conn

    @property
    def principal(self) -> Principal:
        """Who asks."""
        if self._principal is None:
            self._principal = who.nobody() if who.credential(request) is None else who.of(request, self.conn)
        return self._principal

    def demand(self, right: Right) -> None:
        """NotSignedIn for the public, Forbidden for anybody else who lacks the right."""
        if self.principal.may(right):
            return
        if self.principal.token is None:
            raise NotSignedIn(why_zh="此操作不对公众开放", why_en="this is not open to the public")
        raise Forbidden(who=self.principal.name, what_zh=who.RIGHTS[right].zh, what_en=who.RIGHTS[right].en)

    @property
    def sight(self) -> Sight:
        """What the principal sees, as of the moment asked for."""
        return Sight(self.principal, self.values.get("as_of"))

    @property
    def figure_sight(self) -> Sight:
        """What figures are computed on: the whole where the principal may have that, else what it sees."""
        fine = not {self.values.get("by"), *(self.values.get("where") or ())} <= set(WHOLE_FIGURES)
        return Sight(self.principal.for_figures(fine=fine), self.values.get("as_of"), self.values.get("datetime"))

    @property
    def city_key(self) -> str:
        return self.values.get("city") or self.principal.scope.city or settings.get("REGISTRY_CITY")

    @property
    def cities(self) -> list[City]:
        """The cities that the principal may ask for."""
        only = self.principal.scope.city
        return [c for c in cities.every(self.conn) if only in (None, c.key)]

    @property
    def city(self) -> City:
        """The city asked for, else the principal's or the default one; UnknownCity when there is none."""
        if self._city is None:
            if self.principal.scope.city in (None, self.city_key):
                self._city = cities.find(self.conn, self.city_key)
            if self._city is None:
                raise UnknownCity(key=self.city_key, known=", ".join(c.key for c in self.cities) or "-")
            g.city = self._city.key
        return self._city

    @property
    def city_found(self) -> str:
        """The key of the city asked for; UnknownCity when there is none. One that was there lately is not looked for again."""
        if self.principal.scope.city in (None, self.city_key) and session.was_there(self.city_key):
            g.city = self.city_key
        else:
            session.is_there(self.city.key)
        return self.city_key

    @property
    def kept(self) -> dict[str, str]:
        """What links to other resources carry on: city, language and moment, where they were given."""
        return {k: self.given[k] for k in ("city", "lang", "as_of") if k in self.given}

    def url(self, path: str, **more: Any) -> str:
        """A link to another resource of ours, in the same city and language, at the same moment where it takes one."""
        kept = self.kept
        return url(path, {**(carried(kept, _at(path)) if "as_of" in kept else kept), **more})

    def next_link(self, **where: str) -> Link:
        """`next`: the same query from where this page ends."""
        return link("next", url(request.path, {**self.given, **where}), self.format.media, i18n.say("下一页", "Next page"))

    def self_links(self) -> list[Link]:
        """`self`, and `alternate` for each other format (/req/core/fc-links)."""
        here = [link("self", url(request.path, self.given), self.format.media, i18n.say("本页", "This document"))]
        return here + [link("alternate", url(request.path, {**self.given, "f": f.key}), f.media, f.title)
                       for f in self.operation.formats if f is not self.format]


def carried(kept: dict[str, str], id_: str) -> dict[str, str]:
    """What a link to an operation carries on: not a moment that it would refuse."""
    declared = OPERATIONS.get(id_)
    # Whatever depends on the collection is about its features, and those are seen at a moment.
    past = declared and (declared.of_kind or any(p.name == "as_of" for p in declared.params))
    return kept if past else {k: v for k, v in kept.items() if k != "as_of"}


def _at(path: str) -> str:
    """The id of the operation that reads what is at a path of ours."""
    try:
        return current_app.url_map.bind("").match(path, "GET")[0].rpartition(".")[2]
    except HTTPException:
        return ""


def operation(blueprint: Blueprint, declared: Operation) -> Callable[[Handler], Handler]:
    """Serve a declared operation by a handler that takes what was asked and the variables of the path."""
    OPERATIONS[declared.id] = declared

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def view(**path: Any) -> Response:
            with ExitStack() as stack:  # a write is committed where it ends, before anything is answered
                asked = _begun(declared, stack)
                name = answer_cache.key(asked) if declared.kept else None
                if name is not None and (found := answer_cache.find(asked, name)) is not None:
                    return found
                _read(asked, path)
                again = name is not None and answer_cache.again(name)
                if again and asked.kind and declared.made_of is None and validators.within(asked):
                    asked.layers = validators.states(asked, [asked.kind])
                asked.validator = validators.of(asked)
                if asked.validator and etags.known(request, asked.validator):
                    return answers.unchanged(asked.validator)
                answer = handler(asked, **path)
                if isinstance(answer, Response):
                    return answer
                answer.etag = answer.etag or asked.validator or timeless(asked, answer)
                if asked.format is HTML:
                    answer.around = around.of(asked)
            made = answers.response(answer, asked.format, asked.operation.formats)
            if again:
                answer_cache.keep(asked, name, made)
            return made

        blueprint.add_url_rule(declared.rule, declared.id, view, methods=[declared.method],
                               provide_automatic_options=False)
        if not any(o.rule == declared.rule for o in OPERATIONS.values() if o is not declared):
            blueprint.add_url_rule(declared.rule, f"{declared.id}_options", partial(_options, declared.rule),
                                   methods=["OPTIONS"], provide_automatic_options=False)
        return handler
    return decorate


def _options(rule: str, /, **path: Any) -> Response:
    """What this principal may do here, at this time (/req/create-replace-delete/options-response)."""
    g.lang = i18n.choose(request, request.args.get("lang"))
    here = [o for o in OPERATIONS.values() if o.rule == rule]
    with ExitStack() as stack:
        asked = Asked(here[0], here[0].formats[0], {}, {}, stack)
        if here[0].per_collection:
            asked.kind = session.kind(asked.conn, path["collection"], asked.sight)
        allowed = allow(rule, asked)
    made = Response(status=200, content_type="text/plain")
    made.headers["Allow"] = ", ".join(allowed)
    for o in here:
        if o.takes and o.method in allowed and o.method != "PUT":
            made.headers[f"Accept-{o.method.title()}"] = ", ".join(o.takes)
    made.headers["Vary"] = VARY
    return made


def allow(rule: str, asked: Asked) -> list[str]:
    """The methods of a path that the principal may use; whether a kind can be written to is its own to say."""
    methods = [o.method for o in OPERATIONS.values() if o.rule == rule and asked.principal.may(o.right)
               and (asked.kind is None or o.suits is None or o.suits(asked.kind, asked.principal))]
    return [*(["GET", "HEAD"] if "GET" in methods else []), *(m for m in methods if m != "GET"), "OPTIONS"]


def _begun(declared: Operation, stack: ExitStack) -> Asked:
    g.lang = i18n.choose(request, request.args.get("lang"))
    asked = Asked(declared, declared.formats[0], {}, {}, stack)
    g.principal = asked.principal
    return asked


def _read(asked: Asked, path: dict[str, Any]) -> None:
    declared = asked.operation
    if declared.per_collection:
        asked.kind = session.kind(asked.conn, path.pop("collection"), asked.sight)
    asked.demand(declared.right)
    if declared.takes:
        body.check_media(declared.method, declared.takes)
    asked.values = params.read(declared.all_params(asked.kind), request.args, request.query_string)
    asked.given = request.args.to_dict()
    if asked.values.get("city"):
        _ = asked.city_found  # an unknown city is an error of every operation
    found = negotiate.by_key(declared.formats, asked.values["f"]) if asked.values["f"] else None
    # What was written is answered as it can be: OWSLib posts with `Accept: text/xml` (RFC 9110 §12.5.1 leaves that open).
    asked.format = found or negotiate.by_accept(declared.formats, request, strict=not declared.writes)
