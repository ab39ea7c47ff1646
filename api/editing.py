"""Editing: features are created, replaced, changed and deleted (OGC API – Features Part 4, draft 20-002r2)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from api import body, components, crs, etags, ids, items, once, params, received, versions
from api.answers import Answer
from api.conformance import PART_4
from api.formats import GEOJSON
from api.links import link
from api.operations import Asked, Header, Operation, operation
from api.params import Param
from api.received import Preferences
from registry.errors import BadValue, Gone
from registry.geo import CRS84
from registry.kinds import FeatureKind
from registry.scope import Principal, Right
from registry.store import conflict, features
from registry.store.conflict import Versions
from registry.store.edits import Editor, Written
from registry.store.geojson import Form

editing = Blueprint("editing", __name__)
CONFORMS_TO = tuple(PART_4 + c for c in ("create-replace-delete", "update", "features", "optimistic-locking-etags"))
ITEMS, ITEM = "/collections/<collection>/items", "/collections/<collection>/items/<feature_id>"
FEATURE_ID = {"feature_id": ("编号|Id", {"type": "integer", "format": "int64"})}
DRY_RUN = Param("dry-run", "只检查，不写入|Check everything, write nothing",
                {"type": "string", "enum": ["true", "false"], "default": "false"}, params.one_of(("true", "false")), "false")
IF_MATCH = Header("If-Match", "所据版本：GET 的 ETag；* 表示任何版本，令牌须允许不加锁|The version it was read at: the ETag of a GET; "
                  "* for any, of tokens without lock", '"17"')
IF_NONE_MATCH = Header("If-None-Match", "现为其中的版本就不改动（412）；* 表示任何版本|At one of these versions it is not changed (412); * means any", '"17"')
CONDITIONS = (IF_MATCH, IF_NONE_MATCH)
COMMON = (Header("Registry-Reason", "为何改动，记入历史；UTF-8 可用百分号编码|Why, for the history; UTF-8 may be percent-encoded"),
          Header("Prefer", "return=minimal 或 representation，handling=strict 或 lenient（RFC 7240）|"
                           "return=minimal or representation, handling=strict or lenient (RFC 7240)"))
CRS_HEADER = Header(crs.HEADER, "坐标的坐标系和轴序，数据集的 crs 之一；不给则 CRS84；回答也用它|CRS of the coordinates, and their order of axes: one of "
                    "crs of the collection, else CRS84; the answer is in it too", f"<{CRS84}>")
ONCE = Header(once.HEADER, "重发同一请求时用同一个键，只执行一次|The same key for the same request sent again: it is carried out once")
LOCKED = "须有 If-Match：无则 428，版本已变则 412 并附现状与差异|If-Match is required: 428 without, 412 with the present " \
         "feature and the differences when it has changed"


def editable(kind: FeatureKind, principal: Principal) -> bool:
    """Zones are changed only by whoever sees the whole city."""
    return kind.table == "asset" or principal.scope.unlimited


@operation(editing, Operation(
    "create_item", ITEMS, "新增一个要素|Create a feature", "data", (GEOJSON,), "Feature", (DRY_RUN,), method="POST",
    right=Right.EDIT, takes=received.WHOLE, status=201, suits=editable, body=components.whole_body,
    headers=(*COMMON, CRS_HEADER, ONCE), statuses=(409, 415, 422),
    description="编号由台账给出；文件中的 id 不用|The registry gives the id; one in the body is ignored"))
def _create(asked: Asked) -> Answer | Response:
    if (given := once.before(asked)) is not None:
        return given
    assert asked.kind is not None
    kind, feature = asked.kind, received.feature(body.read_json(), asked.kind, whole=True, crs=crs.of_body(asked))
    answer = _edit(asked, lambda editor: editor.create(kind, feature))
    return once.first(asked, answer) if answer.status == 201 else answer


@operation(editing, Operation(
    "replace_item", ITEM, "替换一个要素|Replace a feature", "data", (GEOJSON,), "Feature", (DRY_RUN,), path=FEATURE_ID,
    method="PUT", right=Right.EDIT, takes=received.WHOLE, suits=editable, body=components.whole_body,
    headers=(*CONDITIONS, *COMMON, CRS_HEADER), statuses=(204, 409, 410, 412, 415, 422, 428), description=LOCKED))
def _replace(asked: Asked, feature_id: str) -> Answer:
    assert asked.kind is not None
    kind, expected = asked.kind, etags.versions(request.headers.get("If-Match"))
    id_ = ids.number(kind.key, feature_id)
    feature = received.feature(body.read_json(), kind, whole=True, crs=crs.of_body(asked))
    return _reached(asked, lambda editor: editor.replace(kind, id_, feature, expected), id_)


@operation(editing, Operation(
    "update_item", ITEM, "修改一个要素|Change a feature", "data", (GEOJSON,), "Feature", (DRY_RUN,), path=FEATURE_ID,
    method="PATCH", right=Right.EDIT, takes=received.PATCH, suits=editable, body=components.patch_body,
    headers=(*CONDITIONS, *COMMON, CRS_HEADER), statuses=(204, 409, 410, 412, 415, 422, 428),
    description=f"JSON Merge Patch（RFC 7396）；{LOCKED.replace('|', '|JSON Merge Patch (RFC 7396); ')}"))
def _update(asked: Asked, feature_id: str) -> Answer:
    assert asked.kind is not None
    kind, expected = asked.kind, etags.versions(request.headers.get("If-Match"))
    id_ = ids.number(kind.key, feature_id)
    patch = received.feature(body.read_json(), kind, whole=False, crs=crs.of_body(asked))
    return _reached(asked, lambda editor: editor.update(kind, id_, patch, expected), id_)


@operation(editing, Operation(
    "delete_item", ITEM, "删除一个要素|Delete a feature", "data", (GEOJSON,), "Feature", (DRY_RUN,), path=FEATURE_ID,
    method="DELETE", right=Right.EDIT, status=204, suits=editable, headers=(*CONDITIONS, *COMMON),
    statuses=(410, 412, 428), description=LOCKED))
def _delete(asked: Asked, feature_id: str) -> Answer:
    assert asked.kind is not None
    kind, expected = asked.kind, etags.versions(request.headers.get("If-Match"))
    id_ = ids.number(kind.key, feature_id)
    return _reached(asked, lambda editor: editor.delete(kind, id_, expected), id_)


def editor(asked: Asked, prefer: Preferences, *, unlocked: bool, unless: Versions | None = None) -> Editor:
    """The editor of this request; `dry` when nothing is to be written. unless: versions at which nothing is changed."""
    return Editor(asked.conn, asked.city, asked.principal, received.reason(request), unlocked=unlocked, unless=unless,
                  lenient=prefer.lenient, strict=prefer.strict, dry=_dry(asked, prefer))


def _dry(asked: Asked, prefer: Preferences) -> bool:
    """Whether nothing is to be written; it cannot be repeated by a key, since nothing happened."""
    wanted = asked.values["dry-run"] == "true" or prefer.dry_run
    if wanted and once.HEADER in request.headers:
        raise BadValue(name=once.HEADER, value="", why_zh="不能与 dry-run 同用", why_en="it does not go with dry-run")
    return wanted


def _edit(asked: Asked, change: Callable[[Editor], Written]) -> Answer:
    """Carry out one edit and answer it; a dry run is taken back before it is answered."""
    prefer = received.preferences(request)
    named, unless = (etags.versions(request.headers.get(h)) for h in ("If-Match", "If-None-Match"))
    present = asked.operation.method != "POST"  # what is created has no version yet
    at_work = editor(asked, prefer, unlocked=present and conflict.unlocked(named), unless=unless if present else None)
    if at_work.dry:
        with asked.conn.begin_nested() as tried:
            answer = _answer(asked, prefer, change(at_work))
            tried.rollback()
        answer.status = 200 if answer.status == 201 else answer.status
        answer.headers.pop("Location", None)
        answer.etag = None
        return answer
    written = change(at_work)
    at_work.close()
    return _answer(asked, prefer, written)


def _reached(asked: Asked, change: Callable[[Editor], Written], id_: int) -> Answer:
    """The same; of what was deleted the answer tells the way to its last version."""
    assert asked.kind is not None
    try:
        return _edit(asked, change)
    except Gone as error:
        raise versions.gone(asked, asked.kind, id_) or error from None


def _answer(asked: Asked, prefer: Preferences, written: Written) -> Answer:
    kind = asked.kind
    assert kind is not None
    path = f"/collections/{kind.key}/items/{written.id}"
    if written.version is None:
        return Answer(status=204, headers=prefer.headers)
    created = asked.operation.status == 201
    if prefer.minimal:
        answer = Answer(body=b"", status=201 if created else 204, etag=str(written.version), strong=True)
    else:
        shown = Form(crs.of_body(asked))
        found = features.one(asked.conn, kind, asked.city.key, written.id, asked.sight, shown)
        assert found is not None  # it was seen within this transaction
        answer = items.single(asked, kind, found, [link("self", asked.url(path), GEOJSON.media)], shown)
        answer.status = 201 if created else 200
    answer.headers |= prefer.headers
    if created:
        answer.headers["Location"] = asked.url(path)
    return answer
