"""What a person meets when the machine or the settings are wrong: one sentence in each language, the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url

from registry import db
from registry.cli import main


def process(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """One command as a process, with its arguments as bytes."""
    return subprocess.run([sys.executable, "-m", "registry", *words], env={**os.environ, **env}, capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)


def registry(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The same without a start of Python."""
    done = CliRunner().invoke(main, words, env=env)
    return subprocess.CompletedProcess(words, done.exit_code, stderr=done.output)


def refused(done: subprocess.CompletedProcess[str], code: int, word: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr and "[SQL" not in done.stderr and word in done.stderr


@pytest.fixture(scope="module")
def empty(server: str) -> Iterator[str]:
    """A database without anything in it, not even PostGIS."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql("DROP DATABASE IF EXISTS nothing_in_it WITH (FORCE)")
        conn.exec_driver_sql("CREATE DATABASE nothing_in_it")
        conn.exec_driver_sql("DROP ROLE IF EXISTS plain")
        conn.exec_driver_sql("CREATE ROLE plain LOGIN")
    engine.dispose()
    yield make_url(server).set(database="nothing_in_it").render_as_string(hide_password=False)
    db.dispose()


@pytest.mark.parametrize("command", ["inventory", "city list", "batches", "audit verify", "coverage park", "indicators"])
def test_a_database_that_was_never_migrated_says_so(empty, command):
    refused(registry(*command.split(), REGISTRY_DATABASE_URL=empty), 5, "registry migrate")


def test_a_database_without_postgis_and_without_the_right_to_make_it_says_whom_to_ask(empty):
    url = make_url(empty).set(username="plain").render_as_string(hide_password=False)
    refused(registry("migrate", REGISTRY_DATABASE_URL=url), 5, "CREATE EXTENSION postgis")


@pytest.mark.parametrize("env", [{"REGISTRY_WORKERS": "9999"}, {"REGISTRY_PORT": "99999"}, {"REGISTRY_PORT": "x"},
                                 {"REGISTRY_DATABASE_URL": "postgresql://a@b:port/c"},
                                 {"REGISTRY_DATABASE_URL": "mysql://a@b/c"}])
def test_a_wrong_setting_is_named(env):
    refused(registry("serve", **env), 2, next(iter(env)))


def test_a_city_key_that_cannot_stand_in_an_address_is_refused(database):
    refused(registry("city", "add", "坏 /key?", "--srid", "4549", REGISTRY_DATABASE_URL=database), 2, "city")


def test_an_argument_that_is_too_long_or_no_utf_8_is_a_sentence(database):
    refused(process("load", "x" * 300 + ".csv", "--yes", REGISTRY_DATABASE_URL=database), 3, "too long")
    refused(process("export", "road", "--city", "\udcff", REGISTRY_DATABASE_URL=database), 2, "not in UTF-8")
