"""Code lists: the closed vocabularies of the fields as resources, in both languages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import i18n, session
from api.answers import Answer
from api.formats import HTML, JSON
from api.links import link
from api.operations import Asked, Operation, operation
from registry.errors import NotFound
from registry.kinds import CodeList

codelists = Blueprint("codelists", __name__)


@operation(codelists, Operation("codelists", "/codelists", "代码表|Code lists", "data", (JSON, HTML), "CodeLists"))
def _codelists(asked: Asked) -> Answer:
    made = [{**_told(lists, used), "links": [link("item", asked.url(f"/codelists/{lists.key}"), JSON.media)]}
            for lists, used in _seen(asked).values()]
    return Answer({"codelists": made, "links": asked.self_links()}, "codelists.html", i18n.say("代码表", "Code lists"))


@operation(codelists, Operation(
    "codelist", "/codelists/<codelist_id>", "一个代码表|One code list", "data", (JSON, HTML), "CodeList",
    path={"codelist_id": ("代码表|Code list", {"type": "string"})}))
def _codelist(asked: Asked, codelist_id: str) -> Answer:
    found = _seen(asked).get(codelist_id)
    if found is None:
        raise NotFound(what=f"codelists/{codelist_id[:48]}")
    lists, used = found
    codes = [{"value": c.value, "title": c.title.get(i18n.current()), "titles": c.title.as_dict()}
             | ({"color": c.color} if c.color else {}) for c in lists.codes]
    links = [*asked.self_links(), link("up", asked.url("/codelists"), JSON.media, i18n.say("代码表", "Code lists"))]
    return Answer({**_told(lists, used), "codes": codes, "links": links}, "codelists.html", i18n.label(lists.label))


def _told(lists: CodeList, used: list[str]) -> dict[str, Any]:
    return {"id": lists.key, "title": lists.title.get(i18n.current()), "titles": lists.title.as_dict(),
            "collections": used} | ({"source": lists.source} if lists.source else {})


def _seen(asked: Asked) -> dict[str, tuple[CodeList, list[str]]]:
    """Key → the list and the collections with a field of it, as far as they are seen."""
    found: dict[str, tuple[CodeList, list[str]]] = {}
    for kind in session.kinds(asked.conn, asked.sight).values():
        for key, lists in kind.code_lists.items():
            found.setdefault(key, (lists, []))[1].append(kind.key)
    return dict(sorted(found.items()))
