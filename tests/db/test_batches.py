"""Every write has a batch and every batch is sealed, whoever writes and whatever he forgets."""

from __future__ import annotations

import hashlib
import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from registry import audit, db, history
from registry.store import cities

GRANT = ("INSERT INTO token (name, role, db_user, scope, figures, no_lock, reason, created_by) "
         "VALUES ('测绘', 'editor', 'surveyor', '{}', false, false, '测试', 't')")
LAMP = "INSERT INTO layers.streetlight (city, code, geom) VALUES ('demo', :c, 'POINT(120 30)')"


@pytest.fixture(scope="module")
def engine(database):
    made = create_engine(database, connect_args={"options": "-c timezone=UTC -c datestyle=ISO"})
    with made.begin() as conn:
        cities.put(conn, cities.City("demo", "示范市", "Demo City", None, 4549))
    yield made
    made.dispose()


def chain(engine):
    with engine.connect() as conn:
        assert audit.tampered(conn, "demo") == []
        return audit.chain(conn, "demo")


def refused(conn, sentence):
    with pytest.raises(DBAPIError) as caught, conn.begin_nested():
        conn.exec_driver_sql(sentence)
    return caught.value.orig.sqlstate


def test_a_commit_seals_the_batch_that_a_direct_edit_opened(engine):
    with engine.begin() as conn:
        conn.execute(text(LAMP), {"c": "L1"})
        conn.execute(text(LAMP), {"c": "L2"})
        conn.exec_driver_sql("UPDATE layers.streetlight SET note = 'x' WHERE code = 'L2'")
        assert audit.chain(conn, "demo")[-1].fault == audit.UNSEALED
    last = chain(engine)[-1]
    assert last.fault is None and last.counts == {"new": 2, "changed": 0, "deleted": 0}
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE layers.streetlight SET note = 'y' WHERE code = 'L1'")
        conn.exec_driver_sql("DELETE FROM layers.streetlight WHERE code = 'L2'")
    assert [b.fault for b in chain(engine)] == [None] * 2
    assert chain(engine)[-1].counts == {"new": 0, "changed": 1, "deleted": 1}


def test_a_commit_seals_the_batch_that_a_program_forgot(engine):
    with engine.begin() as conn:
        batch = history.open_batch(conn, city="demo", kind="edit", actor="张三", reason="忘了封存")
    last = chain(engine)[-1]
    assert last.id == batch.id and last.hash is not None and last.fault is None


def test_what_is_rolled_back_leaves_no_batch(engine):
    before = len(chain(engine))
    with engine.connect() as conn:
        conn.execute(text(LAMP), {"c": "L9"})
    with engine.begin() as conn:
        nested = conn.begin_nested()
        conn.execute(text(LAMP), {"c": "L9"})
        nested.rollback()
        conn.execute(text(LAMP), {"c": "L10"})
    assert len(chain(engine)) == before + 1 and chain(engine)[-1].counts["new"] == 1


def test_a_sealed_batch_takes_no_more_writes(engine):
    with engine.connect() as conn:
        batch = history.open_batch(conn, city="demo", kind="edit", actor="a", reason="r")
        history.seal(conn, batch)
        conn.exec_driver_sql(f"SELECT set_config('registry.batch', '{batch.id}', true)")
        assert refused(conn, f"UPDATE asset SET note = 'x', batch = {batch.id}") == "42703"
        assert refused(conn, f"UPDATE asset SET name = 'x', version = version + 1, batch = {batch.id}, "
                             f"sys_from = (SELECT at FROM batch WHERE id = {batch.id})") == "RG001"
        conn.exec_driver_sql("UPDATE layers.streetlight SET note = 'z' WHERE code = 'L1'")
        assert conn.exec_driver_sql("SELECT max(batch) > %s FROM asset", (batch.id,)).scalar_one(), "a batch of its own"


def test_batches_opened_one_after_the_other_in_a_transaction_are_chained(engine):
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE layers.streetlight SET note = 'a' WHERE code = 'L1'")
        conn.exec_driver_sql("SET LOCAL registry.batch = ''")  # what somebody may try
        conn.exec_driver_sql("UPDATE layers.streetlight SET note = 'b' WHERE code = 'L1'")
        conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        assert refused(conn, "UPDATE layers.streetlight SET note = 'c' WHERE code = 'L1'") == "RG001"
        history.open_batch(conn, city="demo", kind="edit", actor="a", reason="r")
    assert [b.fault for b in chain(engine) if b.fault] == []


def test_nobody_makes_a_batch_that_does_not_hang_on_the_chain(engine):
    columns = "INSERT INTO batch (city, at, kind, actor, reason, code_version, prev_hash, hash) VALUES "
    with engine.begin() as conn:
        assert refused(conn, columns + "('demo', now(), 'edit', 'a', 'r', 'v', NULL, '\\x00')") == "RG001"
        conn.exec_driver_sql(columns + "('demo', '1999-01-01', 'edit', 'a', 'r', 'v', '\\x00', NULL)")
        assert refused(conn, "UPDATE batch SET reason = 'other' WHERE hash IS NULL") == "RG001"
        assert refused(conn, "UPDATE batch SET reason = 'other', hash = '\\x00' WHERE hash IS NULL") == "RG001"
    assert [b.fault for b in chain(engine) if b.fault] == []
    assert [b.at for b in chain(engine)] == sorted(b.at for b in chain(engine))


