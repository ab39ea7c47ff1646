"""What a plan writes is what was compared; what it relies on must be as it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection, text

from registry import history
from registry.catalogue import load
from registry.errors import NotFound, PlanSpent, PlanStale
from registry.store import plan_rows, plans
from registry.store.cities import City
from registry.store.plans import Plan
from registry.store.staging import Stage, Terms, put_many

ROAD, HOME, DISTRICT = (load().kind(k) for k in ("road", "residential", "district"))
BOX = shapely.box(120, 30, 120.01, 30.01)
WHO = {"actor": "t", "reason": "t"}


def line(x: float = 120.5) -> shapely.LineString:
    return shapely.LineString([(x, 30), (x, 30.01)])


def keep(conn: Connection, city: City, rows: list[dict[str, Any]], kind=ROAD, source: str = "roads.shp", **terms: Any) -> Plan:
    keys = [k for k in rows[0] if k != "geom"]
    stage = Stage(conn, kind, city, keys, True, source, terms=Terms(**terms))
    stage.add((n, *(r[k] for k in keys), shapely.to_wkb(r["geom"])) for n, r in enumerate(rows, 1))
    told = stage.compare()
    return plans.save(conn, stage, **WHO, source_sha256="0" * 64, mapping={"class": kind.key}, report={},
                      counts={"new": told.new, "changed": told.changed, "deleted": told.missing})


def put(conn, city, rows, kind=ROAD, source="roads.shp"):
    put_many(conn, kind, city, rows, source=source, **WHO)


def test_a_plan_writes_what_was_compared_though_the_session_s_tables_are_gone(conn, city):
    put(conn, city, [{"code": "R1", "name": "甲", "geom": line()}, {"code": "R2", "name": "乙", "geom": line()}])
    plan = keep(conn, city, [{"code": "R1", "name": "丙", "geom": line()}, {"code": "R3", "name": "丁", "geom": line()}],
                delete_missing=50.0)
    assert (plan.counts, plan.status) == ({"new": 1, "changed": 1, "deleted": 1}, "ready")
    for table in conn.execute(text("SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'")).scalars().all():
        conn.exec_driver_sql(f"DROP TABLE {table}")
    done, batch = plans.apply(conn, plan.id)
    assert conn.execute(text("SELECT code, name FROM asset ORDER BY 1")).all() == [("R1", "丙"), ("R3", "丁")]
    assert conn.execute(text("SELECT op, code FROM asset_history ORDER BY 2")).all() == [("U", "R1"), ("D", "R2")]
    assert {b for b, in conn.execute(text("SELECT batch FROM asset"))} == {batch.id}
    assert plans.get(conn, plan.id).batch == batch.id


def test_same_rows_are_not_kept_twice(conn, city):
    rows = [{"code": f"R{n}", "name": "甲", "geom": line()} for n in range(50)]
    put(conn, city, rows)
    plan = keep(conn, city, [*rows, {"code": "X", "name": "乙", "geom": line()}])
    assert conn.execute(text(f"SELECT count(*) FROM {plan.table}")).scalar_one() == 1


def test_a_deleted_row_is_named_by_its_code_and_counted_with_those_that_are_not_named(conn, city):
    put(conn, city, [{"code": f"R{n:02}", "name": "甲", "geom": line()} for n in range(30)])
    plan = keep(conn, city, [{"code": f"R{n:02}", "name": "乙", "geom": line()} for n in range(30)])
    history.open_batch(conn, city="demo", kind="edit", **WHO)
    conn.exec_driver_sql("DELETE FROM asset")
    with pytest.raises(PlanStale, match=r"R00, R01.*…") as caught:
        plans.apply(conn, plan.id)
    assert len(caught.value.more["rows"]) == plans.NAMED
    assert caught.value.more["rows"][0] | {"id": 0} == {"row": 1, "id": 0, "code": "R00", "planned": 1, "found": None}


def test_a_twin_without_a_code_that_was_made_meanwhile_is_noticed(conn, city):
    plan = keep(conn, city, [{"name": "甲小区", "geom": BOX}], HOME)
    put(conn, city, [{"name": "甲小区", "geom": BOX}], HOME, source="other.shp")
    with pytest.raises(PlanStale):
        plans.apply(conn, plan.id)


def test_a_database_whose_tables_changed_makes_a_plan_stale_in_a_sentence(conn, city):
    plan = keep(conn, city, [{"code": "R1", "name": "甲", "geom": line()}])
    put(conn, city, [{"code": "R2", "name": "甲", "geom": line()}])
    conn.exec_driver_sql(f"ALTER TABLE {plan.table} DROP COLUMN owner")
    with pytest.raises(PlanStale, match="upgraded"):
        plans.apply(conn, plan.id)


def test_a_plan_of_districts_places_the_assets_that_are_there_by_then(conn, city):
    plan = keep(conn, city, [{"code": "330601", "name": "西区", "geom": shapely.box(120, 29, 121, 31)}], DISTRICT)
    put(conn, city, [{"code": "R1", "name": "甲", "geom": line()}])
    _, batch = plans.apply(conn, plan.id)
    assert conn.execute(text("SELECT district FROM asset")).scalar_one() == "330601"
    counts = conn.execute(text("SELECT counts FROM batch WHERE id = :b"), {"b": batch.id}).scalar_one()
    assert counts["placed"] == 1, "the batch counts what it wrote beside the districts"


def test_a_retired_plan_says_so_and_a_dropped_one_is_not_found(conn, city):
    plan = keep(conn, city, [{"code": "R1", "name": "甲", "geom": line()}])
    plans.retire(conn, plan.id)
    assert plans.get(conn, plan.id).status == "ready"  # nothing moved
    put(conn, city, [{"code": "R1", "name": "乙", "geom": line()}])
    plans.retire(conn, plan.id)
    with pytest.raises(PlanSpent, match="stale"):
        plans.apply(conn, plan.id)
    plans.drop(conn, plan.id)
    with pytest.raises(NotFound):
        plans.get(conn, plan.id)


def test_samples_are_twenty_at_most_with_some_of_each(conn, city):
    put(conn, city, [{"code": f"R{n:02}", "name": "甲", "geom": line()} for n in range(60)])
    plan = keep(conn, city, [{"code": f"R{n:02}", "name": "乙", "geom": line()} for n in range(30)]
                + [{"code": f"N{n:02}", "name": "丙", "geom": line()} for n in range(30)], delete_missing=50.0)
    found = plan_rows.samples(conn, plan.differences, plan.differences.count(conn))
    assert len(found) == plan_rows.SAMPLES and {s["verdict"] for s in found} == {"new", "changed", "missing"}
    few = plan_rows.samples(conn, plan.differences, {"new": 30})
    assert [s["verdict"] for s in few] == ["new"] * plan_rows.SAMPLES


def test_a_layer_gives_each_field_in_its_type(conn, city):
    """A field of the class's own is text in the database, whatever it is."""
    values = {"code": "R1", "width_m": 3.5, "lanes": 2, "is_key": True, "void_checked_on": dt.date(2024, 5, 6), "surface": "asphalt"}
    plan = keep(conn, city, [{**values, "geom": line()}])
    (row,), = plan_rows.layer(conn, plan.differences, "insert")
    told = dict(zip((f.key for f in plan_rows.fields(plan.differences)), row[4:], strict=False))
    assert told == {**values, "name": None}


def test_a_layer_is_read_in_chunks_and_points_are_taken_evenly(conn, city, monkeypatch):
    monkeypatch.setattr(plan_rows, "CHUNK_ROWS", 40)
    monkeypatch.setattr(plan_rows, "DRAWN", 30)
    plan = keep(conn, city, [{"code": f"R{n:02}", "name": "甲", "geom": line(120 + n / 1000)} for n in range(100)])
    assert [len(chunk) for chunk in plan_rows.layer(conn, plan.differences, "insert")] == [40, 40, 20]
    xs = [x for x, _ in plan_rows.points(conn, plan.differences, "new", 100)]
    assert len(xs) == 25 and max(xs) - min(xs) > 0.09
