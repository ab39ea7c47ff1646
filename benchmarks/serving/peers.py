"""The servers that are compared: each peer in a virtual environment of its own, made once, all told to serve the same."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, make_url, text

from benchmarks.serving.cases import CITY, CLASS, Server
from registry import catalogue, settings
from registry.store.geojson import properties_sql

WORKERS = 2
PINNED = {
    "tipg": ["tipg==1.6.1", "uvicorn[standard]==0.54.0"],
    "pygeoapi": ["pygeoapi==0.21.0", "gunicorn==27.0.1", "sqlalchemy==2.1.9", "geoalchemy2==0.20.0", "psycopg2-binary==2.9.13"],
}
SCHEMA = "peers"
PATIENCE_S = 60


def flat_table(url: str) -> None:
    """The features as a table of the peers' own: their properties as columns, a key, an index of their places; in the order of
    the file, that of the codes, as any loader would write it."""
    made = (f"CREATE TABLE {SCHEMA}.{CLASS} AS SELECT a.id, p.*, CAST(ST_SetSRID(a.geom, 4326) AS geometry(Point, 4326)) AS geom "
            f"FROM asset a {properties_sql(catalogue.load().kind(CLASS))} WHERE a.class = '{CLASS}' ORDER BY a.code")
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as conn:
        for statement in (f"CREATE SCHEMA {SCHEMA}", made, f"ALTER TABLE {SCHEMA}.{CLASS} ADD PRIMARY KEY (id)",
                          f"CREATE INDEX ON {SCHEMA}.{CLASS} USING gist (geom)", f"VACUUM ANALYZE {SCHEMA}.{CLASS}", "VACUUM ANALYZE asset"):
            conn.exec_driver_sql(statement.replace("%", "%%"))


@contextmanager
def ours(url: str, folder: Path, **more: str) -> Iterator[Server]:
    """`registry serve`."""
    port = _free_port()
    env = {"REGISTRY_DATABASE_URL": url, "REGISTRY_CITY": CITY, "REGISTRY_PORT": str(port), "REGISTRY_WORKERS": str(WORKERS), **more}
    with _running("ours", [sys.executable, "-m", "registry", "serve"], env, folder, port, f"/collections/{CLASS}", url) as server:
        yield server


@contextmanager
def tipg(url: str, folder: Path) -> Iterator[Server]:
    """tipg by uvicorn; its tiles with the margin and the most features of ours."""
    port, parsed = _free_port(), make_url(url)
    host = quote(str(parsed.query.get("host") or parsed.host), safe="")
    login = quote(str(parsed.username), safe="") + (f":{quote(str(parsed.password), safe='')}" if parsed.password else "")
    env = {"DATABASE_URL": f"postgresql://{login}@{host}:{_port(url)}/{parsed.database}", "TIPG_DB_SCHEMAS": json.dumps([SCHEMA]),
           "TIPG_CATALOG_TTL": "0", "TIPG_TILE_BUFFER": "64", "TIPG_MAX_FEATURES_PER_TILE": "50000"}
    command = [str(_installed("tipg") / "uvicorn"), "tipg.main:app", "--workers", str(WORKERS), "--port", str(port), "--log-level", "warning"]
    with _running("tipg", command, env, folder, port, f"/collections/{SCHEMA}.{CLASS}", url) as server:
        yield server


@contextmanager
def pygeoapi(url: str, folder: Path) -> Iterator[Server]:
    """pygeoapi by gunicorn with threads, which keep connections as the others do."""
    port, bin_ = _free_port(), _installed("pygeoapi")
    config, openapi = folder / "pygeoapi.yml", folder / "pygeoapi-openapi.yml"
    config.write_text(json.dumps(_pygeoapi_config(url, port)), encoding="utf-8")  # JSON is YAML
    env = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    subprocess.run([str(bin_ / "pygeoapi"), "openapi", "generate", str(config), "--output-file", str(openapi)], check=True,
                   capture_output=True, env={**os.environ, **env})
    command = [str(bin_ / "gunicorn"), "pygeoapi.flask_app:APP", "-w", str(WORKERS), "-k", "gthread", "--threads", "4",
               "--keep-alive", "5", "-b", f"127.0.0.1:{port}"]
    with _running("pygeoapi", command, env, folder, port, f"/collections/{CLASS}", url) as server:
        yield server


START: dict[str, Callable[[str, Path], AbstractContextManager[Server]]] = {"ours": ours, "tipg": tipg, "pygeoapi": pygeoapi}


def _pygeoapi_config(url: str, port: int) -> dict[str, object]:
    parsed = make_url(url)
    data = {"host": parsed.query.get("host") or parsed.host, "port": _port(url), "dbname": parsed.database, "user": parsed.username,
            "password": parsed.password or "", "search_path": [SCHEMA, "public"]}
    title = {"title": "bench", "description": "bench", "keywords": ["bench"]}
    return {
        "server": {"bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}", "mimetype": "application/json",
                   "encoding": "utf-8", "language": "en-US", "gzip": False, "limits": {"default_items": 10, "max_items": 10_000},
                   "map": {"url": "https://example.org/{z}/{x}/{y}.png", "attribution": ""}},
        "logging": {"level": "ERROR"},
        "metadata": {"identification": {**title, "keywords_type": "theme", "terms_of_service": "", "url": "https://example.org"},
                     "license": {"name": "-", "url": "https://example.org"}, "provider": {"name": "-", "url": "https://example.org"},
                     "contact": {"name": "-", "url": "https://example.org"}},
        "resources": {CLASS: {"type": "collection", **title, "links": [], "extents": {"spatial": {
            "bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
            "providers": [{"type": "feature", "name": "PostgreSQL", "data": data, "id_field": "id", "table": CLASS, "geom_field": "geom"}]}},
    }


def _installed(name: str) -> Path:
    """The programs of a peer; installed where they are not yet."""
    folder = settings.home() / "bench" / name
    mark = folder / "installed.txt"
    if not mark.exists() or mark.read_text(encoding="utf-8").split() != PINNED[name]:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PINNED[name]], check=True)
        mark.write_text("\n".join(PINNED[name]), encoding="utf-8")
    return folder / "bin"


@contextmanager
def _running(name: str, command: list[str], env: dict[str, str], folder: Path, port: int, layer: str, url: str) -> Iterator[Server]:
    """A server that answers; it and all that came from it are gone afterwards."""
    said = folder / f"{name}.log"
    with said.open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **env}, start_new_session=True)
    server = Server(name, f"http://127.0.0.1:{port}", layer, process.pid, _postmaster(url))
    try:
        for _ in range(PATIENCE_S * 5):
            if process.poll() is not None:
                break
            try:
                server.get(f"{layer}/items?limit=1")
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        else:
            raise SystemExit(f"{name} does not answer:\n{said.read_text(encoding='utf-8')}")
        if process.poll() is not None:
            raise SystemExit(f"{name} ended:\n{said.read_text(encoding='utf-8')}")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _postmaster(url: str) -> int | None:
    """The first process of PostgreSQL, where it runs on this machine and tells."""
    with create_engine(url).connect() as conn:
        folder = conn.execute(text("SHOW data_directory")).scalar_one()
    try:
        return int(Path(folder, "postmaster.pid").read_text(encoding="ascii").split()[0])
    except OSError:
        return None


def _port(url: str) -> str:
    parsed = make_url(url)
    return str(parsed.query.get("port") or parsed.port or 5432)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
