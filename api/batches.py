"""Batches: every change of the registry, with who, when, why and its place in the chain of hashes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import editing, i18n, ids, records, writing
from api.answers import Answer
from api.filters import LIMIT_PARAM
from api.formats import CSV, HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import DIGITS, Param, Wrong, one_of
from registry import audit
from registry.errors import Forbidden, NotFound
from registry.scope import Right
from registry.store import undo

batches = Blueprint("batches", __name__)
COLUMNS = ("id", "at", "kind", "actor", "reason", "source", "source_sha256", "mapping", "code_version", "counts", "no_lock", "undoes",
           "undone_by", "hash", "prev_hash")


def _number(raw: str) -> int:
    if not DIGITS.fullmatch(raw) or len(raw) > 18:
        raise Wrong("应为批次号", "the number of a batch is needed")
    return int(raw)


BEFORE = Param("before", "只要此批次之前的|Only those before this one", {"type": "integer", "minimum": 1}, _number)
WHOLE = Param("whole", "有任何冲突就全部不撤销（409）|Undo nothing when there is any conflict (409)",
              {"type": "string", "enum": ["true", "false"], "default": "false"}, one_of(("true", "false")), "false")


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


@operation(batches, Operation(
    "undo_batch", "/batches/<batch_id>/undo", "撤销一个批次|Undo a batch", "data", (JSON,), "Undoing", (editing.DRY_RUN, WHOLE),
    path=records.of_id("batch_id", "批次号|Number of the batch"), method="POST", right=Right.EDIT, headers=writing.REASON,
    statuses=(409,),
    description="写回此批次之前的样子，作为新的批次；此后又改过的行不动，列在 listed；改了范围之外的批次为 403。须有 Registry-Reason|"
                "What it wrote becomes what it was before, as a new batch; rows that moved on since stay, see `listed`; 403 for "
                "a batch that touched what is outside the scope. Registry-Reason is needed"))
def _undo(asked: Asked, batch_id: str) -> Answer:
    writing.demand_reason()
    number = ids.number("batch", batch_id)
    found = undo.examine(asked.conn, number, asked.sight)
    if found.city != asked.city.key:
        raise NotFound(what=f"batch/{number}")
    if asked.values["dry-run"] == "true":
        return Answer({**found.as_dict(), "dryRun": True})
    writer = writing.writer(asked)
    done = undo.carry_out(asked.conn, found, actor=writer.actor, reason=writer.reason, whole=asked.values["whole"] == "true")
    return Answer(done.as_dict())


def _told(b: Any) -> dict[str, Any]:
    return {c: bytes(v).hex() if isinstance(v := getattr(b, c), bytes | memoryview) else v for c in COLUMNS}
