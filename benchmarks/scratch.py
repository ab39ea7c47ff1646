"""A scratch database of the private cluster, migrated and dropped again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url

NAME = "registry_bench"


@contextmanager
def database() -> Iterator[str]:
    """URL of an empty, migrated database; REGISTRY_DATABASE_URL names it meanwhile."""
    from registry import db

    server = create_engine(db.url(), isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        conn.exec_driver_sql(f"CREATE DATABASE {NAME}")
    url = make_url(db.url()).set(database=NAME).render_as_string(hide_password=False)
    os.environ["REGISTRY_DATABASE_URL"] = url
    try:
        with db.begin() as conn:
            db.migrate(conn)
            db.sync(conn)
        yield url
    finally:
        del os.environ["REGISTRY_DATABASE_URL"]
        with server.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def timed(work: Callable[[], object]) -> float:
    """Wall seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def registry(*words: str) -> None:
    """One command of ours, as a process."""
    subprocess.run([sys.executable, "-m", "registry", *words], check=True, capture_output=True)