def test_a_snapshot_older_than_the_lock_may_not_write(engine):
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn:
        conn.exec_driver_sql("SELECT count(*) FROM batch")
        assert refused(conn, "UPDATE layers.streetlight SET note = 'rr' WHERE code = 'L1'") == "RG001"


def test_of_two_editors_at_once_one_wins_and_the_other_is_told_both_versions(engine):
    """The second waits for the first's commit and must not write over what it has not seen."""
    said: list[DBAPIError] = []

    def second():
        try:
            with engine.begin() as conn:
                conn.exec_driver_sql("UPDATE layers.streetlight SET note = 'second' WHERE code = 'L1'")
        except DBAPIError as error:
            said.append(error)

    with engine.connect() as first:
        first.exec_driver_sql("UPDATE layers.streetlight SET note = 'first' WHERE code = 'L1'")
        other = threading.Thread(target=second)
        other.start()
        with engine.connect() as watch:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while not watch.exec_driver_sql(waiting).scalar_one():
                watch.rollback()
        first.commit()
        other.join(60)
    assert [e.orig.sqlstate for e in said] == ["40001"]
    with engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT note FROM layers.streetlight WHERE code = 'L1'").scalar_one() == "first"
    assert [b.fault for b in chain(engine) if b.fault] == []


def test_a_refusal_of_the_database_is_one_sentence_for_our_own_programs(engine):
    from registry.errors import WriteRefused

    with pytest.raises(WriteRefused) as caught, db.begin() as conn:
        conn.exec_driver_sql("UPDATE layers.streetlight SET code = NULL")
    assert "缺少编码" in caught.value.message("zh") and "the code is missing" in caught.value.message("en")
    assert "missing" not in caught.value.message("zh")


def test_the_hash_of_a_batch_is_what_the_documents_say(engine):
    """Worked out once more outside the database, so that older databases go on to verify."""
    with engine.begin() as conn:
        conn.execute(text(LAMP), {"c": "H1"})
        conn.execute(text(LAMP), {"c": "H2"})
        conn.exec_driver_sql("DELETE FROM layers.streetlight WHERE code = 'L1'")
    with engine.connect() as conn:
        b = conn.execute(text("SELECT *, counts::text AS counted FROM batch ORDER BY id DESC LIMIT 1")).one()
        rows = conn.execute(text(
            "SELECT id, version, row_hash FROM asset WHERE batch = :b "
            "UNION ALL SELECT id, -version, row_hash FROM asset_history WHERE end_batch = :b ORDER BY 1, 2"), {"b": b.id}).all()
    leaves: dict[int, bytes] = {}
    for id_, version, row_hash in rows:
        leaves[id_ // 65536] = leaves.get(id_ // 65536, b"") + id_.to_bytes(8, "big") \
            + version.to_bytes(4, "big", signed=True) + bytes(row_hash)
    whole = hashlib.sha256(b"".join(hashlib.sha256(leaves[part]).digest() for part in sorted(leaves))).digest()
    who = (f"id={b.id},city='demo',at={b.at:%Y-%m-%dT%H:%M:%S.%f},kind=edit,actor='{b.actor}',reason='{b.reason}',"
           f"counts={b.counted},code_version='{b.code_version}'")
    assert len(rows) == 3 and bytes(b.hash) == hashlib.sha256(bytes(b.prev_hash) + whole + who.encode()).digest()


@pytest.fixture
def surveyor(engine):
    """A database user with rights on one view only, and the reading that its rows need."""
    with engine.begin() as conn:
        for sentence in ("CREATE ROLE surveyor", "GRANT USAGE ON SCHEMA layers TO surveyor", "GRANT SELECT ON asset TO surveyor",
                         "GRANT SELECT, INSERT, UPDATE, DELETE ON layers.streetlight TO surveyor"):
            conn.exec_driver_sql(sentence)
    yield
    with engine.begin() as conn:
        conn.exec_driver_sql("DROP OWNED BY surveyor; DROP ROLE surveyor")


def test_a_user_of_a_view_writes_by_the_rights_of_his_grant_alone(engine, surveyor):
    with engine.begin() as conn:
        conn.exec_driver_sql("SET LOCAL SESSION AUTHORIZATION surveyor")
        for sentence in (LAMP.replace(":c", "'S1'"), "UPDATE asset SET name = 'x'", "INSERT INTO batch DEFAULT VALUES",
                         "SELECT registry_open_batch('demo', 'edit', 'a', 'r', NULL, NULL, NULL, 'v')"):
            assert refused(conn, sentence) == "42501", sentence
    with engine.begin() as conn:
        conn.exec_driver_sql(GRANT)
        conn.exec_driver_sql("SELECT registry_regrant()")
        # Names of one's own must not come before the registry's.
        conn.exec_driver_sql("SET LOCAL SESSION AUTHORIZATION surveyor")
        conn.exec_driver_sql("CREATE TEMP TABLE batch (id bigint, hash bytea); CREATE TEMP TABLE city (key text)")
        conn.exec_driver_sql("SET LOCAL search_path = pg_temp, public")
        conn.execute(text(LAMP), {"c": "S1"})
        conn.exec_driver_sql("UPDATE layers.streetlight SET note = 'x' WHERE code = 'S1'")
    last = chain(engine)[-1]
    assert (last.actor, last.fault, last.counts["new"]) == ("surveyor", None, 1)
    assert last.reason == "direct edit by surveyor"
