"""Databases to back up and to restore into."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
def new_empty(server: str) -> Iterator[Callable[[], str]]:
    """Makes a database without anything in it."""
    made: list[str] = []

    def make() -> str:
        name = f"empty_{os.getpid()}_{len(made)}"
        run(server, f"CREATE DATABASE {name} TEMPLATE template0")
        made.append(name)
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    yield make
    run(server, *(f"DROP DATABASE {name} WITH (FORCE)" for name in made))


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
