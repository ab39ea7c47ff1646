"""The audit on the command line: its head is noted outside, and a chain whose end was cut off is found by it."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner

from registry import db
from registry.catalogue import load
from registry.cli import main
from registry.store import cities
from registry.store.cities import City
from registry.store.staging import put_many


@pytest.fixture(scope="module")
def told(database: str):
    town = City("demo", "示范市", "Demo City", None, 4549)
    with db.begin() as conn:
        cities.put(conn, town)
    for n in range(3):
        with db.begin() as conn:
            put_many(conn, load().kind("streetlight"), town, [{"code": f"L{n}", "geom": shapely.Point(120, 30)}],
                     actor="t", reason="t")
    yield database
    db.dispose()


def verify(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["audit", "verify", *words])
    return result.exit_code, result.output


def test_a_head_that_was_noted_is_found_again_and_one_that_was_cut_off_is_missed(told):
    status, said = verify("--json")
    head = json.loads(said)[0]["head"]
    assert status == 0 and verify("--expect", head)[0] == 0
    with db.begin() as conn:  # what somebody with the owner's rights could do
        conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
        conn.exec_driver_sql("DELETE FROM asset WHERE batch = (SELECT max(id) FROM batch)")
        conn.exec_driver_sql("DELETE FROM batch WHERE id = (SELECT max(id) FROM batch)")
    assert verify()[0] == 0, "by itself, a shorter chain is a chain"
    status, said = verify("--expect", head)
    assert status == 1 and "链尾被截去" in said
