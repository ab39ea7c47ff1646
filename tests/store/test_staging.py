"""Loads write only real differences, explain what they refuse, and leave history."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry import history
from registry.catalogue import load
from registry.store import features
from registry.store.query import Query
from registry.store.staging import Stage, put_many

ROAD = load().kind("road")
DISTRICT = load().kind("district")
PARK = load().kind("park")
WHO = {"actor": "tester", "reason": "test"}


def line(x: float, y: float = 30.0) -> shapely.LineString:
    return shapely.LineString([(x, y), (x + 0.01, y)])


def rows_of(conn, table="asset", columns="*"):
    return conn.execute(text(f"SELECT {columns} FROM {table} ORDER BY id")).mappings().all()


def put(conn, city, rows, kind=ROAD, **more):
    return put_many(conn, kind, city, rows, **{**WHO, **more})


def test_a_new_row_gets_version_one_a_batch_and_a_geodesic_length(conn, city):
    result = put(conn, city, [{"code": "R1", "name": "解放路", "geom": line(120.5)}])
    assert (result.new, result.changed, result.same, result.refused) == (1, 0, 0, 0)
    row = rows_of(conn)[0]
    assert row["version"] == 1 and not row["length_surveyed"]
    assert row["length_m"] == pytest.approx(964.7, abs=1)  # 0.01° of longitude at 30°N
    batch = conn.execute(text("SELECT * FROM batch")).mappings().one()
    assert (batch["actor"], batch["reason"], batch["id"]) == ("tester", "test", row["batch"])
    assert len(bytes(batch["hash"])) == 32


def test_the_same_rows_again_change_nothing_and_open_no_batch(conn, city):
    rows = [{"code": "R1", "name": "解放路", "geom": line(120.5)}]
    put(conn, city, rows)
    again = put(conn, city, rows)
    assert (again.new, again.changed, again.same) == (0, 0, 1)
    assert conn.execute(text("SELECT count(*) FROM batch")).scalar_one() == 1
    assert conn.execute(text("SELECT count(*) FROM asset_history")).scalar_one() == 0


def test_a_change_keeps_the_version_before_in_history(conn, city):
    put(conn, city, [{"code": "R1", "name": "解放路", "geom": line(120.5)}])
    result = put(conn, city, [{"code": "R1", "name": "人民路", "geom": line(120.5)}])
    assert result.changed == 1 and result.field_changes == {"name": 1}
    old, new = rows_of(conn, "asset_history")[0], rows_of(conn)[0]
    assert (old["name"], old["version"], old["op"]) == ("解放路", 1, "U")
    assert (new["name"], new["version"]) == ("人民路", 2)
    assert old["sys_to"] == new["sys_from"] > old["sys_from"]
    assert old["end_batch"] == new["batch"]


def test_a_column_that_the_rows_lack_is_left_as_it_is(conn, city):
    put(conn, city, [{"code": "R1", "name": "解放路", "surface": "asphalt", "width_m": 20.0, "geom": line(120.5)}])
    put(conn, city, [{"code": "R1", "width_m": 24.0}])
    row = rows_of(conn)[0]
    assert row["name"] == "解放路" and row["attrs"] == {"surface": "asphalt", "width_m": 24}
    assert row["geom"] is not None


def test_an_empty_value_clears_what_was_there(conn, city):
    put(conn, city, [{"code": "R1", "name": "解放路", "width_m": 20.0, "geom": line(120.5)}])
    put(conn, city, [{"code": "R1", "name": None, "width_m": None}])
    row = rows_of(conn)[0]
    assert row["name"] is None and "width_m" not in row["attrs"]


def test_a_surveyed_length_wins_over_the_geometry_and_says_so(conn, city):
    put(conn, city, [{"code": "R1", "length_m": 950.0, "geom": line(120.5)}])
    assert rows_of(conn)[0]["length_m"] == 950 and rows_of(conn)[0]["length_surveyed"]
    put(conn, city, [{"code": "R1", "geom": line(120.6)}])
    assert rows_of(conn)[0]["length_m"] == 950, "a new geometry does not throw the survey away"
    put(conn, city, [{"code": "R1", "length_m": None}])
    assert rows_of(conn)[0]["length_m"] == pytest.approx(964.7, abs=1) and not rows_of(conn)[0]["length_surveyed"]


def test_the_second_row_of_a_code_is_refused_and_names_the_first(conn, city):
    result = put(conn, city, [{"code": "R1", "geom": line(120.5)}, {"code": "R2", "geom": line(120.6)},
                              {"code": "R1", "geom": line(120.7)}])
    assert (result.new, result.refused) == (2, 1)
    refusal = result.refusals[0]
    assert (refusal.row, refusal.code, refusal.value, refusal.facts) == (3, "duplicate", "R1", {"other": 1})


def test_a_file_of_nothing_but_duplicates_is_counted_whole_and_listed_in_part(conn, city, monkeypatch):
    monkeypatch.setattr("registry.store.staging.LISTED", 2)
    result = put(conn, city, [{"code": "R1", "geom": line(120 + n / 100)} for n in range(6)])
    assert (result.new, result.refused, [r.row for r in result.refusals]) == (1, 5, [2, 3])


def test_a_sheet_row_without_an_asset_is_refused(conn, city):
    result = put(conn, city, [{"code": "R9", "name": "x"}])
    assert (result.new, result.refused, result.refusals[0].code) == (0, 1, "no_such_asset")


def test_rows_without_a_code_are_known_again_by_what_their_source_said(conn, city):
    rows = [{"code": None, "name": "a", "geom": line(120.5)}, {"code": None, "name": "a", "geom": line(120.5)}]
    assert put(conn, city, rows).new == 2
    assert put(conn, city, rows).same == 2
    assert put(conn, city, [*rows, {"code": None, "name": "b", "geom": line(120.5)}]).new == 1


def test_loading_an_earlier_source_again_does_not_undo_a_later_one(conn, city):
    survey = [{"code": "R1", "name": "解放路", "geom": line(120.5)}]
    put(conn, city, survey, source="roads.shp")
    put(conn, city, [{"code": "R1", "name": "人民路"}], source="patrol.xlsx")
    assert put(conn, city, survey, source="roads.shp").same == 1
    assert put(conn, city, [{"code": "R1", "name": "人民路"}], source="patrol.xlsx").same == 1
    assert rows_of(conn)[0]["name"] == "人民路"


def test_the_district_is_the_claim_when_it_contains_the_asset_else_by_position_else_unknown(conn, city):
    west, east = shapely.box(120.0, 29.0, 120.5, 31.0), shapely.box(120.5, 29.0, 121.0, 31.0)
    put(conn, city, [{"code": "330601", "name": "西区", "geom": west}, {"code": "330602", "name": "东区", "geom": east}],
        kind=DISTRICT)
    result = put(conn, city, [{"code": "R1", "district": "西区", "geom": line(120.1)},
                              {"code": "R2", "district": "西区", "geom": line(120.7)},
                              {"code": "R3", "district": None, "geom": line(120.8)},
                              {"code": "R4", "district": "330602", "geom": line(122.0)}])
    assert [r["district"] for r in rows_of(conn)] == ["330601", "330602", "330602", None]
    assert sorted(w.row for w in result.warnings) == [2, 4]


def test_districts_loaded_later_place_the_assets_that_are_there(conn, city):
    put(conn, city, [{"code": "R1", "geom": line(120.1)}])
    assert rows_of(conn)[0]["district"] is None
    put(conn, city, [{"code": "330601", "name": "西区", "geom": shapely.box(120, 29, 120.5, 31)}], kind=DISTRICT)
    row = rows_of(conn)[0]
    assert (row["district"], row["version"]) == ("330601", 2)
    assert conn.execute(text("SELECT count(*) FROM asset_history")).scalar_one() == 1


def test_the_row_hash_can_be_recomputed_from_the_row(conn, city):
    from registry.db.columns import row_hash

    put(conn, city, [{"code": "330601", "name": "西区", "geom": shapely.box(120, 29, 120.5, 31)}], kind=DISTRICT)
    put(conn, city, [{"code": "R1", "name": "it's", "width_m": 3.5, "installed_on": None, "geom": line(120.1)}])
    put(conn, city, [{"code": "R1", "name": "路"}])
    for table in ("asset", "zone"):
        kept, again = conn.execute(text(f"SELECT a.row_hash, {row_hash(table, 'a')} FROM {table} a")).one()
        assert bytes(kept) == bytes(again)


# -- walls ---------------------------------------------------------------------------------------
def refused(conn, sentence):
    with pytest.raises(DBAPIError) as caught, conn.begin_nested():
        conn.exec_driver_sql(sentence)
    return caught.value.orig.sqlstate


def test_the_database_refuses_a_write_without_a_batch(conn, city):
    put(conn, city, [{"code": "R1", "geom": line(120.1)}])
    assert refused(conn, "UPDATE asset SET name = 'x'") == "RG001"
    assert refused(conn, "DELETE FROM asset") == "RG001"
    assert refused(conn, "INSERT INTO asset (class, city, id, code_scheme, length_surveyed, area_surveyed, attrs, row_hash, "
                         "version, batch, sys_from) SELECT class, city, 0, 'x', false, false, '{}', row_hash, 1, batch, "
                         "sys_from FROM asset") == "RG001"
    assert refused(conn, "UPDATE asset SET batch = batch, version = version + 1") == "RG001"


def test_the_database_refuses_a_direct_write_to_a_partition_and_to_history(conn, city):
    put(conn, city, [{"code": "R1", "geom": line(120.1)}])
    for sentence in ("UPDATE asset_road SET name = 'x'", "DELETE FROM asset_road", "TRUNCATE asset_road",
                     "TRUNCATE asset", "DELETE FROM asset_history", "INSERT INTO asset_history_road SELECT 'U', now(), "
                     "1, a.* FROM asset a", "UPDATE zone_history SET name = 'x'", "TRUNCATE asset_history"):
        assert refused(conn, sentence) == "RG001", sentence


def test_the_database_refuses_a_point_for_a_road(conn, city):
    stage = Stage(conn, ROAD, city, ["code"], True, "x")
    stage.add([(1, "R1", shapely.to_wkb(shapely.Point(120, 30)))])
    stage.compare()
    batch = history.open_batch(conn, city="demo", kind="edit", **WHO)
    with pytest.raises(DBAPIError, match="geometry_type"), conn.begin_nested():
        stage.apply(batch)


def test_a_batch_of_one_city_cannot_write_another(conn, city):
    put(conn, city, [{"code": "R1", "geom": line(120.1)}])
    conn.execute(text("INSERT INTO city (key, zh, en, srid) VALUES ('other', 'o', 'o', 4549)"))
    history.open_batch(conn, city="other", kind="edit", **WHO)
    assert refused(conn, "DELETE FROM asset") == "RG001"


def test_a_deleted_row_stays_in_history(conn, city):
    put(conn, city, [{"code": "R1", "geom": line(120.1)}])
    history.open_batch(conn, city="demo", kind="edit", **WHO)
    conn.exec_driver_sql("DELETE FROM asset")
    row = rows_of(conn, "asset_history")[0]
    assert (row["op"], row["code"], row["version"]) == ("D", "R1", 1)


def test_batches_are_chained_and_their_times_only_go_forward(conn, city):
    for name in "abc":
        put(conn, city, [{"code": "R1", "name": name, "geom": line(120.1)}])
    batches = conn.execute(text("SELECT at, hash, prev_hash FROM batch ORDER BY id")).all()
    assert [b.prev_hash for b in batches[1:]] == [b.hash for b in batches[:-1]]
    assert batches[0].at < batches[1].at < batches[2].at


# -- reading -------------------------------------------------------------------------------------
def test_pages_by_keyset_show_every_row_once_in_any_order(conn, city):
    import json

    put(conn, city, [{"code": f"R{n}", "name": None if n % 3 else f"路{n % 2}", "width_m": float(n % 4) or None,
                      "geom": line(120.1 + n / 100)} for n in range(23)])
    for sort in ((), (("name", False),), (("name", True),), (("width_m", True), ("name", False)), (("id", True),)):
        seen, after = [], None
        while True:
            page = features.page(conn, Query(ROAD, "demo", sort=sort, after=after, limit=5))
            seen += [json.loads(f)["id"] for f in page.features]
            if page.next is None:
                break
            after = page.next
        assert len(seen) == len(set(seen)) == 23, sort


def test_a_box_across_the_antimeridian_and_features_without_geometry(conn, city):
    put(conn, city, [{"code": "E", "geom": line(179.5)}, {"code": "W", "geom": line(-179.9)},
                     {"code": "M", "geom": line(0)}])
    codes = features.count(conn, Query(ROAD, "demo", bbox=(179, 29, -179, 31)))
    assert codes == 2


def test_a_source_that_says_something_else_than_last_time_is_heard(conn, city):
    """The monthly file keeps its name: 乙, then what another said (甲), then 乙 again is news."""
    put(conn, city, [{"code": "R1", "name": "乙", "geom": line(120.5)}], source="a.shp")
    put(conn, city, [{"code": "R1", "name": "甲"}], source="b.csv")
    assert put(conn, city, [{"code": "R1", "name": "甲"}], source="monthly.csv").same == 1
    assert put(conn, city, [{"code": "R1", "name": "乙"}], source="monthly.csv").changed == 1
    assert put(conn, city, [{"code": "R1", "name": "乙"}], source="monthly.csv").same == 1


def test_a_row_kept_because_nothing_new_was_said_is_told(conn, city):
    put(conn, city, [{"code": "R1", "name": "乙", "geom": line(120.5)}], source="a.shp")
    put(conn, city, [{"code": "R1", "name": "甲"}], source="b.csv")
    result = put(conn, city, [{"code": "R1", "name": "乙", "geom": line(120.5)}], source="a.shp")
    assert (result.same, result.changed, [w.code for w in result.warnings]) == (1, 0, ["kept"])


def test_a_row_without_a_code_is_changed_where_it_stands_and_not_doubled(conn, city):
    home = load().kind("residential")
    box = shapely.box(120, 30, 120.01, 30.01)
    put(conn, city, [{"name": "甲小区", "population": 100, "geom": box}], kind=home)
    result = put(conn, city, [{"name": "甲小区", "population": 111, "geom": box}], kind=home)
    assert (result.new, result.changed) == (0, 1)
    assert rows_of(conn, "zone")[0]["population"] == 111


def test_many_changes_are_not_compared_one_by_one_with_every_live_row(conn, city):
    """The table was never analysed: the planner takes it for one row, and 600 changes in 10,000 rows took 29 s."""
    from sqlalchemy import event

    plans = []

    def explain(connection, cursor, sentence, values, context, many):
        if sentence.startswith("UPDATE asset"):
            with connection.connection.driver_connection.cursor() as own:
                plans.append("\n".join(r[0] for r in own.execute("EXPLAIN " + sentence, values)))

    put(conn, city, [{"code": f"R{n}", "name": "a", "geom": line(120.1)} for n in range(500)])
    event.listen(conn, "before_cursor_execute", explain)
    put(conn, city, [{"code": f"R{n}", "name": "b"} for n in range(500)])
    event.remove(conn, "before_cursor_execute", explain)
    assert len(plans) == 1 and "Nested Loop" not in plans[0]
    assert conn.exec_driver_sql("SHOW enable_nestloop").scalar_one() == "on"


@pytest.mark.parametrize("key", ["绍兴", "a b", "../x", "x" * 49, ""])
def test_a_city_key_that_cannot_stand_in_an_address_is_refused(conn, key):
    from registry.errors import BadValue
    from registry.store import cities

    with pytest.raises(BadValue, match="city"):
        cities.put(conn, cities.City(key, "x", "x", None, 4549))
