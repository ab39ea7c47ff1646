"""Large downloads over a real server: constant memory, and what happens when either side breaks off."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import shapely
from running import Running, running
from sqlalchemy import text

from registry import db, history
from registry.store import cities
from registry.store.cities import City

FEW, MANY = 20_000, 100_000
GROWTH = 1.15  # of the largest memory, for five times the rows


@pytest.fixture(scope="module")
def service(database, tmp_path_factory):
    """A server of one process, over a city of few lamps and one of many."""
    with db.begin() as conn:
        for key, count in (("few", FEW), ("many", MANY)):
            cities.put(conn, City(key, key, key, shapely.box(120, 29, 121, 31), 4549))
            batch = history.open_batch(conn, city=key, kind="edit", actor="t", reason="t")
            conn.execute(text(
                "INSERT INTO asset (class, city, id, code_scheme, length_surveyed, area_surveyed, source, code, name, state, geom, attrs, version, batch, sys_from, row_hash) "
                "SELECT 'streetlight', :city, nextval('feature_id_seq'), 'own', false, false, 'test', 'L' || n, '解放路' || n, 'intact', "
                "ST_SetSRID(ST_MakePoint(120 + n * 1e-6, 30), 4490), '{\"note\": \"普查\"}', 1, :batch, :at, '' "
                "FROM generate_series(1, :count) n"), {"city": key, "count": count, "batch": batch.id, "at": batch.at})
            history.seal(conn, batch)
    with running(tmp_path_factory.mktemp("large"), REGISTRY_DATABASE_URL=database) as started:
        yield started
    db.dispose()


def worker(service: Running) -> int:
    return int(Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()[0])


def largest_mb(service: Running) -> float:
    said = Path(f"/proc/{worker(service)}/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024


def ask(city: str, key: str) -> bytes:
    return f"GET /collections/streetlight/download?city={city}&f={key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("key", ["geojson", "csv", "gpkg", "parquet"])
def test_five_times_the_rows_take_no_more_memory(service, key):
    assert len(service.send(ask("few", key), 120)[2]) > FEW
    before = largest_mb(service)
    status, head, body = service.send(ask("many", key), 120)
    assert status == 200 and len(body) > 10 * MANY
    assert largest_mb(service) < before * GROWTH


def exporting() -> int:
    with db.connect() as conn:
        return conn.execute(text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active' "
                                 "AND datname = current_database()")).scalar_one()


def test_a_client_that_leaves_ends_the_statement_and_leaves_its_place(service):
    for _ in range(3):
        with service.connect() as raw:
            raw.sendall(ask("many", "geojson"))
            assert raw.recv(100).startswith(b"HTTP/1.1 200")
            assert exporting() == 1
        for _ in range(100):
            if not exporting():
                break
            time.sleep(0.05)
        assert exporting() == 0
    assert service.send(ask("few", "geojson"))[0] == 200


def test_a_database_that_breaks_off_is_seen_by_the_client(service):
    with service.connect() as raw:
        raw.sendall(ask("many", "geojson"))
        got = raw.recv(1000)
        with db.begin() as conn:
            ended = conn.execute(text("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'COPY%' "
                                      "AND datname = current_database()")).scalar_one()
        assert ended == 1
        try:
            while piece := raw.recv(1_000_000):
                got = got[-100:] + piece
        except ConnectionResetError:
            pass
    assert not got.endswith(b"0\r\n\r\n") and "an export broke off" in service.said
    assert "Traceback (most recent call last)" not in service.said
    assert service.send(ask("few", "csv"))[0] == 200
