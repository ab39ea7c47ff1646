"""A clock that jumps, back or forth, leaves the order of the batches and what was known on a day as they were."""

from __future__ import annotations

import random

import pytest
import shapely
from ledger import Ledger
from machine import DEMO, Machine, rows, run
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from state import assert_honest

from registry.catalogue import load
from registry.store.staging import put_many

# Found before PostgreSQL's own when its schema stands first: the clock of a server that is set wrong.
WRONG_CLOCK = """CREATE SCHEMA wrong; CREATE TABLE wrong.offset_ (by interval); INSERT INTO wrong.offset_ VALUES ('0');
    CREATE FUNCTION wrong.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + by FROM wrong.offset_'"""
AS_OF = """SELECT name FROM (SELECT code, name, sys_from, 'infinity' AS sys_to FROM asset
    UNION ALL SELECT code, name, sys_from, sys_to FROM asset_history) a
    WHERE code = 'S' AND sys_from <= '{at}' AND sys_to > '{at}'"""


def put(url: str, name: str) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": "-c search_path=wrong,pg_catalog,public"})
    with engine.begin() as conn:
        put_many(conn, load().kind("streetlight"), DEMO, [{"code": "S", "name": name, "geom": shapely.Point(120, 30)}],
                 actor="t", reason=name)


@pytest.mark.parametrize("jumps_h", [[-1], [24, -24], [24, -48, 1, 0, -1000]])
def test_batches_stay_in_order_when_the_clock_does_not(machine: Machine, ledger: Ledger, chance: random.Random, jumps_h):
    url = machine.database()
    run(url, *WRONG_CLOCK.split(";"))
    told = []
    for hours in (0, *jumps_h):
        run(url, f"UPDATE wrong.offset_ SET by = interval '{hours + chance.random()} hours'")
        for _ in range(2):
            told.append(f"{len(told) + 1}")
            put(url, told[-1])
    batches = rows(url, "SELECT at::text, reason FROM batch WHERE reason <> 't' ORDER BY id")
    assert [reason for _, reason in batches] == told
    known = [rows(url, AS_OF.format(at=at)) for at, _ in batches]
    ledger.note("clock going backwards", lost=sum(k == [] for k in known), half=sum(len(k) > 1 for k in known))
    assert known == [[(name,)] for name in told]
    assert_honest(url)


def test_the_wrong_clock_is_believed_by_the_database(machine: Machine):
    """Else the test above would show nothing."""
    url = machine.database()
    run(url, *WRONG_CLOCK.split(";"), "UPDATE wrong.offset_ SET by = interval '24 hours'")
    put(url, "x")
    assert rows(url, "SELECT at > now() + interval '23 hours' FROM batch ORDER BY id DESC LIMIT 1") == [(True,)]
