"""Features written in every served CRS, in its own order of axes, and read back the same to a millimetre."""

from __future__ import annotations

from typing import Any

import pytest
from editors import problem, road
from test_part2_crs import CODES, CRS84, EPSG, GCJ, from_degrees

from registry import shifted

ROADS = "/collections/road/items"
PLACES = [(120.5123456789, 30.0123456789), (120.6789, 30.1), (120.75, 29.95)]
MILLIMETRE = {4326: 1e-8, 4490: 1e-8, 4549: 1e-3, 4528: 1e-3, 3857: 1e-3}
req = pytest.mark.requirement
EDITS = "ogcapi-features-4/1.0/req/features/"


def in_crs(uri: str, code: str) -> dict[str, Any]:
    made = road(code)
    made["geometry"]["coordinates"] = [list(from_degrees(uri, *place)) for place in PLACES]
    return made


@req("ogcapi-features-2/1.0/req/crs/ogc-crs-header", f"{EDITS}content-crs-header", f"{EDITS}crs-other-crs")
@pytest.mark.parametrize("code", CODES)
def test_what_is_written_in_a_crs_is_read_back_in_it_the_same_to_a_millimetre(editor, code):
    uri = f"{EPSG}{code}"
    sent = in_crs(uri, f"W{code}")
    made = editor.made(ROADS, sent, Content_Crs=f"<{uri}>")
    assert editor.last.headers["Content-Crs"] == f"<{uri}>"
    read = editor.get(f"{ROADS}/{made['id']}?crs={uri}")
    for shown in (made, read):
        for ours, theirs in zip(shown["geometry"]["coordinates"], sent["geometry"]["coordinates"], strict=True):
            assert ours == pytest.approx(theirs, abs=MILLIMETRE[code])
    stored = editor.get(f"{ROADS}/{made['id']}")["geometry"]["coordinates"]
    for ours, theirs in zip(stored, PLACES, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-8)


@pytest.mark.parametrize("code", CODES)
def test_what_was_read_and_is_sent_back_unchanged_changes_nothing(editor, code):
    uri = f"{EPSG}{code}"
    made = editor.made(ROADS, in_crs(CRS84, f"S{code}"))
    read = editor.get(f"{ROADS}/{made['id']}?crs={uri}")
    for again in (editor.put, editor.patch):
        answer = again(f"{ROADS}/{made['id']}", {k: read[k] for k in ("type", "geometry", "properties")}, 1, Content_Crs=f"<{uri}>")
        assert answer.status_code == 200 and answer.headers["ETag"] == '"1"', answer.text
    read["geometry"]["coordinates"][0][1] += 1e-5 if code in (4326, 4490) else 1
    assert editor.patch(f"{ROADS}/{made['id']}", {"geometry": read["geometry"]}, 1, Content_Crs=uri).headers["ETag"] == '"2"'


def test_a_conflict_shows_the_present_feature_in_the_crs_of_the_body(editor):
    uri = f"{EPSG}4549"
    made = editor.made(ROADS, in_crs(uri, "C1"), Content_Crs=uri)
    editor.patch(f"{ROADS}/{made['id']}", {"properties": {"name": "新名"}}, 1)
    stale = problem(editor.put(f"{ROADS}/{made['id']}", made, 1, Content_Crs=uri), 412)
    assert stale["crs"] == uri and stale["current"]["geometry"] == made["geometry"]
    assert [d["field"] for d in stale["differs"]] == ["name"]


def test_a_transaction_has_one_crs_for_all_its_coordinates(editor):
    uri = f"{EPSG}4549"
    answer = editor.post("/transactions", {"transaction": [
        {"action": "insert", "collection": "road", "items": [in_crs(uri, "T1"), in_crs(uri, "T2")]}]},
        media="application/json", Content_Crs=f"<{uri}>")
    assert answer.status_code == 200 and answer.headers["Content-Crs"] == f"<{uri}>", answer.text
    for result in answer.json["results"]:
        assert editor.get(f"{ROADS}/{result['id']}")["geometry"]["coordinates"][0] == pytest.approx(PLACES[0], abs=1e-8)


@req(f"{EDITS}crs-other-crs")
@pytest.mark.parametrize("said", ["http://www.opengis.net/def/crs/0/unsupported", f"{EPSG}4548", f"{EPSG}2385", GCJ, "gcj02", "x" * 300])
def test_a_body_in_another_crs_is_refused_by_naming_those_there_are(editor, said):
    made = editor.made(ROADS, in_crs(CRS84, f"U{abs(hash(said))}"))
    path = f"{ROADS}/{made['id']}"
    for answer in (editor.post(ROADS, road("X"), Content_Crs=said), editor.put(path, made, 1, Content_Crs=f"<{said}>"),
                   editor.patch(path, {}, 1, Content_Crs=said),
                   editor.post("/transactions", {"transaction": []}, media="application/json", Content_Crs=said)):
        refused = problem(answer, 400)
        assert CRS84 in refused["zh"] and f"{EPSG}4549" in refused["en"] and GCJ not in refused["detail"].partition("；")[2]


def test_coordinates_of_another_zone_are_no_place_of_this_one(editor):
    refused = problem(editor.post(ROADS, in_crs(f"{EPSG}4528", "Z1"), Content_Crs=f"{EPSG}4549"), 422)
    assert refused["errors"][0]["code"] == "bad_coordinates"


def test_derived_coordinates_that_were_read_here_are_not_taken_back(editor):
    made = editor.made(ROADS, in_crs(CRS84, "D1"))
    read = editor.get(f"{ROADS}/{made['id']}?crs={GCJ}")
    assert read["geometry"]["coordinates"][0] == pytest.approx(shifted.to_gcj02(_array(PLACES))[0], abs=1e-6)
    assert "derived" in problem(editor.put(f"{ROADS}/{made['id']}", read, 1), 400)["en"]


def _array(places: list[tuple[float, float]]) -> Any:
    import numpy as np

    return np.array(places)
