"""Attachments on the web: raw bytes in, the same bytes out, never shown by the browser as a page of ours."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import RequestEntityTooLarge

from api import body, i18n, ids, records, writing
from api.answers import Answer
from api.filters import PAGING
from api.formats import FILE, HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import Param, Wrong, choice, text
from registry.kinds.media import MEDIA
from registry.scope import Right
from registry.store import attachments as store
from registry.store.attachments import LONGEST_NAME, LONGEST_NOTE, PURPOSES, SUBJECTS, Document

attachments = Blueprint("attachments", __name__)
EVIDENCE = "凭证、文件和争议的附件须有 history 权|Evidence, documents and what belongs to a claim need the right history"
OF_ASSET = "/collections/<collection>/items/<feature_id>/attachments"


def _subject(raw: str) -> tuple[str, int]:
    name, _, number = raw.partition(":")
    if name not in SUBJECTS or name == "asset" or not (number.isascii() and number.isdigit() and 0 < len(number) < 19):
        raise Wrong("应为 inspection:编号、defect:编号或 claim:编号", "inspection:ID, defect:ID or claim:ID is needed")
    return name, int(number)


NAME = Param("name", "文件名|Name of the file", {"type": "string", "maxLength": LONGEST_NAME}, text(LONGEST_NAME), required=True)
SUBJECT = Param("subject", "属于哪次检查、隐患或争议；不给则属于设施|Of which inspection, defect or claim; else of the asset",
                {"type": "string", "pattern": "^(inspection|defect|claim):[0-9]{1,18}$"}, _subject)
NOTE = Param("note", "说明|Note", {"type": "string", "maxLength": LONGEST_NOTE}, text(LONGEST_NOTE))


@operation(attachments, Operation(
    "attach", OF_ASSET, "附上照片或文件|Attach a photo or document", "records", (JSON,), "Attachment",
    (NAME, SUBJECT, choice("purpose", "用途|Purpose", PURPOSES, "photo"), NOTE), path=records.FEATURE, method="POST",
    right=Right.INSPECT, takes=tuple(MEDIA), body=writing.raw, status=201, headers=writing.REASON, statuses=writing.REFUSED, suits=records.suits,
    description="正文即文件本身；类型须与内容相符，大小见 REGISTRY_ATTACHMENT_MB|The body is the file itself; its type must be what it "
                "is, its size at most REGISTRY_ATTACHMENT_MB"))
def _attach(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = records.named(asked, feature_id)
    v = asked.values
    sent = Document(v["name"] or "", request.mimetype, _body(), v["purpose"], v["note"], v["subject"])
    made = store.attach(asked.conn, asked.city.key, kind, id_, sent, writing.writer(asked))
    return records.one(asked, made, f"/attachments/{made['id']}", made["name"], 201)


@operation(attachments, Operation(
    "attachments", OF_ASSET, "设施的附件|Attachments of an asset", "records", (JSON, HTML), "Attachments", PAGING,
    path=records.FEATURE, right=Right.PHOTOS, suits=records.suits, description=EVIDENCE))
def _listed(asked: Asked, feature_id: str) -> Answer:
    return records.listing(asked, "attachments", partial(_page, asked, feature_id), i18n.say("附件", "Attachments"))


def _page(asked: Asked, feature_id: str, limit: int, after: int | None) -> list[dict[str, Any]]:
    kind, id_ = records.named(asked, feature_id)
    found = store.of_asset(asked.conn, asked.sight, asked.city.key, kind, id_, limit=limit, after=after)
    return [r | {"href": asked.url(f"/attachments/{r['id']}")} for r in found]


@operation(attachments, Operation(
    "attachment", "/attachments/<attachment_id>", "附件本身|The file of an attachment", "records", (FILE,), "Attachment",
    path=records.of_id("attachment_id", "附件编号|Id of the attachment"), right=Right.PHOTOS,
    statuses=(503,), description=EVIDENCE))
def _file(asked: Asked, attachment_id: str) -> Response:
    found = store.get(asked.conn, asked.sight, asked.city.key, ids.number("attachment", attachment_id))
    made = send_file(store.file(found), mimetype=found["media"], as_attachment=True, download_name=found["name"],
                     etag=found["sha256"], conditional=True)
    made.headers["X-Content-Type-Options"] = "nosniff"
    made.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    made.headers["Cache-Control"] = "private, no-cache"
    return made


def _body() -> bytes:
    """The bytes that were sent; 413 when they are more than an attachment may have."""
    most = store.longest()
    if (request.content_length or 0) > most:
        raise RequestEntityTooLarge
    data = body.read()
    if len(data) > most:
        raise RequestEntityTooLarge
    return data
