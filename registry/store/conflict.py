"""Why an edit is refused though its values are sound: another version, another's code, the border of a scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from registry.db.columns import MEASURES, discriminator
from registry.errors import CodeTaken, Forbidden, Stale, VersionExcluded, VersionNeeded
from registry.kinds import FeatureKind, Field
from registry.kinds.check import check
from registry.scope import Scope, Sight

# Versions that an edit may be of; ANY: whichever is live.
Versions = frozenset[str]
ANY: Versions = frozenset("*")
_PARTS = {"city": "城市", "districts": "区", "streets": "街道", "grids": "管理网格", "classes": "类别", "owners": "权属单位",
          "keepers": "养护单位"}


def unlocked(expected: Versions | None) -> bool:
    """Whether whichever version is live is to be changed: none is named, or any."""
    return expected is None or expected == ANY


def same_version(kind: FeatureKind, feature: Mapping[str, Any], expected: Versions | None, no_lock: bool,
                 properties: Mapping[str, Any], geometry: tuple[Any, ...], whole: bool) -> None:
    """Refuse an edit that names no version (VersionNeeded) or not the live one (Stale, with what differs).

    no_lock: who edits may leave the version out, or name any. geometry: what is sent as geometry, empty when none is.
    """
    what, found = f"{kind.key}/{feature['id']}", feature["properties"]["version"]
    if unlocked(expected):
        if no_lock:
            return
        raise VersionNeeded(what=what)
    assert expected is not None
    if str(found) in expected:
        return
    stale = Stale(what=what, given=", ".join(sorted(expected)), found=found)
    stale.more = {"current": feature, "differs": differences(kind, feature, properties, geometry, whole)}
    raise stale


def other_version(what: str, now: Mapping[str, Any], found: int, unless: Versions | None) -> None:
    """Refuse a change of what is at a version that is ruled out, ANY ruling out whichever: VersionExcluded, with what is there."""
    if unless is None or (unless != ANY and str(found) not in unless):
        return
    error = VersionExcluded(what=what, given=", ".join(sorted(unless)), found=found)
    error.more = {"current": dict(now)}
    raise error


def differences(kind: FeatureKind, feature: Mapping[str, Any], properties: Mapping[str, Any], geometry: tuple[Any, ...],
                whole: bool) -> list[dict[str, Any]]:
    """Field by field: what was sent, and what is there now."""
    now = feature["properties"]
    made = check(kind, properties, now, whole=whole, lenient=True)
    sent = {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in made.values.items()
            if k in properties or not _given_back(kind.by_key[k], now)}
    sent |= {w.field: properties.get(w.field) for w in made.wrong if w.field is not None and w.field in now}
    found = [{"field": key, "yours": value, "current": now.get(key)} for key, value in sent.items()]
    if geometry and geometry[0] != feature["geometry"]:
        found.append({"field": "geometry", "yours": geometry[0], "current": feature["geometry"]})
    return found


def _given_back(field: Field, now: Mapping[str, Any]) -> bool:
    """Whether a field that is left out is filled again: by its default, its place, the measure of the geometry."""
    flag = MEASURES.get(field.column or "")
    return field.zone is not None or (field.default is not None and now[field.key] == field.default) \
        or (flag is not None and now.get(flag) is False)


def overtaken(kind: FeatureKind, id_: int, version: int) -> Stale:
    """The version that was just read is the live one no more."""
    return Stale(what=f"{kind.key}/{id_}", given=version, found="?")


def taken(conn: Connection, sight: Sight, kind: FeatureKind, city: str, code: str, other: int) -> CodeTaken:
    """The error that names the other thing, as far as it may be seen."""
    if within(conn, sight, kind, city, other):
        error = CodeTaken(code=code, why_zh=f"{kind.title.zh} {other}", why_en=f"{kind.key}/{other}")
        error.more = {"field": "code", "other": {"collection": kind.key, "id": other}}
        return error
    return CodeTaken(code=code, why_zh="属于您范围之外的一个设施", why_en="by something outside your scope")


def within(conn: Connection, sight: Sight, kind: FeatureKind, city: str, id_: int) -> bool:
    """Whether the row is seen, and so may be touched."""
    seen = sight.rows(kind)
    if seen.sql == kind.table:
        return True
    return conn.execute(text(f"SELECT EXISTS (SELECT FROM {seen.text} a WHERE a.{discriminator(kind)} = :key "
                             "AND a.city = :city AND a.id = :id)"),
                        {**seen.values, "key": kind.key, "city": city, "id": id_}).scalar_one() is True


def outside(sight: Sight, kind: FeatureKind, id_: int) -> Forbidden:
    """The error that names the border that the change would cross."""
    who = sight.principal
    return Forbidden(who=who.name, what_zh=f"把 {kind.key}/{id_} 改到自己的范围之外（{border(who.scope, 'zh')}）",
                     what_en=f"take {kind.key}/{id_} out of their scope ({border(who.scope, 'en')})")


def border(scope: Scope, lang: str) -> str:
    """A scope in words."""
    parts = scope.as_dict().items()
    return "；".join(f"{_PARTS[k]} {'、'.join([v] if isinstance(v, str) else v)}" for k, v in parts) if lang == "zh" else \
        "; ".join(f"{k} {', '.join([v] if isinstance(v, str) else v)}" for k, v in parts)
