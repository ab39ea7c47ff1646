"""What comes with an edit: the feature in the body, the versions it is of, preferences, the reason, the CRS."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from flask import Request

from api.crs import DEFAULT_NAMES
from api.errors import BadBody
from registry.errors import BadValue
from registry.geo import CRS84
from registry.kinds import FeatureKind
from registry.served_crs import DEFAULT, Served
from registry.store.edits import Given

MERGE_PATCH = "application/merge-patch+json"
WHOLE = ("application/geo+json", "application/json")
PATCH = (MERGE_PATCH, *WHOLE)
LONGEST_REASON = 500
PREFERENCES = {"return": ("minimal", "representation"), "handling": ("strict", "lenient")}


@dataclass(frozen=True)
class Preferences:
    """The preferences of RFC 7240 that are known here; `applied` is what Preference-Applied says."""

    minimal: bool = False
    strict: bool = False
    lenient: bool = False
    dry_run: bool = False
    applied: tuple[str, ...] = field(default=())

    @property
    def headers(self) -> dict[str, str]:
        return {"Preference-Applied": ", ".join(self.applied)} if self.applied else {}


def preferences(request: Request) -> Preferences:
    """The Prefer headers; of a preference given twice the first counts, what is not known is passed over."""
    found: dict[str, str] = {}
    for part in ",".join(request.headers.getlist("Prefer")).split(","):
        name, _, value = part.split(";")[0].partition("=")
        name, value = name.strip().lower(), value.strip().strip('"').lower()
        if value in PREFERENCES.get(name, ()) or (name == "dry-run" and value in ("", "true")):
            found.setdefault(name, value)
    return Preferences(found.get("return") == "minimal", found.get("handling") == "strict",
                       found.get("handling") == "lenient", "dry-run" in found,
                       tuple(f"{k}={v}" if v else k for k, v in found.items()))


def reason(request: Request) -> str:
    """Why the change is made. Headers are Latin-1: UTF-8 comes percent-encoded or as its raw bytes."""
    said = request.headers.get("Registry-Reason", "")
    with suppress(UnicodeError):
        said = said.encode("latin-1").decode()
    with suppress(UnicodeError):
        said = unquote(said, errors="strict")
    said = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    if len(said) > LONGEST_REASON:
        raise BadValue(name="Registry-Reason", value=said[:40], why_zh=f"超过 {LONGEST_REASON} 个字",
                       why_en=f"longer than {LONGEST_REASON} characters")
    return said


def feature(body: Any, kind: FeatureKind, *, whole: bool, crs: Served = DEFAULT) -> Given:
    """A GeoJSON feature, or of a patch the members that change. An `id` in it says nothing; other members neither.

    crs: of its coordinates. Derived coordinates that were read here are not taken back.
    """
    if not isinstance(body, dict):
        raise BadBody(why_zh="应为一个 GeoJSON 要素（JSON 对象）", why_en="a GeoJSON feature (a JSON object) is expected")
    if body.get("type") == "FeatureCollection":
        raise BadBody(why_zh="一次只收一个要素；成批写入请用 POST /transactions",
                      why_en="one feature at a time; to write many use POST /transactions")
    if body.get("type", "Feature") != "Feature":
        raise BadBody(why_zh="type 应为 Feature", why_en="its type must be Feature")
    _check_member_crs(body.get("crs"))
    if body.get("derived") is not None:
        raise BadBody(why_zh="坐标是推算出来供底图叠加的（derived），不能写回", why_en="its coordinates are derived, to fit a base map, and are not taken back")
    properties = body.get("properties", {})
    if properties is None:  # of a patch: all of them are unset (RFC 7396)
        properties = {} if whole else {f.key: None for f in kind.fields}
    if not isinstance(properties, dict):
        raise BadBody(why_zh="properties 应为 JSON 对象", why_en="properties must be a JSON object")
    return Given(properties, (body["geometry"],) if "geometry" in body else (), crs)


def _check_member_crs(crs: Any) -> None:
    said = crs.get("properties") if isinstance(crs, dict) else None
    name = said.get("name") if isinstance(said, dict) else None
    if crs is not None and (not isinstance(name, str) or name not in DEFAULT_NAMES):
        raise BadBody(why_zh=f"坐标应为 {CRS84}", why_en=f"coordinates must be {CRS84}")
