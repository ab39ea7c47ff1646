"""What all records of assets share on the web: ids in paths, pages by id, features with the place of the asset."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import request

from api import crs, cursor, i18n, ids, record_page
from api.answers import Answer
from api.formats import JSON
from api.links import link
from api.operations import Asked
from api.params import choice
from registry import catalogue
from registry.errors import NotFound
from registry.kinds import AssetClass, FeatureKind
from registry.scope import Principal

RECORDS = "records.html"
MERGE = "application/merge-patch+json"
TAKES = ("application/json",)
CHANGES = ("application/json", MERGE)
FEATURE = {"feature_id": ("设施编号|Id of the asset", {"type": "integer", "format": "int64"})}


def of_id(name: str, title: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """The description of an id in a path."""
    return {name: (title, {"type": "integer", "format": "int64"})}


YES = choice("overdue", "只要超期的|Only those overdue", ("true", "false"))


def suits(kind: FeatureKind, principal: Principal) -> bool:
    """Records are of assets; zones have none."""
    return kind.table == "asset"


def named(asked: Asked, feature_id: str) -> tuple[AssetClass, int]:
    """The class with all its fields and the id of the asset that a path names; NotFound where it can be none."""
    assert asked.kind is not None
    id_, kind = ids.number(asked.kind.key, feature_id), catalogue.load().classes.get(asked.kind.key)
    if kind is None:
        raise NotFound(what=f"{asked.kind.key}/{feature_id}")
    return kind, id_


def one(asked: Asked, found: dict[str, Any], path: str, title: str, status: int = 200) -> Answer:
    """A single record, its version as the ETag; made anew it says where it is."""
    item = asked.url(f"/collections/{found['class']}/items/{found['asset_id']}") if "class" in found else None
    links = [*asked.self_links()] if not asked.operation.writes else [link("self", asked.url(path), JSON.media)]
    links += [link("about", item, "application/geo+json", i18n.say("设施", "Asset"))] if item else []
    version = found.get("version")
    return Answer({**found, "links": links}, RECORDS, title, more={**record_page.rows(asked, [found]), "single": True}, status=status, etag=str(version) if version else None, strong=True,
                  headers={"Location": asked.url(path)} if status == 201 else {})


def features(asked: Asked, read: Callable[[int, int | None], Sequence[dict[str, Any]]], facts: dict[str, Any],
             title: str) -> Answer:
    """A page of features by id. `read` takes how many and after which id; rows carry `id` and `geometry` (text)."""
    rows, links = _page(asked, read)
    shown = crs.chosen(asked)
    listed = [{"type": "Feature", "id": r["id"], "geometry": shown.geojson(json.loads(r["geometry"])) if r["geometry"] else None,
               "properties": {k: v for k, v in r.items() if k not in ("id", "geometry")}} for r in rows]
    return Answer({"type": "FeatureCollection", **facts, "numberReturned": len(rows), "features": listed, **crs.told(shown),
                   "links": links},
                  RECORDS, title, more=record_page.rows(asked, rows), headers=crs.headers(shown))


def listing(asked: Asked, name: str, read: Callable[[int, int | None], Sequence[dict[str, Any]]], title: str) -> Answer:
    """A page of plain objects by id."""
    rows, links = _page(asked, read)
    return Answer({name: list(rows), "numberReturned": len(rows), "links": links}, RECORDS, title,
                  more=record_page.rows(asked, rows))


def _page(asked: Asked, read: Callable[[int, int | None], Sequence[dict[str, Any]]]) -> tuple[Sequence[dict[str, Any]], list[dict[str, str]]]:
    limit = asked.values["limit"]
    mark = cursor.fingerprint(request.path, asked.city.key, asked.given)
    given = asked.values["cursor"]
    rows = read(limit + 1, cursor.integers(given, mark, 1)[0] if given else None)
    links = asked.self_links()
    if len(rows) > limit:
        rows = rows[:limit]
        after = cursor.encode((rows[-1]["id"],), mark)
        links.append(asked.next_link(cursor=after))
    return rows, links
