"""Transactions: many edits at once, all or nothing, in one batch (OGC API – Features Part 11, draft 26-018)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from api import body, components, crs, editing, etags, ids, once, received, session
from api.answers import Answer
from api.components import MOST_EDITS
from api.conformance import PART_11
from api.errors import BadBody, TooLarge
from api.formats import JSON
from api.operations import Asked, Operation, operation
from registry.errors import Invalid, RegistryError
from registry.kinds import FeatureKind
from registry.scope import Right
from registry.served_crs import Served
from registry.store import conflict
from registry.store.conflict import Versions
from registry.store.edits import Editor, Given, Written

transactions = Blueprint("transactions", __name__)
CONFORMS_TO = tuple(PART_11 + c for c in ("transactions", "atomic-transactions", "json"))
MEDIA = ("application/json", "application/ogc-tx+json")
LISTED = 1_000   # problems listed; the count is exact
RESULTS = {"insert": ("totalInserted", "insertResults"), "update": ("totalUpdated", "updateResults"),
           "replace": ("totalReplaced", "replaceResults"), "delete": ("totalDeleted", "deleteResults")}


@dataclass(frozen=True)
class Step:
    """One edit of one feature. `index`: of the action in the transaction; `item`: within an insert of several, None where it
    brings no feature: then only the collection that it names is looked at."""

    index: int
    action: str
    collection: str
    id: Any = None
    expected: Versions | None = None
    feature: Any = None
    item: int | None = 0

    @property
    def about(self) -> dict[str, Any]:
        return {"index": self.index, "action": self.action, "collection": self.collection} | (
            {"id": self.id} if self.id is not None else {}) | ({"item": self.item} if self.action == "insert" and self.item is not None else {})


@operation(transactions, Operation(
    "transactions", "/transactions", "成批改动|Many edits at once", "data", (JSON,), "Transacted", (editing.DRY_RUN,),
    method="POST", right=Right.EDIT, takes=MEDIA, body=components.transaction_body,
    headers=(*editing.COMMON, editing.CRS_HEADER, editing.ONCE), statuses=(415, 422),
    description=f"要么全部写入（一个批次），要么都不写，并列出每一处不合要求；一次最多 {MOST_EDITS:,} 个要素|"
                f"All is written, as one batch, or nothing, with every problem listed; at most {MOST_EDITS:,} features at once"))
def _transact(asked: Asked) -> Answer | Response:
    if (given := once.before(asked)) is not None:
        return given
    one = crs.of_body(asked)
    prefer = received.preferences(request)
    listed = steps(body.read_json())
    unlocked = any(conflict.unlocked(s.expected) for s in listed if s.action != "insert")
    at_work = editing.editor(asked, prefer, unlocked=unlocked)
    if at_work.dry:
        with asked.conn.begin_nested() as tried:
            done = _carry_out(asked, at_work, listed, one)
            tried.rollback()
        answer = _told(asked, done, None, minimal=prefer.minimal)
        answer.data["dryRun"] = True
    else:
        done = _carry_out(asked, at_work, listed, one)
        batch = at_work.close()
        answer = _told(asked, done, batch.id if batch else None, minimal=prefer.minimal)
    answer.headers |= prefer.headers | crs.headers(one)
    return answer if "dryRun" in answer.data else once.first(asked, answer)


def steps(said: Any) -> list[Step]:
    """The edits of a transaction, one for each feature; BadBody when it is none, TooLarge when they are too many."""
    actions = said.get("transaction") if isinstance(said, dict) else None
    if not isinstance(actions, list):
        raise BadBody(why_zh="应为 {\"transaction\": […]}", why_en="{\"transaction\": […]} is expected")
    if said.get("semantic", "atomic") != "atomic":
        raise BadBody(why_zh="semantic 只支持 atomic（全部写入或都不写）", why_en="the only semantic is atomic (all or nothing)")
    found = [step for n, action in enumerate(actions) for step in _steps(n, action)]
    if len(found) > MOST_EDITS:
        raise TooLarge(most=MOST_EDITS, count=len(found))
    return found


def _steps(n: int, said: Any) -> list[Step]:
    if not isinstance(said, dict):
        raise _wrong(n, "不是 JSON 对象", "is no JSON object")
    action, collection = said.get("action"), said.get("collection")
    if not isinstance(action, str) or action not in RESULTS:
        raise _wrong(n, f"action 应为 {'、'.join(RESULTS)}", f"its action must be one of {', '.join(RESULTS)}")
    if not isinstance(collection, str):
        raise _wrong(n, "缺少 collection", "it names no collection")
    if action == "insert":
        several = said.get("items", [said["feature"]] if "feature" in said else None)
        if not isinstance(several, list):
            raise _wrong(n, "insert 要有 items（要素的数组）或 feature", "an insert has items (a list of features) or a feature")
        return [Step(n, action, collection, feature=f, item=i) for i, f in enumerate(several)] or [Step(n, action, collection, item=None)]
    id_ = said.get("id")
    if isinstance(id_, bool) or not isinstance(id_, str | int):
        raise _wrong(n, "缺少 id", "it names no id")
    expected = said.get("ifMatch")
    if expected is not None and (isinstance(expected, bool) or not isinstance(expected, str | int)):
        raise _wrong(n, "ifMatch 应为版本号", "its ifMatch must be a version")
    feature = _feature(n, action, said)
    return [Step(n, action, collection, id_, etags.versions(None if expected is None else str(expected)), feature)]


def _feature(n: int, action: str, said: dict[str, Any]) -> Any:
    """The feature or patch of an action; the draft's own way of saying them is understood as well."""
    if action == "delete":
        return None
    if "feature" in said:
        return said["feature"]
    own = said.get("properties")
    if action == "replace" and isinstance(own, dict) and "feature" in own:
        return own["feature"]
    if action == "update" and isinstance(own, dict) and own.keys() & {"add", "modify", "delete"}:
        try:
            values = {p["name"]: p["value"] for p in (*own.get("add", ()), *own.get("modify", ()))}
            values |= dict.fromkeys(own.get("delete", ()))
        except (TypeError, KeyError):
            raise _wrong(n, "add、modify 是 {name, value} 的数组，delete 是名称的数组",
                         "add and modify are lists of {name, value}, delete is a list of names") from None
        geometry = {"geometry": values.pop("geometry")} if "geometry" in values else {}
        return {"properties": values, **geometry}
    raise _wrong(n, "缺少 feature", "it has no feature")


