"""Records of the whole city on the web: the same five operations for each book of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from flask import Blueprint, Response

from api import body, i18n, ids, record_page, records, writing
from api.answers import Answer
from api.filters import AS_OF_PARAM, PAGING
from api.formats import CSV, HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import Param
from registry.kinds import Field, Label
from registry.scope import Right

SCOPE = "不限区、类别的令牌才可写|Only tokens without a limit within the city write"


@dataclass(frozen=True)
class Resource:
    """One book on the web.

    name, many: what one and several are called, in paths and in JSON (`work`, `works`). title, titles: the same to
    people, `中文|English`. schema: OpenAPI components, of which `…Form` and `…Change` are what is sent.
    store: the module with add, change, withdraw, get and BOOK. page: reads rows, given how many and after which id.
    """

    name: str
    many: str
    title: str
    titles: str
    schema: str
    store: ModuleType
    params: tuple[Param, ...]
    page: Callable[[Asked, int, int | None], list[dict[str, Any]]]

    def serve(self, blueprint: Blueprint) -> None:
        """Declare the operations."""
        every, each = f"/{self.many}", f"/{self.many}/<{self.name}_id>"
        of_id = records.of_id(f"{self.name}_id", f"编号|Id of the {self.name}")
        zh = self.titles.partition("|")[0]
        written = partial(Operation, tag="records", formats=(JSON,), schema=self.schema, right=Right.EDIT)
        operation(blueprint, Operation(self.many, every, self.titles, "records", (JSON, HTML, CSV), self.schema + "s",
                                       (*self.params, *PAGING, AS_OF_PARAM)))(self.listed)
        operation(blueprint, Operation(self.name, each, self.title, "records", (JSON, HTML), self.schema, (AS_OF_PARAM,),
                                       path=of_id, statuses=(410,)))(self.one)
        operation(blueprint, written(
            f"add_{self.name}", every, f"登记{zh}|Add one", method="POST", takes=records.TAKES, status=201,
            body=writing.form(f"{self.schema}Form"), headers=writing.REASON, statuses=writing.REFUSED, description=SCOPE))(self.add)
        operation(blueprint, written(
            f"change_{self.name}", each, f"修改{zh}|Change one", path=of_id, method="PATCH", takes=records.CHANGES,
            body=writing.form(f"{self.schema}Change"), headers=writing.LOCKED, statuses=(*writing.STALE, 410, 415),
            description=f"要 If-Match；{SCOPE.partition('|')[0]}|If-Match is needed. {SCOPE.partition('|')[2]}"))(self.change)
        operation(blueprint, written(
            f"withdraw_{self.name}", each, f"撤销{zh}|Take one back", path=of_id, method="DELETE", status=204,
            headers=writing.LOCKED, statuses=(*writing.STALE, 410),
            description="须有 Registry-Reason；历史仍在|Registry-Reason is needed; the history stays"))(self.withdraw)

    # -- handlers --------------------------------------------------------------------------------
    def listed(self, asked: Asked) -> Answer:
        """A page by id; CSV has the same rows."""
        answer = records.listing(asked, self.many, partial(self.page, asked), i18n.label(self.titles))
        return self._drawn(asked, answer, answer.data[self.many])

    def one(self, asked: Asked, **path: str) -> Answer:
        """A single record."""
        return self._told(asked, self.store.get(asked.conn, asked.sight, asked.city.key, ids.number(self.name, path[f"{self.name}_id"])))

    def add(self, asked: Asked) -> Answer:
        """A new record."""
        made = self.store.add(asked.conn, asked.city.key, body.read_json(), writing.writer(asked))
        return self._told(asked, made, 201)

    def change(self, asked: Asked, **path: str) -> Answer:
        """A record changed, at the version that If-Match names."""
        id_ = ids.number(self.name, path[f"{self.name}_id"])
        version = writing.based_on(asked, f"{self.name}/{id_}")
        return self._told(asked, self.store.change(asked.conn, asked.city.key, id_, version, body.read_json(), writing.writer(asked)))

    def withdraw(self, asked: Asked, **path: str) -> Response:
        """A record taken back, for a reason that the request says."""
        id_ = ids.number(self.name, path[f"{self.name}_id"])
        version = writing.based_on(asked, f"{self.name}/{id_}")
        writing.demand_reason()
        self.store.withdraw(asked.conn, asked.city.key, id_, version, writing.writer(asked))
        return Response(status=204)

    # -- inside ----------------------------------------------------------------------------------
    def _told(self, asked: Asked, found: dict[str, Any], status: int = 200) -> Answer:
        answer = records.one(asked, {k: v for k, v in found.items() if k != "class"}, f"/{self.many}/{found['id']}",
                             i18n.label(self.title), status)
        answer.data = {**found, "links": answer.data["links"]}
        return self._drawn(asked, answer, [found])

    def _drawn(self, asked: Asked, answer: Answer, rows: Sequence[dict[str, Any]]) -> Answer:
        """The page with the titles of fields and codes in the reader's language, and the table."""
        fields = {f.key: f for f in self.store.BOOK.fields()}
        columns = [k for k in ("id", *fields, "attrs", "version") if any(k in r for r in rows)]
        answer.table = (columns, ([r.get(k) for k in columns] for r in rows))
        if asked.format is HTML:
            named = [{k: _title(fields[k].codes, v) if k in fields and fields[k].codes and v else v for k, v in r.items()} for r in rows]
            drawn = record_page.rows(asked, ({k: r[k] for k in columns if k in r} for r in named))
            answer.more = {**answer.more, **drawn, "heading": partial(_heading, {k: f.title for k, f in fields.items()})}
        return answer


def _title(codes: Any, value: str) -> str:
    return i18n.label(codes.title_of(value))


def _heading(titles: dict[str, Label], key: str) -> str:
    return i18n.label(titles[key]) if key in titles else record_page.heading(key)


def year(title: str) -> Param:
    """The parameter of a year."""
    return whole("year", title, 9999)


def whole(name: str, title: str, most: int) -> Param:
    """A parameter that takes a whole number from 1."""
    field = Field(name, title, "integer", minimum=1, maximum=most)
    return Param(name, title, {"type": "integer", "minimum": 1, "maximum": most}, lambda raw: field.parse(raw)[0])

