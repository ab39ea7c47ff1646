"""Ownership (确权) on the web: claims and their outcome, whose an asset was, what nobody owns, organisations."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint

from api import body, i18n, ids, records, writing
from api.answers import Answer
from api.crs import CRS_PARAM
from api.filters import AS_OF_PARAM, CLASS, DISTRICT, PAGING, Q_PARAM
from api.formats import GEOJSON, HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import choice
from registry.kinds.records import CLAIM_KIND, CLAIM_STATUS
from registry.scope import Right
from registry.store import organisations
from registry.store import ownership as store

ownership = Blueprint("ownership", __name__)
ID = records.of_id("claim_id", "争议编号|Id of the claim")
STATUS = choice("status", "状态|Status", CLAIM_STATUS.values, "open")
DISPUTE = choice("kind", "争议类型|Kind of dispute", CLAIM_KIND.values)


@operation(ownership, Operation(
    "claim_asset", "/collections/<collection>/items/<feature_id>/claims", "提出权属主张|Claim an asset", "records", (JSON,),
    "Claim", path=records.FEATURE, method="POST", right=Right.INSPECT, takes=records.TAKES, body=writing.form("ClaimForm"), status=201, headers=writing.REASON, statuses=writing.REFUSED,
    suits=records.suits, description="设施的确权状态随即为 disputed|The asset is disputed from now on"))
def _claim(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = records.named(asked, feature_id)
    made = store.claim(asked.conn, asked.city.key, kind, id_, body.read_json(), writing.writer(asked))
    return records.one(asked, made, f"/claims/{made['id']}", i18n.say("争议", "Claim"), 201)


@operation(ownership, Operation(
    "ownership", "/collections/<collection>/items/<feature_id>/ownership", "权属的来历|Whose it was", "records", (JSON, HTML),
    "Ownership", path=records.FEATURE, right=Right.HISTORY, suits=records.suits))
def _timeline(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = records.named(asked, feature_id)
    told = store.timeline(asked.conn, asked.sight, asked.city.key, kind, id_)
    for line in told["evidence"]:
        line["href"] = asked.url(f"/attachments/{line['id']}")
    return Answer({**told, "links": asked.self_links()}, title=i18n.say("权属的来历", "Whose it was"))


@operation(ownership, Operation(
    "claims", "/claims", "权属争议|Disputed claims", "records", (GEOJSON, HTML), "FeatureCollection",
    (STATUS, DISPUTE, CLASS, DISTRICT, *PAGING, AS_OF_PARAM, CRS_PARAM), right=Right.HISTORY))
def _claims(asked: Asked) -> Answer:
    return records.features(asked, partial(_queue, asked), {}, i18n.say("权属争议", "Disputed claims"))


def _queue(asked: Asked, limit: int, after: int | None) -> list[dict[str, Any]]:
    v = asked.values
    return store.queue(asked.conn, asked.sight, asked.city.key, status=v["status"], kind=v["class"], dispute=v["kind"],
                       district=v["district"], limit=limit, after=after)


@operation(ownership, Operation("claim", "/claims/<claim_id>", "一项争议|One claim", "records", (JSON, HTML), "Claim",
                                (AS_OF_PARAM,), path=ID, right=Right.HISTORY))
def _one(asked: Asked, claim_id: str) -> Answer:
    found = store.get(asked.conn, asked.sight, asked.city.key, ids.number("claim", claim_id))
    return records.one(asked, found, f"/claims/{found['id']}", i18n.say("争议", "Claim"))


@operation(ownership, Operation(
    "resolve_claim", "/claims/<claim_id>", "裁定争议|Resolve a claim", "records", (JSON,), "Claim", path=ID, method="PATCH",
    right=Right.EDIT, takes=records.CHANGES, body=writing.form("ClaimChange"),
    headers=writing.LOCKED, statuses=(*writing.STALE, 415),
    description="accepted、rejected 或 withdrawn；要 If-Match。采纳后权属单位随之改变|accepted, rejected or withdrawn; If-Match is "
                "needed. Accepted, the asset has the claimant in that role"))
def _resolve(asked: Asked, claim_id: str) -> Answer:
    id_ = ids.number("claim", claim_id)
    version = writing.based_on(asked, f"claim/{id_}")
    found = store.resolve(asked.conn, asked.city.key, id_, version, body.read_json(), writing.writer(asked))
    return records.one(asked, found, f"/claims/{id_}", i18n.say("争议", "Claim"))


@operation(ownership, Operation(
    "ownerless", "/ownerless", "无主设施|Assets without an owner", "records", (GEOJSON, HTML), "FeatureCollection",
    (CLASS, DISTRICT, *PAGING, AS_OF_PARAM, CRS_PARAM),
    description="没有权属单位，或未确权；counts 另计有单位而说不清的：确权中、有争议、没有说|No owner, or not confirmed; counts "
                "also tells of how many with an owner nobody can say: pending, disputed, unsaid"))
def _ownerless(asked: Asked) -> Answer:
    limits = {"kind": asked.values["class"], "district": asked.values["district"]}
    counts = store.count_ownerless(asked.conn, asked.sight, asked.city.key, **limits)
    read = partial(_unowned, asked, limits)
    return records.features(asked, read, {"numberMatched": counts["ownerless"], "counts": counts},
                            i18n.say("无主设施", "Assets without an owner"))


def _unowned(asked: Asked, limits: dict[str, Any], limit: int, after: int | None) -> list[dict[str, Any]]:
    return store.ownerless(asked.conn, asked.sight, asked.city.key, limit=limit, after=after, **limits)


@operation(ownership, Operation(
    "organisations", "/organisations", "单位|Organisations", "records", (JSON, HTML), "Organisations",
    (Q_PARAM, *PAGING)))
def _organisations(asked: Asked) -> Answer:
    return records.listing(asked, "organisations", partial(_organised, asked), i18n.say("单位", "Organisations"))


def _organised(asked: Asked, limit: int, after: int | None) -> list[dict[str, Any]]:
    return organisations.every(asked.conn, asked.city.key, asked.values["q"], limit=limit, after=after)
