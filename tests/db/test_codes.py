"""The check digit in the database is the one of the declarations."""

from __future__ import annotations

import psycopg
import pytest
import shapely
import sqlalchemy.exc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry.catalogue import load
from registry.kinds import uscc
from registry.store.staging import put_many

GOOD = "91350100M000100Y43"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(uscc.ALPHABET + "IOSVZ中 ", min_size=17, max_size=17), st.sampled_from(uscc.ALPHABET), st.booleans())
def test_python_and_sql_agree(conn, body, other, right):
    code = body + ((uscc.check_character(body) or other) if right else other)
    assert conn.execute(text("SELECT registry_uscc_fits(:c)"), {"c": code}).scalar_one() == uscc.fits(code)


def test_an_edit_through_a_view_is_checked_too(conn, city):
    put_many(conn, load().kind("streetlight"), city, [{"code": "L1", "geom": shapely.Point(120, 30)}], actor="t", reason="t")
    conn.execute(text("UPDATE layers.streetlight SET owner_code = :c"), {"c": GOOD})
    conn.execute(text("UPDATE layers.streetlight SET owner_code = 'SZ-1'"))
    with pytest.raises((sqlalchemy.exc.DBAPIError, psycopg.Error), match="owner_code"):
        conn.execute(text("UPDATE layers.streetlight SET owner_code = :c"), {"c": GOOD[:-1] + "4"})
