"""What comes back is what went in, hash by hash, and guarded as before."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from with_history import batches, fill, registry, rows, run

from registry.backup import Archive

TABLES = ("asset", "asset_history", "zone", "zone_history", "batch", "told", "city", "plan", "work", "work_history", "observation")


@pytest.fixture(scope="module")
def restored(saved, new_empty, tmp_path_factory):
    """(url, home) of the backup restored into an empty database by the command."""
    url, home = new_empty(), tmp_path_factory.mktemp("elsewhere")
    done = registry(home, url, "restore", str(saved))
    assert done.returncode == 0, done.stderr
    assert "审计链完整" in done.stdout
    return url, home


def test_the_audit_chain_is_identical_and_verifies(filled, restored):
    url, home = restored
    assert batches(url) == batches(filled) and len(batches(url)) == 8
    done = registry(home, url, "audit", "verify", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)[0]["fits"] is True


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_identical(filled, restored, table):
    sentence = f"SELECT t::text FROM {table} t ORDER BY 1"
    assert rows(restored[0], sentence) == rows(filled, sentence)


def test_a_backup_of_what_was_restored_has_the_same_manifest(saved, restored, tmp_path):
    url, home = restored
    again = tmp_path / "again.registry"
    assert registry(home, url, "backup", str(again)).returncode == 0
    assert Archive(again).manifest == Archive(saved).manifest
    assert Archive(again).sums["files/ab/abcdef.jpg"] == Archive(saved).sums["files/ab/abcdef.jpg"]


def test_a_plan_comes_back_without_its_differences_and_says_that_it_is_made_anew(restored):
    url, home = restored
    done = registry(home, url, "apply", "1", REGISTRY_LANG="en")
    assert done.returncode == 8 and "stale" in done.stderr and "Traceback" not in done.stderr


def test_attachments_come_back(restored):
    assert (restored[1] / "files" / "ab" / "abcdef.jpg").read_bytes() == b"\xff\xd8 a photo"


def test_triggers_functions_constraints_and_indexes_are_those_of_a_migrated_database(filled, restored):
    for sentence in ("SELECT tgrelid::regclass::text, tgname, tgfoid::regproc::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
                     "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
                     "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
                     "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
                     "SELECT proname, prosrc FROM pg_proc WHERE starts_with(proname, 'registry_') ORDER BY 1, 2",
                     "SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname IN ('layers', 'public') ORDER BY 1, 2",
                     "SELECT schemaname, tablename, policyname, qual FROM pg_policies ORDER BY 1, 2, 3",
                     "SELECT last_value FROM feature_id_seq"):
        assert rows(restored[0], sentence) == rows(filled, sentence), sentence


def test_the_walls_stand_again_and_new_batches_follow_the_old_ones(restored):
    url, home = restored
    for sentence in ("DELETE FROM asset", "UPDATE batch SET reason = 'x'", "DELETE FROM asset_road", "TRUNCATE asset_history"):
        with pytest.raises(DBAPIError, match="RG001|直接写|批次|历史表"):
            run(url, sentence)
    fill(url)
    assert registry(home, url, "audit", "verify").returncode == 0


def test_replacing_exchanges_everything_and_leaves_the_tables_of_others(saved, filled, new_database, tmp_path):
    url = new_database()
    fill(url)
    fill(url)
    run(url, "CREATE TABLE parcels (id int)", "INSERT INTO parcels VALUES (7)")
    assert batches(url) != batches(filled)
    assert registry(tmp_path, url, "restore", str(saved), "--replace", "--yes").returncode == 0
    assert batches(url) == batches(filled) and rows(url, "SELECT id FROM parcels") == [(7,)]


def test_the_tables_and_functions_of_others_are_not_in_a_backup(new_database, new_empty, tmp_path):
    source, target = new_database(), new_empty()
    fill(source)
    run(source, 'CREATE TABLE "Parcels""s" (id int)', "CREATE VIEW roads_of_mine AS SELECT * FROM asset", "CREATE SEQUENCE mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE TYPE mood AS ENUM ('ok')")
    assert registry(tmp_path, source, "backup", str(tmp_path / "b")).returncode == 0
    done = registry(tmp_path, target, "restore", str(tmp_path / "b"))
    assert done.returncode == 0, done.stderr
    assert rows(target, "SELECT relname FROM pg_class WHERE relname IN ('Parcels\"s', 'roads_of_mine', 'mine')") == []
    assert rows(target, "SELECT proname FROM pg_proc WHERE proname = 'mine'") == []


def test_a_backup_is_of_one_moment_while_others_write(new_database, new_empty, tmp_path):
    """A batch committed between manifest and dump stands in neither."""
    from registry.backup import Writer, restore, save
    from registry.local import clients

    source, target = new_database(), new_empty()
    fill(source)
    before = batches(source)
    engine, late = create_engine(source), []
    real = clients.environment

    def meanwhile(url):
        late.append(fill(source))
        return real(url)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGISTRY_HOME", str(tmp_path))
        patch.setattr(clients, "environment", meanwhile)
        with Writer(tmp_path / "b") as writer, engine.connect() as conn:
            save(conn, writer)
        assert late and batches(source) != before
        other = create_engine(target)
        with other.begin() as conn:
            restore(conn, Archive(tmp_path / "b"))
    assert batches(target) == before
    engine.dispose()
    other.dispose()


def test_a_registry_in_a_schema_of_its_own_comes_back(new_empty, tmp_path):
    """A bureau whose connection string names a search_path."""
    source, target = new_empty(), new_empty()
    for url in (source, target):
        run(url, "CREATE EXTENSION postgis", "CREATE SCHEMA urban")
    there = [f"{url}&options=-csearch_path%3Durban,public" for url in (source, target)]
    assert registry(tmp_path, there[0], "migrate").returncode == 0
    fill(there[0])
    assert registry(tmp_path, there[0], "backup", str(tmp_path / "b")).returncode == 0
    done = registry(tmp_path, target, "restore", str(tmp_path / "b"))
    assert done.returncode == 5 and "urban" in done.stderr
    done = registry(tmp_path, there[1], "restore", str(tmp_path / "b"))
    assert done.returncode == 0, done.stderr
    assert batches(there[1]) == batches(there[0])
    assert rows(target, "SELECT relname FROM pg_class WHERE relname = 'asset' AND relnamespace = 'public'::regnamespace") == []


def test_a_chain_that_was_broken_before_is_brought_back_as_it_was_and_said(new_database, new_empty, tmp_path):
    source, target = new_database(), new_empty()
    fill(source)
    run(source, "SET session_replication_role = replica; UPDATE asset SET name = 'x' WHERE code = 'R1'")
    done = registry(tmp_path, source, "backup", str(tmp_path / "b"))
    assert done.returncode == 0 and "审计链不符" in done.stdout
    done = registry(tmp_path, target, "restore", str(tmp_path / "b"))
    assert done.returncode == 1 and "审计链不符" in done.stdout
    assert batches(target) == batches(source)


def test_the_private_cluster_is_restored_from_nothing(saved, filled, tmp_path):
    from registry.local import Cluster

    home = tmp_path / "新家"
    try:
        done = registry(home, "", "restore", str(saved))
        assert done.returncode == 0, done.stderr
        assert batches(Cluster.at(home).url()) == batches(filled)
    finally:
        Cluster.at(home).destroy()