def _wrong(n: int, zh: str, en: str) -> BadBody:
    return BadBody(why_zh=f"第 {n} 个动作（从 0 数）{zh}", why_en=f"action {n} (counted from 0): {en}")


def _carry_out(asked: Asked, at_work: Editor, listed: list[Step], one: Served) -> list[tuple[Step, Written]]:
    """Try every step, each apart from the others: those that are edits with what became of them. Invalid lists the problems of
    all of them."""
    done: list[tuple[Step, Written]] = []
    problems: list[dict[str, Any]] = []
    for step in listed:
        try:
            kind = session.kind(asked.conn, step.collection, asked.sight)
            if step.item is None:
                continue
            with at_work.apart():
                done.append((step, _step(kind, at_work, step, one)))
        except RegistryError as error:
            problems += _problems(step, error)
    if problems:
        refused = Invalid(what="transaction", count=len(problems))
        refused.more = {"errors": problems[:LISTED]}
        raise refused
    return done


def _step(kind: FeatureKind, at_work: Editor, step: Step, one: Served) -> Written:
    if step.action == "insert":
        return at_work.create(kind, received.feature(step.feature, kind, whole=True, crs=one))
    id_ = ids.number(kind.key, str(step.id))
    if step.action == "delete":
        return at_work.delete(kind, id_, step.expected)
    given: Given = received.feature(step.feature, kind, whole=step.action == "replace", crs=one)
    change = at_work.replace if step.action == "replace" else at_work.update
    return change(kind, id_, given, step.expected)


def _problems(step: Step, error: RegistryError) -> list[dict[str, Any]]:
    """What is wrong with one step: each field by itself, or the one reason, with what is there now."""
    if fields := error.more.get("errors"):
        return [{**step.about, **problem} for problem in fields]
    return [{**step.about, "code": error.code, "zh": error.message("zh"), "en": error.message("en"), **error.more}]


def _told(asked: Asked, pairs: list[tuple[Step, Written]], batch: int | None, *, minimal: bool) -> Answer:
    """Counts as the draft has them, with ids and versions in the order of the request."""
    summary = {total: sum(s.action == action for s, _ in pairs) for action, (total, _) in RESULTS.items()}
    summary["totalUnchanged"] = sum(not w.changed for _, w in pairs)
    data: dict[str, Any] = {"semantic": "atomic", "summary": summary, "batch": batch}
    if not minimal:
        for action, (_, results) in RESULTS.items():
            data[results] = [asked.url(f"/collections/{s.collection}/items/{w.id}") for s, w in pairs if s.action == action]
        data["results"] = [{**s.about, "id": w.id, "version": w.version, "changed": w.changed,
                            "notes": [n.as_dict() for n in w.notes]} for s, w in pairs]
    return Answer(data)
