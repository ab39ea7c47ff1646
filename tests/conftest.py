"""A private PostGIS for the whole run, a fresh database for whoever commits, a rolled-back connection for the rest."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings
from sqlalchemy import Connection, create_engine, make_url

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
SETTINGS = "_hypothesis_internal_use_settings"  # where it keeps them; were they kept elsewhere, every run would be the long one
_serial = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """No test may touch the database or the home folder of whoever runs it."""
    for name in [n for n in os.environ if n.startswith("REGISTRY_") and n not in ("REGISTRY_PG_BIN", "REGISTRY_CI")]:
        del os.environ[name]
    # One cluster for each run, so that two runs in one checkout do not stop each other's.
    os.environ["REGISTRY_HOME"] = str(ROOT / ".registry" / "test" / str(os.getpid()))
    os.environ["PGAPPNAME"] = "registry tests"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where the long tests are left out a property is tried a third as often as it says, but ten times where it says so many."""
    if config.option.markexpr != "not long":
        return
    for test in {item.obj for item in items if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)}:
        own = getattr(test, SETTINGS, None) or settings()
        setattr(test, SETTINGS, settings(own, max_examples=max(own.max_examples // 3, min(own.max_examples, 10))))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of the maintenance database of a private cluster that nobody else uses."""
    from registry.local import Cluster

    _sweep(Path(os.environ["REGISTRY_HOME"]).parent)
    cluster = Cluster.at(Path(os.environ["REGISTRY_HOME"]), database="registry", durable=False)
    cluster.start()
    yield cluster.url()
    if pid := cluster.status()["pid"]:
        os.kill(pid, signal.SIGQUIT)  # at once: what a proper end would write to the disk is deleted next
    cluster.destroy()
    shutil.rmtree(os.environ["REGISTRY_HOME"], ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Take away the clusters of runs that were killed."""
    from registry.local import Cluster

    for left in folder.iterdir() if folder.is_dir() else ():
        number = left.name.partition(".")[0]
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            Cluster.at(left, database="registry", durable=False).destroy()
            shutil.rmtree(left, ignore_errors=True)


def _admin(server: str, sentence: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(sentence)
    engine.dispose()


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """Name of a database with the schema and the catalogue, copied for whoever needs one of their own."""
    from registry import db

    name = "template_of_tests"
    _admin(server, f"DROP DATABASE IF EXISTS {name}")
    _admin(server, f"CREATE DATABASE {name}")
    engine = create_engine(make_url(server).set(database=name))
    with engine.begin() as conn:
        db.migrate(conn)
        db.sync(conn)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def new_database(server: str, template: str) -> Callable[[], str]:
    """Makes a migrated, synced, empty database and gives its URL; it goes with the cluster."""
    def make() -> str:
        name = f"test_{os.getpid()}_{next(_serial)}"
        # Files are copied five times faster than pages are logged, where nothing is synced.
        _admin(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="module")
def database(new_database: Callable[[], str]) -> Iterator[str]:
    """A database of the module's own, set as REGISTRY_DATABASE_URL; what is committed stays in it."""
    url = new_database()
    before = os.environ.get("REGISTRY_DATABASE_URL")
    os.environ["REGISTRY_DATABASE_URL"] = url
    yield url
    os.environ.pop("REGISTRY_DATABASE_URL")
    if before is not None:
        os.environ["REGISTRY_DATABASE_URL"] = before
    engine = create_engine(url)
    with engine.connect() as conn:
        assert _untold(conn) == []  # whatever the module wrote, and however
    engine.dispose()


@pytest.fixture(scope="session")
def _rolled_back(new_database: Callable[[], str]) -> Iterator[object]:
    engine = create_engine(new_database(), connect_args={"options": "-c timezone=UTC -c datestyle=ISO"})
    yield engine
    engine.dispose()


@pytest.fixture
def conn(_rolled_back) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back when the test ends."""
    with _rolled_back.connect() as connection:
        transaction = connection.begin()
        yield connection
        if transaction.is_active and connection.connection.driver_connection.info.transaction_status.name != "INERROR":
            assert _untold(connection) == []  # whatever a test wrote
        transaction.rollback()


def _untold(conn: Connection) -> list[tuple[str, str, str]]:
    """(city, layer, name) of what rows have a value of, though their layer says that none has: a page would show it as null."""
    parts = [f"SELECT r.city, r.{key} AS layer, n.name FROM {table} r CROSS JOIN LATERAL (SELECT jsonb_object_keys(r.attrs) "
             f"UNION ALL SELECT key FROM jsonb_each(to_jsonb(r) - 'geom') WHERE value <> 'null' UNION ALL SELECT coalesce(GeometryType(r.geom), 'NONE')) n (name)"
             for table, key in (("asset", "class"), ("zone", "kind"))]
    found = conn.exec_driver_sql(f"SELECT DISTINCT r.* FROM ({' UNION ALL '.join(parts)}) r JOIN layer l ON l.city = r.city AND l.key = r.layer "
                                 "WHERE l.filled IS NOT NULL AND r.name IS NOT NULL AND r.name <> ALL (l.filled) ORDER BY 1, 2, 3")
    return [tuple(row) for row in found]


@pytest.fixture
def untold() -> Callable[[Connection], list[tuple[str, str, str]]]:
    """What rows have a value of, though their layer says that none has."""
    return _untold


@pytest.fixture
def city(conn: Connection):
    """The city `demo`, working CRS EPSG:4549, without an extent."""
    from registry.store import cities

    made = cities.City("demo", "示范市", "Demo City", None, 4549)
    cities.put(conn, made)
    return made


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real geodata; absent it skips, but under REGISTRY_CI a skip would not be a pass."""
    if not SHARED.is_dir():
        if os.environ.get("REGISTRY_CI"):
            pytest.fail("the folder of real geodata is missing")
        pytest.skip("the folder of real geodata is not here")
    return SHARED
