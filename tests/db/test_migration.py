"""The migrations and the models tell the same story, and sync makes what the declarations say."""

from __future__ import annotations

import re
import textwrap

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, text

from registry import catalogue, db, schema
from registry.db import migration
from registry.errors import NotMigrated, NotSynced


def test_the_models_equal_the_migrated_database(conn):
    def ours(obj, name, type_, reflected, compare_to):
        partition = type_ == "table" and reflected and name not in schema.metadata.tables
        expression = type_ == "index" and name and name.endswith("_x")
        return not partition and not expression

    context = MigrationContext.configure(conn, opts={"include_object": ours, "version_table": migration.VERSION_TABLE})
    assert compare_metadata(context, schema.metadata) == []


def test_the_check_constraints_of_models_and_database_agree(conn):
    """Alembic does not see CHECK constraints."""
    for table in schema.metadata.tables.values():
        wanted = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        found = {n for n in conn.execute(text(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST(:t AS regclass)"),
            {"t": table.name}).scalars() if not n.startswith("declared_keys")}  # those are made by sync
        assert {str(n) for n in wanted} == found, table.name


def test_the_values_that_the_database_takes_are_those_of_the_declarations(conn):
    """A code that is added to a list needs a migration, or writing it would fail."""
    told = 0
    for table in schema.metadata.tables.values():
        for made in (c for c in table.constraints if isinstance(c, CheckConstraint) and " IN (" in str(c.sqltext)):
            found = conn.execute(text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :n AND conrelid = CAST(:t AS regclass)"),
                                 {"n": str(made.name), "t": table.name}).scalar_one()
            assert set(re.findall(r"'(\w+)'", found)) == set(re.findall(r"'(\w+)'", str(made.sqltext))), made.name
            told += 1
    assert told >= 8


def test_migrating_and_syncing_twice_changes_nothing(conn):
    before, after = db.migrate(conn)
    assert before == after == db.wanted()
    db.sync(conn)
    assert db.sync(conn) == []


def test_a_database_that_was_never_migrated_is_named(server, new_database):
    from sqlalchemy import make_url

    engine = create_engine(make_url(new_database()))
    with engine.connect() as conn:
        conn.exec_driver_sql(f"DROP TABLE {migration.VERSION_TABLE}")
        with pytest.raises(NotMigrated):
            migration.require_migrated(conn)
    engine.dispose()


def test_every_asset_class_has_partitions_a_view_and_a_geometry_check(conn):
    tables = set(conn.execute(text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")).scalars())
    views = set(conn.execute(text("SELECT viewname FROM pg_views WHERE schemaname = 'layers'")).scalars())
    for kind in catalogue.load().kinds:
        assert kind.key in views
        if kind.table == "asset":
            assert {f"asset_{kind.key}", f"asset_history_{kind.key}"} <= tables


def test_typed_views_do_not_pass_by_row_security(conn):
    options = conn.execute(text("SELECT c.relname, c.reloptions FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                                "WHERE n.nspname = 'layers' AND c.relkind = 'v'")).all()
    assert options and all("security_invoker=true" in (o.reloptions or []) for o in options)


def test_a_class_of_ones_own_goes_through_sync_load_items_and_indicators(conn, city, tmp_path, monkeypatch):
    (tmp_path / "bicycles.py").write_text(textwrap.dedent('''
        """Public bicycle stations."""
        from registry.kinds import AssetClass, Field
        BICYCLE = AssetClass("Bicycle", "公共自行车站点|Public bicycle station", ("point",), worldwide=True,
                             fields=(Field("STATION", "站名|Station", column="name"),
                                     Field("Docks", "桩数|Docks", "integer", filter=True)), unit="座|each")
    '''), encoding="utf-8")
    monkeypatch.setenv("REGISTRY_CATALOGUE", str(tmp_path))
    import json

    import shapely

    from registry import indicators
    from registry.store import features
    from registry.store.query import Query
    from registry.store.staging import put_many

    kind = catalogue.load().kind("Bicycle")
    with pytest.raises(NotSynced):
        db.require(conn, kind)
    assert db.sync(conn) == ["Bicycle"]
    db.require(conn, kind)
    put_many(conn, kind, city, [
        {"code": "B1", "STATION": "东湖站", "Docks": 20, "state": "intact", "geom": shapely.Point(120, 30)},
        {"code": "B2", "STATION": "西湖站", "Docks": 30, "state": "damaged", "geom": shapely.Point(-70, -30)}],
        actor="t", reason="t")
    page = features.page(conn, Query(kind, "demo", equals={"Docks": (20,)}))
    assert [json.loads(f)["properties"]["STATION"] for f in page.features] == ["东湖站"]
    answer = indicators.measure(conn, "intact_rate", city, cls="Bicycle")
    assert (answer["value"], answer["numerator"], answer["denominator"]) == (50, 1, 2)
    view = conn.execute(text('SELECT "STATION", "Docks" FROM layers."Bicycle" ORDER BY 1')).all()
    assert [tuple(r) for r in view] == [("东湖站", 20), ("西湖站", 30)]


def test_doctor_finds_an_inspection_whose_asset_never_was(conn, city):
    from registry import history

    batch = history.open_batch(conn, city="demo", kind="edit", actor="t", reason="t")
    conn.execute(text("INSERT INTO inspection (city, asset_id, form, inspected_on, measurements, batch, row_hash) "
                      "VALUES ('demo', 999999999, 'f', '2025-01-01', '{}', :b, '')"), {"b": batch.id})
    bad = {c.key for c in db.checks(conn) if not c.ok}
    assert bad == {"orphans_inspection"}
