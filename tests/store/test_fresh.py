"""A class without rows is filled apart and put in place: nobody can tell it from one that was filled row by row."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from registry import audit, db, history
from registry.catalogue import load
from registry.store import cities, fresh
from registry.store.staging import Stage, Terms, put_many

LAMP = load().kind("streetlight")
PART = "asset_streetlight"
WHO = {"actor": "tester", "reason": "test"}
# What the catalogue of the database knows of the partition; a constraint of the fresh one is known to hold for all rows.
SHAPE = {
    "columns": """SELECT attname, atttypid::regtype::text, atttypmod, attnotnull, attislocal, attinhcount, attstorage, attcollation
                  FROM pg_attribute WHERE attrelid = CAST(:t AS regclass) AND attnum > 0 ORDER BY attnum""",
    "table": """SELECT relname, relnamespace::regnamespace::text, relowner, relacl, relreplident, relrowsecurity, relpersistence,
                reloptions, relispartition, pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = CAST(:t AS regclass)""",
    "indexes": """SELECT pg_get_indexdef(x.indexrelid), x.indisvalid, x.indisprimary, x.indisunique,
                  (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = x.indexrelid)
                  FROM pg_index x WHERE indrelid = CAST(:t AS regclass) ORDER BY 1""",
    "constraints": """SELECT conname, contype, replace(pg_get_constraintdef(oid), ' NOT VALID', ''), conislocal, coninhcount,
                      conparentid FROM pg_constraint WHERE conrelid = CAST(:t AS regclass) ORDER BY 1""",
    "triggers": "SELECT tgname, tgfoid::regproc::text, tgtype, tgenabled FROM pg_trigger WHERE tgrelid = CAST(:t AS regclass) ORDER BY 1",
}
CONTENT = """SELECT to_jsonb(a) - ARRAY['id', 'batch', 'sys_from'] || jsonb_build_object('nth', a.id - min(a.id) OVER ()) AS row
             FROM asset a WHERE class = :kind ORDER BY id"""


def lamps(count, **said):
    return [{"code": f"L{n}", "name": f"路灯{n}", "power_w": 100.0 + n, "installed_on": dt.date(2015, 1, 1 + n % 28),
             "light_source": "led" if n % 2 else None, **said, "geom": shapely.Point(120.5 + n / 1000, 30)} for n in range(count)]


def put(conn, city, rows, **more):
    return put_many(conn, LAMP, city, rows, **{**WHO, **more})


def oid(conn):
    return conn.execute(text("SELECT CAST(:t AS regclass)::oid"), {"t": PART}).scalar_one()


def shape_of(conn):
    return {name: [tuple(r) for r in conn.execute(text(query), {"t": PART})] for name, query in SHAPE.items()}


def content(conn, kind=LAMP):
    return conn.execute(text(CONTENT), {"kind": kind.key}).scalars().all()


@pytest.fixture
def always(monkeypatch):
    """Few rows are worth it too, as otherwise only many are."""
    monkeypatch.setattr(fresh, "WORTH_ROWS", 1)


def both_ways(conn, city, rows):
    """(rows, shape of the partition, whether it is another) as written in the ordinary way, and apart."""
    found = []
    for worth in (1 << 40, 1):
        fresh.WORTH_ROWS, inside, before = worth, conn.begin_nested(), oid(conn)
        put(conn, city, rows)
        found.append((content(conn), shape_of(conn), oid(conn) != before))
        inside.rollback()
    return found


def test_the_partition_is_the_same_as_one_that_was_filled_row_by_row(conn, city, always):
    ordinary, apart = both_ways(conn, city, lamps(50))
    assert (ordinary[2], apart[2]) == (False, True)
    assert ordinary[1] == apart[1] and len(apart[1]["indexes"]) > 10 and apart[1]["triggers"]
    assert ordinary[0] == apart[0] and len(apart[0]) == 50


def at_once(conn, city, rows, kind=LAMP, many=False):
    """The stage of rows that were written in the transaction that compared them."""
    keys = [k for k in rows[0] if k != "geom"]
    stage = Stage(conn, kind, city, keys, True, "store", terms=Terms(at_once=True), many=many)
    stage.add((n, *(row[k] for k in keys), row["geom"] and shapely.to_wkb(row["geom"])) for n, row in enumerate(rows, 1))
    told = stage.compare()
    stage.remember()
    batch = history.open_batch(conn, city=city.key, kind="edit", source="store", **WHO)
    stage.apply(batch)
    history.seal(conn, batch, {"new": told.new})
    return stage, told


def same_at_once(conn, city, rows, kind=LAMP, many=False):
    """Whether a class without rows goes straight from the stage; its rows are those of the ordinary way."""
    inside = conn.begin_nested()
    ordinary = put_many(conn, kind, city, rows, **WHO)
    before = content(conn, kind)
    inside.rollback()
    stage, told = at_once(conn, city, rows, kind, many)
    assert content(conn, kind) == before and len(before) == ordinary.new
    assert (told.new, told.refused, told.refusals, told.warnings) == (ordinary.new, ordinary.refused, ordinary.refusals, ordinary.warnings)
    assert [b.fault for b in audit.chain(conn, city.key)][-1] is None and audit.tampered(conn, city.key) == []
    return stage.first


def districts(conn, city):
    put_many(conn, load().kind("district"), city, [
        {"code": code, "name": name, "geom": shapely.box(west, 29, west + 0.55, 31)}
        for code, name, west in (("330601", "东区", 120.0), ("330602", "西区", 120.52))], **WHO)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("zoned", [False, True])
def test_rows_that_go_straight_from_the_stage_are_those_of_the_ordinary_way(conn, city, always, zoned, many):
    if zoned:
        districts(conn, city)
    assert same_at_once(conn, city, [*lamps(60), *lamps(3)], many=many)
    assert {r["district"] for r in content(conn)} == ({"330601", "330602"} if zoned else {None})


def test_the_partition_of_rows_that_several_processes_made_is_the_same(conn, city, always):
    inside = conn.begin_nested()
    put(conn, city, lamps(50))
    ordinary = shape_of(conn)
    inside.rollback()
    before = oid(conn)
    at_once(conn, city, lamps(50), many=True)
    assert oid(conn) != before and shape_of(conn) == ordinary and ordinary["constraints"]


def test_a_row_that_the_declaration_forbids_is_refused_though_several_processes_made_it(conn, city, always):
    with pytest.raises(DBAPIError) as caught:
        at_once(conn, city, lamps(3, state="eaten"), many=True)
    assert caught.value.orig.sqlstate == "23514"


@pytest.mark.parametrize("surveyed", [{}, {"length_m": 12.5}, {"length_m": None}])
@pytest.mark.parametrize(("key", "shape"), [("road", shapely.LineString([(0, 0), (0.01, 0.02), (0.03, 0)])), ("park", shapely.box(0, 0, 0.01, 0.01))])
def test_measures_are_those_of_the_ordinary_way(conn, city, key, shape, surveyed):
    kind = load().kind(key)
    said = surveyed if key == "road" else {"area_m2": 5.0} if surveyed else {}
    rows = [{"code": f"R{n}", **said, "geom": shapely.transform(shape, lambda xy, n=n: xy * (n + 1) + [120, 30])} for n in range(4)]
    assert same_at_once(conn, city, rows, kind)
    column = "length_m" if key == "road" else "area_m2"
    assert all(row[column] > 0 and row[column.replace("_m2", "_surveyed").replace("_m", "_surveyed")] == any(said.values())
               for row in content(conn, kind))


def test_where_a_row_has_no_shape_or_claims_a_district_the_differences_are_looked_at(conn, city):
    assert not same_at_once(conn, city, [*lamps(4), {**lamps(5)[4], "geom": None}])
    districts(conn, city)
    claims = [{**row, "code": f"C{row['code']}", "district": "330602"} for row in lamps(4)]
    stage, told = at_once(conn, city, claims)
    assert not stage.first and [w.code for w in told.warnings] == ["district_claim"] * 4


def test_a_class_that_has_rows_is_compared_though_nobody_looks(conn, city):
    at_once(conn, city, lamps(3))
    stage, told = at_once(conn, city, lamps(4))
    assert not stage.first and (told.new, told.same) == (1, 3) and len(content(conn)) == 4


TEXT = st.none() | st.text("路灯aA'\"\\,:%$«» 1", max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT, st.none() | st.floats(0, 20_000), st.none() | st.dates(dt.date(1800, 1, 1), dt.date(2200, 1, 1)),
                          st.none() | st.sampled_from(["intact", "missing"]), st.integers(-100, 100)), min_size=1, max_size=8))
def test_whatever_the_rows_say_both_ways_write_the_same(conn, city, always, told):
    rows = [{"code": f"L{n}" if n % 3 else None, "name": name, "power_w": power, "installed_on": day, "state": state,
             "geom": shapely.Point(120 + x / 1000, 30)} for n, (name, power, day, state, x) in enumerate(told)]
    ordinary, apart = both_ways(conn, city, rows)
    assert apart[2] and ordinary[0] == apart[0] and ordinary[1] == apart[1]
    for many in (False, True):
        inside = conn.begin_nested()
        assert same_at_once(conn, city, rows, many=many)
        inside.rollback()


def test_the_wall_and_the_history_hold_for_the_new_partition(conn, city, always):
    put(conn, city, lamps(5))
    again = put(conn, city, lamps(5))
    assert (again.new, again.changed, again.same) == (0, 0, 5)
    put(conn, city, [{"code": "L1", "name": "改名"}])
    assert conn.execute(text("SELECT name, op FROM asset_history")).all() == [("路灯1", "U")]
    assert [b.fault for b in audit.chain(conn, city.key)] == [None, None] and audit.tampered(conn, city.key) == []
    for sentence in (f"DELETE FROM {PART}", f"TRUNCATE {PART}", f"INSERT INTO {PART} SELECT * FROM {PART}"):
        inside = conn.begin_nested()
        with pytest.raises(DBAPIError) as caught:
            conn.execute(text(sentence))
        assert caught.value.orig.sqlstate == "RG001"
        inside.rollback()


def test_rows_of_another_city_stay_where_they_are(conn, city, always):
    other = cities.City("other", "别市", "Other", None, 4549)
    cities.put(conn, other)
    put(conn, other, lamps(3))
    before = oid(conn)
    put(conn, city, lamps(4))
    assert oid(conn) == before
    assert conn.execute(text("SELECT city, count(*) FROM asset GROUP BY 1 ORDER BY 1")).all() == [("demo", 4), ("other", 3)]


@pytest.mark.parametrize("own", ["CREATE VIEW bureau AS SELECT id FROM {}", "GRANT SELECT ON {} TO PUBLIC", "COMMENT ON TABLE {} IS '我们的'",
                                 "ALTER TABLE {} SET (fillfactor = 80)"])
def test_what_the_bureau_hung_on_the_partition_stays(conn, city, always, own):
    conn.exec_driver_sql(own.format(PART))
    before = oid(conn)
    put(conn, city, lamps(4))
    assert oid(conn) == before and len(content(conn)) == 4


def test_rows_that_are_not_of_the_open_batch_are_not_put_in_place(conn, city):
    made = conn.execute(text(f"SELECT CAST(registry_fresh_begin('{PART}', 'layers') AS text)")).scalar_one()
    batch = history.open_batch(conn, city=city.key, kind="import", **WHO)
    conn.execute(text(f"INSERT INTO {made} (class, city, id, code_scheme, length_surveyed, area_surveyed, attrs, row_hash, version, "
                      "batch, sys_from) VALUES ('streetlight', 'elsewhere', 1, 'bureau', false, false, '{}', '', 1, :b, :at)"),
                 {"b": batch.id, "at": batch.at})
    with pytest.raises(DBAPIError) as caught:
        conn.execute(text(f"SELECT registry_fresh_end('{made}', '{PART}', 1)"))
    assert caught.value.orig.sqlstate == "RG001"


def test_a_row_that_the_declaration_forbids_is_refused_here_too(conn, city):
    made = conn.execute(text(f"SELECT CAST(registry_fresh_begin('{PART}', 'layers') AS text)")).scalar_one()
    for column, value in (("class", "'road'"), ("attrs", "'{\"nobody\": 1}'"), ("state", "'eaten'"),
                          ("geom", "ST_GeomFromText('LINESTRING(0 0,1 1)', 4490)")):
        said = {"class": "'streetlight'", "attrs": "'{}'", "state": "'intact'", "geom": "NULL", column: value}
        inside = conn.begin_nested()
        with pytest.raises(DBAPIError) as caught:
            conn.exec_driver_sql(
                f"INSERT INTO {made} ({', '.join(said)}, city, id, code_scheme, length_surveyed, area_surveyed, row_hash, version, batch, "
                f"sys_from) VALUES ({', '.join(said.values())}, 'demo', 1, 'bureau', false, false, '', 1, 1, now())")
        assert caught.value.orig.sqlstate == "23514"
        inside.rollback()


def test_a_reader_who_does_not_let_go_costs_nobody_the_load(database, always, monkeypatch):
    monkeypatch.setattr(fresh, "TRIES", 2)
    city = cities.City("demo", "示范市", "Demo City", None, 4549)
    reader = create_engine(database)
    with reader.connect() as held:
        held.execute(text("SELECT count(*) FROM asset"))
        with db.begin() as conn:
            before = oid(conn)
            cities.put(conn, city)
            put(conn, city, lamps(6))
            assert oid(conn) == before and len(content(conn)) == 6
            assert conn.execute(text("SELECT to_regclass('layers.asset_streetlight')")).scalar_one() is None
            assert audit.tampered(conn, city.key) == [] and [b.fault for b in audit.chain(conn, city.key)] == [None]
            assert conn.execute(text("SHOW lock_timeout")).scalar_one() == "0"
    reader.dispose()
    db.dispose()


def test_a_file_that_comes_again_is_the_same_and_a_row_that_others_changed_meanwhile_is_kept(conn, city, always):
    put(conn, city, lamps(4), batch_kind="import", source="普查")
    put(conn, city, [{"code": "L1", "name": "改名"}], source="别人")
    again = put(conn, city, lamps(4), batch_kind="import", source="普查")
    assert (again.new, again.changed, again.same) == (0, 0, 4)
    assert [(w.code, w.row) for w in again.warnings] == [("kept", 2)]
    assert conn.execute(text("SELECT name FROM asset WHERE code = 'L1'")).scalar_one() == "改名"
