"""Who asks: the token in the Authorization header, else the public."""

from __future__ import annotations

import base64
import binascii

from flask import Request
from sqlalchemy import Connection

from api import limits
from api.errors import SetUpWrong
from registry.errors import BadFile, NotSignedIn
from registry.kinds import Label
from registry.scope import Principal, Right, public
from registry.store import tokens

# How a refusal calls them.
RIGHTS = {
    Right.READ: Label("读取", "read"), Right.PHOTOS: Label("查看附件", "see attachments"),
    Right.HISTORY: Label("查看谁在何时为何改动", "see who changed what and why"),
    Right.INSPECT: Label("登记检查、隐患、附件", "record inspections, defects and attachments"),
    Right.EDIT: Label("修改设施", "change assets"), Right.FIGURES: Label("查看全市指标", "see figures over the whole"),
    Right.PUBLISH: Label("发布", "publish"), Right.TOKENS: Label("管理令牌", "manage tokens"),
}


def credential(request: Request) -> str | None:
    """The secret that the request carries: as bearer token, or as the password of HTTP Basic (QGIS, GDAL, OWSLib)."""
    given = request.headers.get("Authorization", "").strip()
    if not given:
        return None
    scheme, _, rest = given.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def nobody() -> Principal:
    """The public; SetUpWrong when the file that says what it may see has become wrong."""
    try:
        return public()
    except BadFile as error:
        raise SetUpWrong from error


def of(request: Request, conn: Connection) -> Principal:
    """The principal of a request; NotSignedIn when there is a credential that does not hold."""
    secret = credential(request)
    if secret is None:
        return nobody()
    found = tokens.find(conn, secret) if secret else None
    if found is None:
        limits.note_failure()
        raise NotSignedIn(why_zh="令牌不对、已过期或已吊销", why_en="it is unknown, expired or revoked")
    return found.principal
