"""A body is read within bounds: each kind of harm in it is a 400, never an error of the server."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.body import DEEPEST, read_json


@pytest.fixture(scope="module")
def probe():
    """A client of an address that gives back what it was sent."""
    from api import create_app

    app = create_app()
    app.add_url_rule("/probe", "probe", lambda: {"found": read_json()}, methods=["POST"])
    return app.test_client()


@pytest.mark.parametrize("data", [
    b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), b"", b"\xff\xfe", b'{"a": NaN}', b"[Infinity]", b"-Infinity",
    b"1" * 100_000, b'"\\u0000"', b'{"\\u0000": 1}', b'"\\\\\\u0000"', b'"\\ud800"', b'{"\\udfff": 1}', b'"\x00"', b"{",
    b"\xc0\xaf", b"'a'", b'{"a": 1,}'],
    ids=lambda d: f"{d[:12]!r}")
def test_a_harmful_body_is_refused(probe, data):
    answer = probe.post("/probe", data=data)
    assert answer.status_code == 400 and answer.mimetype == "application/problem+json", answer.text[:200]
    assert json.loads(answer.data)["code"] == "bad_body"


@pytest.mark.parametrize("value", [
    {"名": "解放路\U0001f6bb"}, "\\u0000", [1.5, None, True], {"a": "\\\\u0000"}, "\U0001f6bb", 10**300,
    json.loads("[" * DEEPEST + "]" * DEEPEST)])
def test_a_sound_body_is_read_as_it_is(probe, value):
    for ascii_ in (True, False):
        answer = probe.post("/probe", data=json.dumps(value, ensure_ascii=ascii_).encode())
        assert answer.status_code == 200 and json.loads(answer.data)["found"] == value


def test_a_byte_order_mark_does_no_harm(probe):
    assert probe.post("/probe", data=b"\xef\xbb\xbf[1]").status_code == 200


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=60) | st.text("[]{}\",:\\u0d8eE+-.1tfn ", max_size=60).map(str.encode))
def test_no_bytes_at_all_give_a_server_error(probe, data):
    assert probe.post("/probe", data=data).status_code in (200, 400)


def test_a_body_is_refused_by_the_size_that_it_names(app):
    answer = app.test_client().get("/conformance", environ_overrides={"CONTENT_LENGTH": str(2**40)})
    assert answer.status_code == 413 and "20 MB" in json.loads(answer.data)["en"]
