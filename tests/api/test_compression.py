"""Compressed answers: the same bytes for those who ask, tags that edits can name, and streams that flow."""

from __future__ import annotations

import gzip
import zlib

import pytest
from editors import Writer, road, token, version

from api.compression import LEAST_BYTES

GZIP = {"Accept-Encoding": "gzip"}
PAGE = "/collections/road/items?limit=23"


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}&f=csv", f"{PAGE}&f=geojsonseq", "/collections", "/collections?f=html", "/api",
                                     "/collections/road/schema", "/static/map.js", "/collections/road/download?f=geojson",
                                     "/collections/road/download?f=csv"])
def test_what_is_compressed_is_the_same_and_smaller(client, address):
    plain, pressed = client.get(address), client.get(address, headers=GZIP)
    assert "Content-Encoding" not in plain.headers and pressed.headers["Content-Encoding"] == "gzip"
    whole = gzip.decompress(pressed.data)
    assert len(pressed.data) < len(plain.data) / 2
    assert len(whole) == len(plain.data)  # a page tells the time
    for answer in (plain, pressed):
        assert "Accept-Encoding" in answer.headers["Vary"]
    if not address.startswith("/collections/road/download"):
        assert int(pressed.headers["Content-Length"]) == len(pressed.data)


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br, zstd", "gzip;q=0.1, identity", "*;q=0"])
def test_who_does_not_ask_for_it_does_not_get_it(client, accepted):
    assert "Content-Encoding" not in client.get(PAGE, headers={"Accept-Encoding": accepted}).headers


def test_what_is_small_or_pressed_already_stays_as_it_is(client):
    for address in ("/healthz", "/collections/road/download?f=gpkg", "/collections/road/download?f=shp"):
        answer = client.get(address, headers=GZIP)
        assert answer.data and "Content-Encoding" not in answer.headers
    assert len(client.get("/healthz").data) < LEAST_BYTES


def test_an_edit_names_the_tag_of_a_compressed_feature(app):
    editor = Writer(app.test_client(), token())
    made = editor.made("/collections/road/items", road("GZ1", note="长" * 400, name="压缩路"))
    address = f"/collections/road/items/{made['id']}"
    tag = editor.send("GET", address, Accept_Encoding="gzip").headers["ETag"]
    plain = editor.send("GET", address)
    assert version(plain) == 1 and tag == plain.headers["ETag"].rstrip('"') + '-gzip"'
    for known in (tag, plain.headers["ETag"]):
        again = editor.send("GET", address, Accept_Encoding="gzip", If_None_Match=known)
        assert again.status_code == 304 and again.headers["ETag"] == known
    assert editor.patch(address, {"properties": {"name": "改过"}}, match=tag).status_code == 200
    assert editor.patch(address, {"properties": {"name": "又改"}}, match=tag).status_code == 412
    editor.delete(address, match='"2-gzip"')
    assert editor.last.status_code in (200, 204)


@pytest.mark.parametrize("address", ["/collections", "/static/map.js"])
def test_other_tags_name_both_forms(client, address):
    pressed = client.get(address, headers=GZIP)
    tag = pressed.headers["ETag"]
    assert tag.startswith("W/") and client.get(address, headers=GZIP | {"If-None-Match": tag}).status_code == 304
    again = client.get(address, headers={"If-None-Match": tag})
    assert again.status_code == 304 and again.data == b""


def test_head_says_what_get_would(client):
    got, asked = client.get("/collections", headers=GZIP), client.head("/collections", headers=GZIP)
    assert asked.data == b"" and asked.headers["Content-Encoding"] == "gzip"
    assert asked.headers["Content-Length"] == got.headers["Content-Length"]


def test_the_first_piece_of_a_stream_can_be_read_before_the_last_is_made(client):
    answer = client.get("/collections/road/download?f=geojsonseq", headers=GZIP, buffered=False)
    first = next(answer.iter_encoded())
    assert b'"Feature"' in zlib.decompressobj(31).decompress(first)
    answer.close()
