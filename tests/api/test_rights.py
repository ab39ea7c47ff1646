"""Nobody sees beyond their scope on any route, in counts as well; and the matrix of roles is as declared."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiling import around, decoded
from town import CLASSES, DISTRICTS, KEEPERS, OWNERS, STREETS, Thing, allowed, furnish

from registry import db
from registry.scope import ROLES, Right, Scope
from registry.store import tokens

RECORDS = ("inspection", "defect", "claim", "attachment")
MARK = re.compile(r"MARK[0-9A-Z]+")

START = "from api.commands import serve; from registry.cli import main; main.add_command(serve); main()"


@pytest.fixture(scope="module")
def things(database: str) -> Iterator[list[Thing]]:
    with db.begin() as conn:
        made = furnish(conn)
    yield made
    db.dispose()


@pytest.fixture(scope="module")
def client(things: list[Thing]) -> Any:
    from api import create_app

    return create_app().test_client()


def make(scope: Scope = Scope(), role: str = "reader", **more: Any) -> dict[str, str]:
    """The header of a new token."""
    with db.begin() as conn:
        return {"Authorization": "Bearer " + tokens.create(conn, name="某人", role=role, reason="测试", actor="t",
                                                           scope=scope, **more)[1]}


def some(values: Any) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(values)), max_size=1, unique=True).map(tuple)


SCOPES = st.builds(Scope, city=st.sampled_from([None, "demo"]), districts=some(DISTRICTS), streets=some(STREETS),
                   classes=st.lists(st.sampled_from(CLASSES), max_size=2, unique=True).map(tuple), owners=some(OWNERS),
                   keepers=some(KEEPERS))


def routes(client: Any, headers: dict[str, str], things: list[Thing]) -> Iterator[str]:
    """Every GET address of the API document of this principal, for some assets of each class, those that moved or are
    gone among them, for every kind of record, and with several filters."""
    paths = client.get("/api?f=json", headers=headers).json["paths"]
    with db.connect() as conn:
        ids = _ids(conn)
    for path, methods in paths.items():
        if "get" not in methods:
            continue
        if record := next((r for r in RECORDS if f"{{{r}Id}}" in path), None):
            yield from (path.replace(f"{{{record}Id}}", str(n)) for n in ids[record][::5])
        elif "{featureId}" in path:
            for n in ids.get(path.split("/")[2], [1]):
                one = path.replace("{featureId}", str(n))
                yield from (one.replace("{version}", v) for v in ("1", "2")) if "{version}" in one else [one]
        elif "/indicators/{code}" in path:
            for cls in (*CLASSES, None):
                query = f"?class={cls}" if cls else "?"
                yield path.replace("{code}", "intact_rate") + query + "&by=district" * ("evidence" not in path)
        elif "{tileMatrixSetId}" in path:
            if path.split("/")[2] in (*CLASSES, "{tileMatrixSetId}"):  # the others carry no mark
                one = path.replace("{tileMatrixSetId}", "WebMercatorQuad")
                yield from (one.replace("{tileMatrix}/{tileRow}/{tileCol}", t) for t in ("6/26/53", around(120.44, 29.94, 120.44, 29.94, 14)[0]))
        elif "{rule}" in path:
            yield path.replace("{rule}", "park")
        elif "{" in path:
            yield re.sub(r"{\w+}", "1", path)
        elif path.endswith("/items"):
            yield from (path + q for q in ("", "?limit=1", "?f=csv", "?f=html", "?q=MARK", "?bbox=120.4,29.9,120.8,30.2",
                                           "?district=D2", "?owner=甲局", "?sortby=-name&limit=2"))
        else:
            yield from (path, path + "?f=html") if not path.startswith("/map") else (path,)


def _ids(conn: Any) -> dict[str, list[int]]:
    """Ids by class and kind of record: every ninth asset, and each that has a past."""
    found = {r: list(conn.exec_driver_sql(f"SELECT id FROM {r} ORDER BY 1").scalars()) for r in RECORDS}
    for cls in CLASSES:
        live = conn.exec_driver_sql("SELECT id FROM asset WHERE class = %s ORDER BY 1", (cls,)).scalars().all()
        past = conn.exec_driver_sql("SELECT DISTINCT id FROM asset_history WHERE class = %s AND (op = 'D' OR name <> "
                                    "(SELECT name FROM asset a WHERE a.id = asset_history.id))", (cls,)).scalars().all()
        found[cls] = [*live[::9], *past]
    return found


@pytest.mark.parametrize("times", [2, pytest.param(12, marks=pytest.mark.long)], ids=["some", "many"])
def test_nothing_outside_the_scope_appears_on_any_route(client, things, times):
    narrow = SCOPES.filter(lambda scope: sum(not allowed(scope, t) for t in things) > len(things) / 4)  # or there is little to be kept back
    settings(max_examples=times, deadline=None, suppress_health_check=list(HealthCheck))(
        given(scope=narrow)(lambda scope: nothing_else_appears(client, things, scope)))()


def nothing_else_appears(client, things, scope):
    headers = make(scope)
    mine = {t.mark for t in things if allowed(scope, t)}
    asked = 0
    for address in routes(client, headers, things):
        answer = client.get(address, headers=headers)
        assert answer.status_code < 500, (address, answer.data[:300])
        asked += 1
        # The words of the question come back in links; a mark alone is what an asset carries.
        shown = set(MARK.findall(answer.data.decode("utf-8", "replace").replace("q=MARK", "")))
        assert shown <= mine, (scope, address, sorted(shown - mine))
    assert asked > 60


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(scope=SCOPES, cls=st.sampled_from(CLASSES))
def test_counts_extents_and_figures_are_those_of_the_scope(client, things, scope, cls):
    headers = make(scope)
    with db.connect() as conn:
        live = set(conn.exec_driver_sql("SELECT name FROM asset").scalars())
    mine = [t for t in things if t.cls == cls and t.mark in live and allowed(scope, t)]
    items = client.get(f"/collections/{cls}/items?limit=1", headers=headers)
    if scope.classes and cls not in scope.classes:
        assert items.status_code == 404
        assert cls not in [c["id"] for c in client.get("/collections", headers=headers).json["collections"]]
        return
    assert items.json["numberMatched"] == len(mine)
    assert ("extent" in client.get(f"/collections/{cls}", headers=headers).json
            and "spatial" in client.get(f"/collections/{cls}", headers=headers).json["extent"]) == bool(mine)
    counted = client.get("/inventory", headers=headers).json
    assert counted["partial"] is True
    assert next(r["count"] for r in counted["rows"] if r["class"] == cls) == len(mine)
    told = client.get(f"/indicators/intact_rate?class={cls}&by=district", headers=headers).json
    assert told["partial"] is True
    assert sum(told["counts"][k] for k in ("counted", "unrated")) == len(mine)
    if scope.districts:
        assert {r["key"] for r in told["by"]} <= {*scope.districts, "unknown"}


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(scope=SCOPES, cls=st.sampled_from(CLASSES))
def test_tiles_show_the_assets_of_the_scope_and_count_no_others(client, things, scope, cls):
    headers = make(scope)
    if scope.classes and cls not in scope.classes:
        assert client.get(f"/collections/{cls}/tiles/WebMercatorQuad/8/105/213", headers=headers).status_code == 404
        return
    items = client.get(f"/collections/{cls}/items?limit=100", headers=headers).json["features"]
    shown: set[str] = set()
    for tile in around(120.42, 29.92, 120.76, 30.19, 14):
        shown |= set(MARK.findall(client.get(f"/collections/{cls}/tiles/WebMercatorQuad/{tile}", headers=headers).data.decode("latin-1")))
    assert shown == {f["properties"]["name"] for f in items}
    if cls in ("streetlight", "toilet"):
        found = decoded(client.get(f"/collections/{cls}/tiles/WebMercatorQuad/3/3/6", headers=headers)).get(cls, [])
        assert sum(f["properties"]["point_count"] for f in found) == len(items)


def test_with_the_right_to_figures_they_are_of_the_whole_and_the_assets_behind_are_not(client, things):
    headers = make(Scope(districts=("D1",)), figures=True)
    whole = client.get("/indicators/intact_rate?class=streetlight").json
    told = client.get("/indicators/intact_rate?class=streetlight", headers=headers).json
    assert told["value"] == whole["value"] and told["denominator"] == whole["denominator"] and "partial" not in told
    behind = client.get("/indicators/intact_rate/evidence?class=streetlight&set=counted", headers=headers).json
    assert {f["properties"]["district"] for f in behind["features"]} == {"D1"}


def test_coverage_without_the_right_to_figures_is_of_the_land_of_the_scope(client, things):
    whole = client.get("/coverage/park").json
    mine = client.get("/coverage/park", headers=make(Scope(districts=("D1",)))).json
    assert mine["partial"] is True and [r["key"] for r in mine["by"]] == ["D1"]
    assert mine["denominator"] == pytest.approx(next(r["denominator"] for r in whole["by"] if r["key"] == "D1"), rel=1e-9)


def test_gas_and_power_pipes_are_not_for_the_public(client, things):
    shown = client.get("/collections/pipe/items?limit=100").json["features"]
    assert {f["properties"]["medium"] for f in shown} == {"sewage"} and len(shown) == 16
    assert client.get("/collections/pipe/items?limit=1").json["numberMatched"] == 16
    assert client.get("/collections/pipe/items?medium=gas").json["features"] == []
    assert len(client.get("/collections/pipe/items?limit=100", headers=make()).json["features"]) == 32


def test_a_bureau_says_what_the_public_sees(client, things, tmp_path, monkeypatch):
    file = tmp_path / "public.toml"
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    file.write_text('figures = false\n[classes.toilet]\nread = false\n[classes.streetlight]\nhide = ["owner", "keeper"]\n'
                    'coarse_degrees = 0.05\n[classes.pipe.values]\nmedium = []\n', encoding="utf-8")
    assert client.get("/collections/toilet/items").status_code == 404
    lamps = client.get("/collections/streetlight/items?limit=100").json["features"]
    assert len(lamps) == 32 and not {"owner", "keeper"} & set(lamps[0]["properties"])
    assert "owner" not in client.get("/collections/streetlight/schema").json["properties"]
    assert client.get("/collections/streetlight/items?owner=甲局").status_code == 400
    cells = {tuple(f["geometry"]["coordinates"]) for f in lamps}
    assert len(cells) < 32 and all(abs((c / 0.05) % 1 - 0.5) < 1e-6 for xy in cells for c in xy)
    extent = client.get("/collections/streetlight").json["extent"]["spatial"]["bbox"][0]
    assert (extent[0] / 0.05) % 1 == pytest.approx(0.5)
    # A box around the true place of one lamp, but not around the middle of its cell, finds nothing.
    true = client.get("/collections/streetlight/items?limit=1", headers=make()).json["features"][0]["geometry"]["coordinates"]
    box = f"{true[0] - 1e-4},{true[1] - 1e-4},{true[0] + 1e-4},{true[1] + 1e-4}"
    assert client.get(f"/collections/streetlight/items?bbox={box}").json["features"] == []
    assert len(client.get("/collections/pipe/items?limit=100").json["features"]) == 32
    assert client.get("/indicators/intact_rate?class=pipe").json["partial"] is True


@pytest.mark.parametrize("text, said", [
    ("figures = 1", "figures"), ("[classes.nothing]", "nothing"), ("[classes.road]\nhide = ['x']", "x"),
    ("[classes.pipe.values]\nmedium = ['beer']", "beer"), ("[classes.road]\nreed = true", "reed"), ("= =", "TOML"),
    ("classes = 1", "public"), ("[classes.road]\nhide = 5", "public"), ("[classes.pipe]\nvalues = 3", "public")])
def test_a_wrong_file_of_the_public_names_what_is_wrong_and_opens_nothing(client, things, tmp_path, monkeypatch, text, said):
    from registry.errors import BadFile
    from registry.scope import public

    file = tmp_path / "public.toml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    with pytest.raises(BadFile, match=said):
        public()
    answer = client.get("/collections/road/items")
    assert answer.status_code == 503 and answer.json["code"] == "set_up_wrong" and str(tmp_path) not in answer.text
    assert client.get("/collections/road/items", headers=make()).status_code == 200


@pytest.mark.parametrize("text", [None, "figures = 1"])
def test_a_service_does_not_start_with_a_wrong_file_of_the_public(things, tmp_path, monkeypatch, text):
    from api import create_app
    from registry.errors import BadFile

    file = tmp_path / "public.toml"
    if text:
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    with pytest.raises(BadFile):
        create_app()
    told = subprocess.run([sys.executable, "-c", START, "serve", "--port", "1"], capture_output=True, text=True, check=False)
    assert told.returncode == 3 and str(file) in told.stderr and "Traceback" not in told.stderr


def test_a_token_that_does_not_hold_opens_nothing(client, things):
    with db.begin() as conn:
        made, secret = tokens.create(conn, name="x", role="admin", reason="y", actor="t")
        tokens.revoke(conn, made.id, actor="t", reason="lost")
    for header in (f"Bearer {secret}", "Bearer mar_nothing", "Bearer ", "Basic !!!", "Digest x",
                   "Basic " + base64.b64encode(b"user:wrong").decode()):
        answer = client.get("/collections", headers={"Authorization": header})
        assert answer.status_code == 401 and "Bearer" in answer.headers["WWW-Authenticate"], header


def test_the_token_may_come_as_the_password_of_basic(client, things):
    secret = make(Scope(classes=("pipe",)))["Authorization"].split()[1]
    basic = {"Authorization": "Basic " + base64.b64encode(f"qgis:{secret}".encode()).decode()}
    listed = {c["id"] for c in client.get("/collections", headers=basic).json["collections"] if c["featureKind"] == "asset"}
    assert listed == {"pipe"}


def test_a_token_of_one_city_knows_of_no_other(client, things):
    from registry.store import cities

    with db.begin() as conn:
        cities.put(conn, cities.City("other", "另一市", "Other City"))
    headers = make(Scope(city="demo"))
    assert [c["key"] for c in client.get("/", headers=headers).json["cities"]] == ["demo"]
    answer = client.get("/collections/pipe/items?city=other", headers=headers)
    assert answer.status_code == 404 and answer.json["zh"].endswith("registry city add other")


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_who_changed_what_is_the_matter_of_the_role(client, things, role):
    lamp = client.get("/collections/streetlight/items?limit=1").json["features"][0]["id"]
    told = client.get(f"/collections/streetlight/items/{lamp}/versions", headers=make(role=role)).json["versions"][0]
    assert ("batch" in told) == (Right.HISTORY in ROLES[role])


def test_answers_to_one_principal_are_not_for_caches_on_the_way(client, things):
    answer = client.get("/collections/pipe/items", headers=make())
    assert "private" in answer.headers["Cache-Control"]
    for one in (answer, client.get("/collections/pipe/items")):
        assert {"Authorization", "Accept-Encoding"} <= set(one.headers["Vary"].split(", "))


@pytest.mark.parametrize("by", ["grid", "owner", "keeper", "medium"])
def test_what_is_hidden_cannot_be_told_from_the_difference_of_figures_and_assets(client, things, by):
    """Published figures are of the whole; told finer than by district they are of what is seen."""
    told = client.get(f"/indicators/intact_rate?class=pipe&by={by}").json
    seen = client.get("/collections/pipe/items?limit=100").json["features"]
    assert told["partial"] is True
    assert told["denominator"] + told["unrated"]["measure"] == pytest.approx(sum(f["properties"]["length_m"] for f in seen))
    assert client.get("/indicators/intact_rate?class=pipe").json["denominator"] > told["denominator"]


@pytest.mark.parametrize("name", ["grid", "owner", "keeper", "medium"])
def test_what_is_hidden_cannot_be_told_from_a_filter_either(client, things, name):
    """The values that a filter may name are those of what is seen, and all of them together are no more than that."""
    seen = client.get("/collections/pipe/items?limit=100").json["features"]
    values = {f["properties"].get(name) or "unknown" for f in seen}
    limited = client.get("/indicators/intact_rate", query_string={
        "class": "pipe", "where": f"{name}:{','.join(sorted(values))}"}).json
    assert limited["partial"] is True
    assert limited["denominator"] + limited["unrated"]["measure"] == pytest.approx(sum(f["properties"]["length_m"] for f in seen))
    assert client.get("/indicators/pipe_length?class=pipe&where=medium:gas").json["value"] == 0


def test_what_was_found_to_be_gas_has_no_public_past(client, things):
    from town import TOWN, WHO

    from registry.catalogue import load
    from registry.store.staging import put_many

    pipe = next(f for f in client.get("/collections/pipe/items?limit=100").json["features"])
    address, before = f"/collections/pipe/items/{pipe['id']}", pipe["properties"]["updated_at"]
    with db.begin() as conn:
        put_many(conn, load().kind("pipe"), TOWN, [{"code": pipe["properties"]["code"], "medium": "gas"}], **WHO)
    try:
        for path in (address, f"{address}/versions", f"{address}/versions/1"):
            assert client.get(path).status_code == 404, path
        assert client.get(address, query_string={"as_of": before}).status_code == 404
        assert pipe["properties"]["name"] not in client.get("/collections/pipe/changes?limit=1000").text
        assert client.get(f"{address}/versions/1", headers=make()).status_code == 200
    finally:
        with db.begin() as conn:
            put_many(conn, load().kind("pipe"), TOWN, [{"code": pipe["properties"]["code"], "medium": "sewage"}], **WHO)


@pytest.mark.parametrize("said, shapes", [
    ("[classes.park]\ncoarse_degrees = 0.01", 401), ("[classes.park]\nread = false", 401), ("[classes.park]\nhide = ['name']", 200),
    ("[classes.residential]\nread = false", 401), ("[classes.residential]\nhide = ['population']", 401)])
def test_areas_served_do_not_tell_places_that_are_kept_back(client, things, tmp_path, monkeypatch, said, shapes):
    file = tmp_path / "public.toml"
    file.write_text(said, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    for path in ("/coverage/park/served", "/coverage/park/gaps", "/coverage/park/sites?time_limit_s=0"):
        answer = client.get(path)
        assert answer.status_code == shapes and not MARK.findall(answer.text)
        assert client.get(path, headers=make()).status_code == 200


def test_sites_stand_on_and_keep_off_only_what_is_seen_whole(client, things, tmp_path, monkeypatch):
    file = tmp_path / "public.toml"
    file.write_text("[classes.toilet]\ncoarse_degrees = 0.01\n[classes.street]\nread = false", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    for query in ("candidates=toilet&radius_m=300", "avoid=street"):
        assert client.get(f"/coverage/park/sites?time_limit_s=0&{query}").status_code == 401, query
        assert client.get(f"/coverage/park/sites?time_limit_s=0&{query}", headers=make()).status_code == 200, query


def test_sites_of_a_scope_are_of_its_land_and_its_candidates(client, things):
    own = make(Scope(districts=("D1",)))
    told = client.get("/coverage/park/sites?time_limit_s=0&p=3&candidates=toilet&radius_m=500", headers=own).json
    marks = {f["properties"]["candidate_name"] for f in told["features"]}
    assert marks and marks <= {t.mark for t in things if t.district == "D1"}
    assert told["denominator_m2"] == client.get("/coverage/park", headers=own).json["denominator"]


def test_a_name_in_the_place_of_a_code_keeps_nothing_in_scope(client, things):
    own = make(Scope(keepers=("子公司",)), "editor")
    toilet = client.get("/collections/toilet/items?limit=1", headers=own).json["features"][0]
    answer = client.patch(f"/collections/toilet/items/{toilet['id']}", json={"properties": {"keeper": "别的公司", "keeper_code": "子公司"}},
                          headers={**own, "If-Match": f'"{toilet["properties"]["version"]}"'})
    assert answer.status_code == 403
