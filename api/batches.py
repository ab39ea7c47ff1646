"""Batches: every change of the registry, with who, when, why and its place in the chain of hashes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import i18n
from api.answers import Answer
from api.filters import LIMIT_PARAM
from api.formats import CSV, HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import DIGITS, Param, Wrong
from registry import audit
from registry.errors import Forbidden
from registry.scope import Right

batches = Blueprint("batches", __name__)
COLUMNS = ("id", "at", "kind", "actor", "reason", "source", "source_sha256", "code_version", "counts", "no_lock", "hash",
           "prev_hash")


def _number(raw: str) -> int:
    if not DIGITS.fullmatch(raw) or len(raw) > 18:
        raise Wrong("应为批次号", "the number of a batch is needed")
    return int(raw)


BEFORE = Param("before", "只要此批次之前的|Only those before this one", {"type": "integer", "minimum": 1}, _number)


@operation(batches, Operation(
    "batches", "/batches", "批次|Batches", "service", (JSON, HTML, CSV), "Batches", (BEFORE, LIMIT_PARAM), right=Right.HISTORY,
    description="从新到旧；范围有限的令牌不可看|The newest first; not for tokens of a limited scope"))
def _batches(asked: Asked) -> Answer:
    if not asked.principal.scope.unlimited:
        raise Forbidden(who=asked.principal.name, what_zh="查看全市的改动", what_en="see the changes of the whole city")
    limit = asked.values["limit"]
    found = audit.newest(asked.conn, asked.city.key, asked.values["before"], limit + 1)
    rows = [_told(b) for b in found[:limit]]
    links = asked.self_links()
    if len(found) > limit:
        links.append(asked.next_link(before=str(rows[-1]["id"])))
    return Answer({"batches": rows, "links": links}, "batches.html", i18n.say("批次", "Batches"),
                  table=(COLUMNS, [[row[c] for c in COLUMNS] for row in rows]))


def _told(b: Any) -> dict[str, Any]:
    return {c: bytes(v).hex() if isinstance(v := getattr(b, c), bytes | memoryview) else v for c in COLUMNS}
