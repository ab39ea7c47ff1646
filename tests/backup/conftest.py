"""Databases to back up and to restore into."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url
from with_history import fill, registry, run


@pytest.fixture(scope="module")
def filled(new_database: Callable[[], str]) -> str:
    """A registry with a history; to be read only."""
    url = new_database()
    fill(url)
    return url


@pytest.fixture(scope="session")
def new_empty(server: str) -> Callable[[], str]:
    """Makes a database without anything in it; it goes with the cluster."""
    serial = itertools.count()

    def make() -> str:
        name = f"empty_{os.getpid()}_{next(serial)}"
        run(server, f"CREATE DATABASE {name} TEMPLATE template0")
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="module")
def saved(filled: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of `filled` with one attachment, made by the command."""
    home = tmp_path_factory.mktemp("home")
    (home / "files" / "ab").mkdir(parents=True)
    (home / "files" / "ab" / "abcdef.jpg").write_bytes(b"\xff\xd8 a photo")
    file = home / "台账 备份.registry"
    done = registry(home, filled, "backup", str(file))
    assert done.returncode == 0, done.stderr
    return file
