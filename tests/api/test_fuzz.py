"""Whatever is asked, the service answers: never 5xx, every refusal a problem that names something."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from editors import token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ADDRESSES = ["/", "/conformance", "/api", "/collections", "/collections/road", "/collections/road/schema",
             "/collections/road/items", "/collections/residential/items", "/collections/road/items/1", "/inventory",
             "/indicators", "/indicators/intact_rate", "/indicators/intact_rate/evidence", "/coverage",
             "/coverage/park/gaps", "/coverage/park/sites", "/map", "/healthz", "/inspections/overdue", "/defects", "/defects/summary", "/claims",
             "/ownerless", "/organisations", "/works", "/observations", "/collections/road/items/1/inspections", "/inspections/1"]
NAMES = st.sampled_from(["bbox", "datetime", "limit", "q", "sortby", "cursor", "f", "lang", "city", "state", "code",
                         "name", "installed_on", "length_m", "population", "class", "set", "by", "edition", "lanes",
                         "is_key", "width_m", "valid_from", "on", "form", "status", "overdue", "risk_level", "responsible", "district",
                         "as_of", "kind"])
VALUES = st.one_of(
    st.text(max_size=30), st.integers().map(str), st.floats().map(str), st.datetimes().map(str),
    st.lists(st.floats(-200, 200).map(str), max_size=7).map(",".join),
    st.sampled_from(["json", "html", "csv", "zh", "en", "demo", "far", "road", "counted", "-name,code", "intact", "../..",
                     "2020-01-01/..", "99999999999999999999999", "1e308", "-0", "1,2,3,4", "NULL", "' OR 1=1 --",
                     "%(city)s", "{}", "\ud800".encode("utf-8", "replace").decode(), "\x00", "İ", "９", "是"]))


@pytest.fixture(scope="module")
def auditor(served):
    return {"Authorization": f"Bearer {token('auditor')}"}


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(address=st.sampled_from(ADDRESSES), params=st.lists(st.tuples(NAMES | st.text(max_size=8), VALUES), max_size=4))
def test_no_query_string_gives_a_server_error(client, auditor, address, params):
    answer = client.get(f"{address}?{urlencode(params, errors='replace')}", headers=auditor if address == "/claims" else None)
    assert answer.status_code in (200, 400, 404), (address, params, answer.text[:300])
    if answer.status_code != 200 and answer.mimetype != "text/html":
        body = json.loads(answer.data)
        assert body["zh"] and body["en"] and body["status"] == answer.status_code


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=st.lists(st.text(max_size=12) | st.sampled_from(["collections", "road", "items", "..", "indicators"]),
                      max_size=5))
def test_no_path_gives_a_server_error(client, parts):
    address = ("/" + "/".join(parts)).encode("utf-8", "replace").decode("latin-1")  # as WSGI hands it over
    answer = client.get("/", environ_overrides={"PATH_INFO": address})
    assert answer.status_code in (200, 404), (parts, answer.text[:300])


@pytest.mark.parametrize(("key", "value"), [("length_m", 10 ** 400), ("name", "\ud800"), ("state", "a\ud800")])
def test_a_value_of_a_cursor_that_no_row_can_have_is_refused(client, key, value):
    import base64

    from api.cursor import fingerprint

    mark = fingerprint("/collections/road/items", "demo", {"sortby": key})
    text = base64.urlsafe_b64encode(json.dumps([mark, [value, 1]]).encode()).decode()
    assert client.get(f"/collections/road/items?sortby={key}&cursor={text}").status_code == 400


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), max_size=4),
       mark=st.text(max_size=5))
def test_no_made_up_cursor_gives_a_server_error(client, values, mark):
    import base64

    text = base64.urlsafe_b64encode(json.dumps([mark, values]).encode()).decode()
    answer = client.get(f"/collections/road/items?sortby=installed_on,width_m,is_key&cursor={text}")
    assert answer.status_code == 400


def test_a_cursor_with_the_right_mark_but_wrong_values_is_refused(client, app):
    """Not forged blindly: the mark is not secret, hence the values are checked one by one."""
    import base64

    from api.cursor import fingerprint

    mark = fingerprint("/collections/road/items", "demo", {"sortby": "installed_on"})
    for values in (["2020-13-01", 1], [1, 1], ["2020-01-01", "1"], ["2020-01-01", 2**63], ["2020-01-01", True],
                   ["2020-01-01"], ["2020-01-01", 1, 1], [None, None], [["x"], 1]):
        text = base64.urlsafe_b64encode(json.dumps([mark, values]).encode()).decode()
        answer = client.get(f"/collections/road/items?sortby=installed_on&cursor={text}")
        assert answer.status_code == 400, values
    for values in (["2001-05-01", 1], [None, 1]):
        text = base64.urlsafe_b64encode(json.dumps([mark, values]).encode()).decode()
        assert client.get(f"/collections/road/items?sortby=installed_on&cursor={text}").status_code == 200
