"""A small city in a database of the module's own, and a client of the web on it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import addresses
import editors
import psycopg
import pytest
import shapely
from sqlalchemy import Connection, text

from registry import db, history
from registry.catalogue import load
from registry.store import cities
from registry.store.cities import City
from registry.store.prepared import Prepared
from registry.store.staging import put_many

DEMO = City("demo", "示范市", "Demo City", shapely.box(120.4, 29.9, 120.8, 30.2), 4549)
# Fiji: on both sides of the 180° line, in UTM 60S.
FAR = City("far", "远城", "Far City", None, 32760)
ROADS = 23
CLASSES = ("expressway", "arterial", "secondary", "branch", "alley")
STATES = ("intact", "intact", "damaged", None, "missing")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `resource` is run for every public document, one that takes `readable` for whatever can be read."""
    for name, found in (("resource", addresses.documents), ("readable", addresses.everything)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, found(), indirect=True)


@pytest.fixture(scope="module")
def known_ids(served: str) -> dict[str, int]:
    """What the addresses of single things name."""
    with db.begin() as conn:
        return addresses.ids(conn)


@pytest.fixture
def resource(request: pytest.FixtureRequest) -> str:
    """The address of a public document."""
    return _filled(request)


@pytest.fixture
def readable(request: pytest.FixtureRequest) -> str:
    """The address of something that an administrator may read."""
    return _filled(request)


def _filled(request: pytest.FixtureRequest) -> str:
    """The address with its ids; what needs none does without what they would add to the city."""
    return request.param.format(**request.getfixturevalue("known_ids")) if "{" in request.param else request.param


def line(n: int) -> shapely.LineString:
    return shapely.LineString([(120.5 + n * 0.005, 30.0), (120.5 + n * 0.005, 30.004)])


def roads() -> list[dict[str, Any]]:
    """Every third has no date, every fourth no name, every fifth no width; names and dates repeat."""
    return [{"code": f"R{n:03}", "name": None if n % 4 == 0 else f"解放路{n % 3}", "road_class": CLASSES[n % 5],
             "state": STATES[n % 5], "installed_on": None if n % 3 == 0 else dt.date(2000 + n % 4, 5, 1),
             "owner": "市政处" if n % 2 else None, "geom": line(n)} for n in range(ROADS)]


def furnish(conn: Connection) -> None:
    """Cities, divisions and assets, enough to have every kind of answer."""
    kinds = load()
    who = {"actor": "tester", "reason": "test"}

    def put(key: str, city: City, rows: list[dict[str, Any]]) -> None:
        told = put_many(conn, kinds.kind(key), city, rows, **who)
        assert told.new == len(rows), told

    for city in (DEMO, FAR):
        cities.put(conn, city)
    put("district", DEMO, [
        {"code": "330602", "name": "越城区", "geom": shapely.box(120.4, 29.9, 120.6, 30.2)},
        {"code": "330603", "name": "柯桥区", "geom": shapely.box(120.6, 29.9, 120.8, 30.2)}])
    put("built_up_area", DEMO, [{"code": "B", "name": "建成区", "geom": shapely.box(120.45, 29.95, 120.7, 30.1)}])
    put("residential", DEMO, [
        {"code": f"Z{n}", "name": f"小区{n}", "population": 1000 + n,
         "geom": shapely.box(120.5 + n * 0.01, 30.02, 120.506 + n * 0.01, 30.026)} for n in range(4)])
    put("road", DEMO, roads())
    put("park", DEMO, [{"code": "P1", "name": "<b>园</b>&\"'", "geom": shapely.box(120.5, 30.021, 120.502, 30.0225)}])
    put("streetlight", DEMO, [
        {"code": f"L{n}", "state": "intact", "lit": ("lit", "unlit", None)[n % 3], "geom": shapely.Point(120.5 + n / 1000, 30)}
        for n in range(9)])
    put("toilet", FAR, [{"code": "W", "geom": shapely.Point(179.9, -17.5)},
                        {"code": "E", "geom": shapely.Point(-179.9, -17.5)},
                        {"code": "M", "geom": shapely.Point(10, 50)}])
    # What has lost its place is still there: a bbox must return it.
    put("bridge", DEMO, [{"code": "B1", "name": "有图形", "geom": shapely.Point(120.55, 30.01)},
                         {"code": "B2", "name": "没有图形", "geom": shapely.Point(120.56, 30.01)}])
    batch = history.open_batch(conn, city="demo", kind="edit", **who)
    conn.execute(text("UPDATE asset SET geom = NULL, version = version + 1, batch = :b, sys_from = :at "
                      "WHERE class = 'bridge' AND code = 'B2'"), {"b": batch.id, "at": batch.at})
    history.seal(conn, batch)


@pytest.fixture(scope="module")
def served(database: str) -> Iterator[str]:
    """The database with the small city, closed again for the next module."""
    with db.begin() as conn:
        furnish(conn)
        conn.execute(text("ANALYZE asset"))
    yield database
    db.dispose()


@pytest.fixture(scope="module")
def token(served: str) -> str:
    """The secret of a token that may read."""
    return _secret("tester", "reader")


@pytest.fixture(scope="module")
def admin(served: str) -> str:
    """The secret of a token that may do everything."""
    return _secret("chief", "admin")


def _secret(name: str, role: str) -> str:
    from registry.store import tokens

    with db.begin() as conn:
        return tokens.create(conn, name=name, role=role, reason="test", actor="tester")[1]


@pytest.fixture(scope="module")
def app(served: str) -> Any:
    from api import create_app

    return create_app()


@pytest.fixture(scope="module")
def document(app: Any) -> dict[str, Any]:
    """The definition of the interface as anybody reads it, 2 MB of it, once a module: to be read only."""
    return app.test_client().get("/api?f=json").get_json(force=True)


@pytest.fixture
def client(app: Any) -> Any:
    return app.test_client()


@pytest.fixture(scope="module")
def secret(served: str) -> str:
    """The secret of a token that may edit."""
    return editors.token()


@pytest.fixture
def editor(client: Any, secret: str) -> editors.Writer:
    return editors.Writer(client, secret)


@pytest.fixture
def get(client: Any) -> Callable[..., dict[str, Any]]:
    """The JSON of an answer that must be 200."""
    def fetch(path: str, **headers: str) -> dict[str, Any]:
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text[:500]
        return json.loads(answer.data)
    return fetch


@pytest.fixture
def refused(client: Any) -> Callable[..., dict[str, Any]]:
    """The problem of an answer that must be refused."""
    def fetch(path: str, status: int = 400, **headers: str) -> dict[str, Any]:
        answer = client.get(path, headers=headers)
        assert answer.status_code == status, answer.text[:500]
        assert answer.mimetype == "application/problem+json"
        body = json.loads(answer.data)
        assert body["status"] == status and body["zh"] and body["en"] and body["type"] and body["title"]
        return body
    return fetch


@pytest.fixture
def statements(monkeypatch):
    """Every statement that is sent."""
    sent: list[str] = []
    for name in ("execute", "stream"):
        original = getattr(psycopg.Cursor, name)

        def noted(self, query, *more, original=original, **named):
            sent.append(str(query))
            return original(self, query, *more, **named)

        monkeypatch.setattr(psycopg.Cursor, name, noted)
    asked = Prepared.rows

    def again(self, values):
        sent.append(self.statement)
        return asked(self, values)

    monkeypatch.setattr(Prepared, "rows", again)
    return sent
