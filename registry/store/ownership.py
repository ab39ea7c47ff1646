"""Ownership (确权): disputed claims and their outcome, the history of who owned and kept, and what nobody owns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from registry import history, moment, sql
from registry.db.fragments import Fragment
from registry.errors import NotFound
from registry.history import Batch
from registry.kinds import AssetClass, Label
from registry.kinds.form import Problems, read, title
from registry.kinds.records import CLAIM, CLAIM_CHANGE, CLAIM_STATUS
from registry.scope import Sight
from registry.store import records
from registry.store.conflict import Versions
from registry.store.geojson import wound_sql
from registry.store.records import Writer

DISPUTED, CONFIRMED = "disputed", "confirmed"
ROLES = ("owner", "keeper", "supervisor")
# What claims tell of an asset; who may not see one of these of a class sees no claims there either.
TELLS = (*ROLES, "ownership_status")


def claim(conn: Connection, city: str, kind: AssetClass, asset_id: int, said: Any, writer: Writer) -> dict[str, Any]:
    """Somebody claims a role in an asset, which is disputed from now on. Invalid names what is wrong."""
    problems = Problems(Label(f"权属主张（{kind.title.zh} {asset_id}）", f"claim on {kind.key}/{asset_id}"))
    values = read(CLAIM, said, problems)
    values["opened_on"] = values.get("opened_on") or moment.today()
    if values["opened_on"] > moment.today():
        problems.add("opened_on", "future", value=values["opened_on"])
    problems.refuse()
    batch = writer.open(conn, city)
    asset = records.asset(conn, writer.sight, kind, city, asset_id, tells=TELLS)
    rivals = _open(conn, asset_id)
    before = rivals[0]["attrs"].get("before") if rivals else asset.ownership_status
    id_ = records.insert(conn, "claim", batch, {**values, "asset_id": asset_id, "status": "open", "attrs": {"before": before}})
    records.change_asset(conn, batch, kind.key, asset_id, {"ownership_status": DISPUTED})
    history.seal(conn, batch, {"claims": 1})
    return get(conn, writer.sight, city, id_)


def resolve(conn: Connection, city: str, id_: int, expected: Versions | None, said: Any, writer: Writer) -> dict[str, Any]:
    """End an open claim: accepted, rejected or withdrawn; the asset follows in the same batch.

    Accepted, the claimant has the role. The ownership is confirmed when no other claim is open; until then the
    asset stays disputed. When the last one ends without being accepted, it is again what it was.
    """
    problems = Problems(Label(f"争议 {id_}", f"claim/{id_}"))
    values = read(CLAIM_CHANGE, said, problems)
    problems.refuse()
    history.lock(conn, city)
    now = get(conn, writer.sight, city, id_)
    records.same_version("claim", now, expected, said, writer)
    values["resolved_on"] = values.get("resolved_on") or moment.today()
    if values["status"] == "open" or now["status"] != "open":
        problems.add("status", "outcome", value=values["status"], old=CLAIM_STATUS.title_of(now["status"]),
                     new=CLAIM_STATUS.title_of(values["status"]))
    if values["resolved_on"] < now["opened_on"]:
        problems.add("resolved_on", "order", value=values["resolved_on"], other=title(CLAIM, "opened_on"))
    if values["resolved_on"] > moment.today():
        problems.add("resolved_on", "future", value=values["resolved_on"])
    problems.refuse()
    batch = writer.open(conn, city)
    records.update(conn, "claim", batch, id_, now["version"], values)
    _follow(conn, batch, now, values["status"] == "accepted")
    history.seal(conn, batch, {"claims": 1})
    return get(conn, writer.sight, city, id_)


def get(conn: Connection, sight: Sight, city: str, id_: int) -> dict[str, Any]:
    """One claim; NotFound where it, or its asset, is not seen."""
    held = records.held("claim", sight.as_of)
    row = conn.execute(text(f"SELECT c.* FROM {held.text} c WHERE c.id = :id AND c.city = :city"),
                       {"id": id_, "city": city, **held.values}).mappings().first()
    asset = records.holder(conn, sight, city, row["asset_id"], deleted=True, tells=TELLS) if row else None
    if row is None or asset is None:
        raise NotFound(what=f"claim/{id_}")
    return {k: v for k, v in row.items() if k not in ("city", "source", "source_hash", "row_hash")} | \
        {"class": asset._mapping["class"]}


def queue(conn: Connection, sight: Sight, city: str, *, status: str | None = "open", kind: str | None = None,
          dispute: str | None = None, district: str | None = None, limit: int = 100,
          after: int | None = None) -> list[dict[str, Any]]:
    """Claims by id with the place of their asset; kind: class of the asset, dispute: kind of the claim."""
    seen = sight.assets(records.classes(sight, kind, TELLS))
    held = records.held("claim", sight.as_of)
    rows = conn.execute(sql.statement("claims", assets=seen.text, claims=held.text, shape=wound_sql()), {
        **seen.values, **held.values, "city": city, "status": status, "dispute": dispute, "limit": limit, "after": after,
        "district": records.district(conn, sight, city, district)})
    return [dict(r) for r in rows.mappings()]


def timeline(conn: Connection, sight: Sight, city: str, kind: AssetClass, asset_id: int) -> dict[str, Any]:
    """Who owned, kept and supervised an asset since when, who wrote that and why, with the claims and their evidence."""
    records.asset(conn, sight, kind, city, asset_id, deleted=True, tells=TELLS)
    seen = sight.versions(kind)
    rows = conn.execute(sql.statement("ownership_versions", versions=seen.text),
                        {**seen.values, "class": kind.key, "city": city, "id": asset_id}).mappings()
    claims = conn.execute(text("SELECT id, kind, claimant, claimant_code, role, basis, status, opened_on, resolved_on, "
                               "resolution, version FROM claim WHERE asset_id = :id AND city = :city ORDER BY id"),
                          {"id": asset_id, "city": city}).mappings()
    evidence = conn.execute(text("SELECT id, subject, subject_id, purpose, name, media, bytes, sha256 FROM attachment "
                                 "WHERE asset_id = :id AND city = :city AND (subject = 'claim' OR purpose = 'evidence') "
                                 "ORDER BY id"), {"id": asset_id, "city": city}).mappings()
    return {"asset_id": asset_id, "class": kind.key, "timeline": _changes([dict(r) for r in rows]),
            "claims": [dict(r) for r in claims], "evidence": [dict(r) for r in evidence]}


def ownerless(conn: Connection, sight: Sight, city: str, *, kind: str | None = None, district: str | None = None,
              limit: int = 100, after: int | None = None) -> list[dict[str, Any]]:
    """Assets without an owner (无主), or whose ownership is not confirmed, by id with their place."""
    found, values = _ownerless(conn, sight, city, kind, district)
    rows = conn.execute(sql.statement("ownerless", **found, shape=wound_sql()), {**values, "limit": limit, "after": after})
    return [dict(r) for r in rows.mappings()]


def count_ownerless(conn: Connection, sight: Sight, city: str, *, kind: str | None = None,
                    district: str | None = None) -> dict[str, int]:
    """How many there are, exactly, and beside them how many have an owner of whom nobody can say that it is so.

    ownerless: those listed; pending, disputed, unsaid: assets with an owner, by what is said of the ownership.
    """
    found, values = _ownerless(conn, sight, city, kind, district)
    return conn.execute(sql.statement("ownerless_count", **found), values).one()._asdict()


# -- inside --------------------------------------------------------------------------------------
def _open(conn: Connection, asset_id: int) -> list[dict[str, Any]]:
    found = conn.execute(text("SELECT id, version, attrs FROM claim WHERE asset_id = :id AND status = 'open' ORDER BY id"),
                         {"id": asset_id})
    return [dict(r) for r in found.mappings()]


def _follow(conn: Connection, batch: Batch, ended: Mapping[str, Any], accepted: bool) -> None:
    """The asset after a claim has ended."""
    asset = conn.execute(text("SELECT class, ownership_status, attrs FROM asset WHERE id = :id"),
                         {"id": ended["asset_id"]}).mappings().first()
    if asset is None:  # deleted meanwhile: the claim is only history
        return
    rivals = _open(conn, ended["asset_id"])
    said: dict[str, Any] = {}
    if accepted:
        code = f"{ended['role']}_code"
        attrs = {k: v for k, v in asset["attrs"].items() if k != code}
        said = {ended["role"]: ended["claimant"],
                "attrs": attrs | ({code: ended["claimant_code"]} if ended["claimant_code"] else {})}
        for rival in rivals:
            records.update(conn, "claim", batch, rival["id"], rival["version"], {"attrs": {**rival["attrs"], "before": CONFIRMED}})
    if not rivals and (accepted or asset["ownership_status"] == DISPUTED):
        said["ownership_status"] = CONFIRMED if accepted else ended["attrs"].get("before")
    if said:
        records.change_asset(conn, batch, asset["class"], ended["asset_id"], said)


def _changes(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The versions at which one of the four changed, oldest first."""
    found: list[dict[str, Any]] = []
    for row in versions:
        if not found or any(row[k] != found[-1][k] for k in TELLS):
            found.append(row)
    return found


def _ownerless(conn: Connection, sight: Sight, city: str, kind: str | None,
               district: str | None) -> tuple[dict[str, str], dict[str, Any]]:
    seen: Fragment = sight.assets(records.classes(sight, kind, TELLS))
    return {"assets": seen.text}, {**seen.values, "city": city, "district": records.district(conn, sight, city, district)}
