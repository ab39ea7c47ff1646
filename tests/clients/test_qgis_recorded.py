"""What newer QGIS desktops send when they edit by OGC API – Features, replayed: Debian's QGIS only reads that way.

After QgsOapifOptionsRequest, QgsOapifCreateFeatureRequest, QgsOapifPutFeatureRequest, QgsOapifPatchFeatureRequest and
QgsOapifDeleteFeatureRequest of QGIS 3.34: OPTIONS on the items and on one feature decide what may be edited; a new
feature is named by Location; geometries go by PUT of all that QGIS knows; attributes by PATCH; versions are never sent.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

ITEMS = "/collections/toilet/items"
part4 = pytest.mark.requirement("ogcapi-features-4/1.0/req/create-replace-delete/options-response",
                                "ogcapi-features-4/1.0/req/features/resource-endpoint")


@pytest.fixture
def send(site: str, writer: str) -> Callable[..., Any]:
    """One request as QGIS makes it: Basic, no If-Match, no Accept of its own."""
    def ask(method: str, path: str, body: Any = None, media: str | None = None) -> Any:
        signed = "Basic " + base64.b64encode(f"qgis:{writer}".encode()).decode()
        headers = {"Authorization": signed, "User-Agent": "Mozilla/5.0 QGIS/33400/Windows", "Accept": "*/*"}
        headers |= {"Content-Type": media} if media else {}
        data = None if body is None else json.dumps(body).encode()
        return urllib.request.urlopen(urllib.request.Request(site + path, data, headers, method=method), timeout=20)
    return ask


@part4
def test_a_layer_is_edited_as_qgis_does_it(site, send):
    assert "POST" in send("OPTIONS", ITEMS).headers["Allow"].split(", ")
    some = json.load(send("GET", f"{ITEMS}?limit=1"))["features"][0]["id"]
    assert {"PUT", "PATCH", "DELETE"} <= set(send("OPTIONS", f"{ITEMS}/{some}").headers["Allow"].split(", "))
    new = {"type": "Feature", "properties": {"code": "QD-1", "name": "新公厕", "version": None, "updated_at": None, "length_m": None},
           "geometry": {"type": "Point", "coordinates": [120.5, 30.0]}}
    answer = send("POST", ITEMS, new, "application/geo+json")
    assert answer.status == 201
    here = answer.headers["Location"].removeprefix(site)
    assert here.startswith(f"{ITEMS}/")

    known = json.load(send("GET", here))
    known["geometry"] = {"type": "Point", "coordinates": [120.501, 30.001]}
    sent = {k: known[k] for k in ("type", "id", "geometry", "properties")}
    assert send("PUT", here, sent, "application/geo+json").status in (200, 204)
    assert send("PATCH", here, {"properties": {"name": "改名"}}, "application/merge-patch+json").status in (200, 204)
    found = json.load(send("GET", here))
    assert (found["properties"]["name"], found["properties"]["version"]) == ("改名", 3)
    assert found["geometry"]["coordinates"] == [120.501, 30.001]
    assert send("DELETE", here).status in (200, 204)
    with pytest.raises(urllib.error.HTTPError) as gone:
        send("GET", here)
    assert gone.value.code == 410


@part4
def test_who_may_not_edit_is_told_so_before_trying(site):
    answer = urllib.request.urlopen(urllib.request.Request(site + ITEMS, method="OPTIONS"), timeout=20)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
