"""A large file is staged where several processes can read it: the outcome is the same, and nothing of it stays."""

from __future__ import annotations

import pytest
import shapely
from offices import lonlat
from sqlalchemy import text

from etl import load, report
from etl.load import NotWanted

COUNT = 40
STAGES = "SELECT count(*) FROM pg_class WHERE relname LIKE 'stage\\_%'"
UNLIKE = ("SELECT code, abs(length_m - registry_length_m(geom)) FROM asset WHERE class = 'road' "
          "AND (length_m IS NULL OR abs(length_m - registry_length_m(geom)) > 1e-9 * length_m)")


@pytest.fixture(autouse=True)
def all_is_much(monkeypatch):
    monkeypatch.setattr(load, "WORTH_ROWS", 1)


@pytest.fixture
def roads(office):
    def write(names=lambda n: f"路{n}", move=0.0, count=COUNT):
        shapes = [shapely.LineString([(x + move, y), (x + 0.001, y + 0.0004), (x + 0.003, y)]) for x, y in lonlat(COUNT + 1)[:count]]
        return office("道路", ["编码", "名称"], [[f"DL{n:05d}", names(n)] for n in range(count)], shapes, epsg=4490)

    return write


def test_its_lengths_are_those_of_the_database_however_a_row_came(registry, roads, conn):
    made, = registry(roads(), kind="road")
    assert (made.status, made.new) == (report.LOADED, COUNT)
    made, = registry(roads(move=0.0001), kind="road")
    assert (made.changed, set(made.field_changes)) == (COUNT, {"geometry"})
    assert conn.execute(text(UNLIKE)).all() == []
    assert conn.execute(text("SELECT count(*) FROM asset WHERE class = 'road' AND length_surveyed")).scalar_one() == 0


def test_the_same_again_writes_nothing_and_changes_are_found_among_what_is_the_same(registry, roads, conn):
    registry(roads(), kind="road")
    made, = registry(roads(), kind="road")
    assert (made.status, made.same, made.batch) == (report.UNCHANGED, COUNT, None)
    made, = registry(roads(lambda n: "新名" if n == 7 else f"路{n}", count=COUNT + 1), kind="road")
    assert (made.new, made.changed, made.same, made.field_changes) == (1, 1, COUNT - 1, {"name": 1})
    assert conn.execute(text("SELECT count(*) FROM asset_history WHERE class = 'road'")).scalar_one() == 1


def test_nothing_of_its_stage_stays_whatever_the_load_comes_to(registry, roads, conn, monkeypatch):
    file = roads()
    registry(file, kind="road", dry_run=True)
    registry(file, kind="road")
    registry(file, kind="road")
    monkeypatch.setattr(load.nearby, "compare", lambda *_: (_ for _ in ()).throw(NotWanted()))
    registry(file, kind="road")
    assert conn.execute(text(STAGES)).scalar_one() == 0
