"""Undo of a batch: what it wrote is as it was before, under new versions; what moved on since is told and left alone."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from registry import audit, history
from registry.catalogue import load
from registry.errors import CannotUndo, Forbidden, NotFound, UndoConflicts
from registry.scope import ROLES, Principal, Scope, Sight
from registry.store import attachments, defects, inspections, organisations, ownership, undo
from registry.store.attachments import Document
from registry.store.edits import Editor, Given
from registry.store.records import Writer
from registry.store.staging import put_many

WHO = Writer("tester", "test")
LAMP, ROAD, DISTRICT = (load().kind(k) for k in ("streetlight", "road", "district"))
EDITOR = Principal("张三", "editor", ROLES["editor"], no_lock=True)
TABLES = ("asset", "zone", "organisation", "defect", "claim")
OWN = "'version', 'batch', 'sys_from'"


def lamps(conn, city, source="普查.shp", x=120.5, **names):
    rows = [{"code": code, "name": name, "geom": shapely.Point(x, 30)} for code, name in names.items()]
    return put_many(conn, LAMP, city, rows, actor="loader", reason=f"load {source}", source=source, batch_kind="import")


def last(conn) -> int:
    return conn.execute(text("SELECT max(id) FROM batch")).scalar_one()


def content(conn) -> list[tuple]:
    """All that the tables of versions hold, but for the numbers of the versions; and what sources said last."""
    found = [(t, *r) for t in TABLES for r in conn.execute(text(f"SELECT id, to_jsonb(t) - ARRAY[{OWN}] FROM {t} t ORDER BY id"))]
    return found + [tuple(r) for r in conn.execute(text("SELECT id, source, hash FROM told ORDER BY 1, 2"))]


def names(conn) -> dict[str, str]:
    return dict(conn.execute(text("SELECT code, name FROM asset ORDER BY code")).all())


def undone(conn, number, **how):
    return undo.carry_out(conn, undo.examine(conn, number), actor="undoer", **how)


def sound(conn) -> bool:
    return audit.tampered(conn, "demo") == [] and not any(b.fault for b in audit.chain(conn, "demo"))


def edit(conn, city, code, **properties):
    editor = Editor(conn, city, EDITOR, reason="看过现场")
    id_ = conn.execute(text("SELECT id FROM asset WHERE code = :c"), {"c": code}).scalar_one()
    editor.update(LAMP, id_, Given(properties), None)
    editor.close()
    return id_


def delete(conn, city, code):
    editor = Editor(conn, city, EDITOR, reason="拆除")
    id_ = conn.execute(text("SELECT id FROM asset WHERE code = :c"), {"c": code}).scalar_one()
    editor.delete(LAMP, id_, None)
    editor.close()
    return id_


def test_a_load_is_undone_and_done_again_and_undone_again(conn, city):
    lamps(conn, city, L1="甲", L2="乙")
    before = content(conn)
    lamps(conn, city, L1="甲二", L3="丙")
    load_, after = last(conn), content(conn)
    first = undone(conn, load_)
    assert first.counts == {"new": 0, "changed": 1, "deleted": 1, "inspections": 0} and first.conflicts == 0
    assert content(conn) == before
    assert content(conn) == before and undone(conn, first.batch).rows == 2 and content(conn) == after
    undone(conn, last(conn))
    assert content(conn) == before and sound(conn)
    assert conn.execute(text("SELECT version FROM asset WHERE code = 'L1'")).scalar_one() == 5


def test_the_batch_says_which_it_undoes_and_why(conn, city):
    lamps(conn, city, L1="甲")
    number = last(conn)
    assert undone(conn, number).batch == last(conn)
    row = conn.execute(text("SELECT kind, actor, reason, mapping, counts FROM batch WHERE id = :b"), {"b": last(conn)}).one()
    assert (row.kind, row.actor, row.reason, row.mapping) == ("undo", "undoer", f"undo batch {number}", {"undoes": number})
    assert row.counts == {"new": 0, "changed": 0, "deleted": 1, "inspections": 0, "placed": 0, "conflicts": 0}


def test_what_was_deleted_comes_back_under_its_own_id_with_a_new_version(conn, city):
    lamps(conn, city, L1="甲")
    id_ = delete(conn, city, "L1")
    assert undone(conn, last(conn)).counts["new"] == 1
    assert conn.execute(text("SELECT id, version, name, source FROM asset")).one() == (id_, 2, "甲", "普查.shp")
    assert sound(conn)


def test_what_changed_since_is_told_and_left_alone_and_the_rest_is_undone(conn, city):
    lamps(conn, city, L1="甲", L2="乙", L3="丙")
    lamps(conn, city, L1="甲二", L2="乙二", L3="丙二")
    number = last(conn)
    id_ = edit(conn, city, "L1", name="甲三")
    edited = last(conn)
    gone = delete(conn, city, "L3")
    found = undone(conn, number)
    assert (found.rows, found.conflicts) == (1, 2) and names(conn) == {"L1": "甲三", "L2": "乙"}
    moved, removed = found.listed
    assert (moved.table, moved.kind, moved.id, moved.code, moved.why, moved.fields) == (
        "asset", "streetlight", id_, "L1", "changed", ("name",))
    assert (moved.batch, moved.actor) == (edited, "张三") and moved.at is not None
    assert (removed.id, removed.code, removed.batch, removed.fields) == (gone, "L3", edited + 1, ())


def test_all_is_refused_at_any_conflict_when_asked(conn, city):
    lamps(conn, city, L1="甲", L2="乙")
    number = last(conn)
    edit(conn, city, "L1", name="甲二")
    before = content(conn)
    with pytest.raises(UndoConflicts) as error:
        undone(conn, number, whole=True)
    assert error.value.more["listed"][0]["code"] == "L1" and content(conn) == before and last(conn) == number + 1


def test_a_batch_undone_already_has_nothing_left_to_undo_and_says_so(conn, city):
    lamps(conn, city, L1="甲")
    number = last(conn)
    by = undone(conn, number).batch
    again = undone(conn, number)
    assert (again.rows, again.conflicts, again.undone_by, again.batch, last(conn)) == (0, 1, by, None, by)


def test_loads_are_undone_one_after_the_other_the_last_one_first(conn, city):
    states, loads = [content(conn)], []
    for name in ("甲", "乙", "丙"):
        lamps(conn, city, L1=name, L2=name)
        loads.append(last(conn))
        states.append(content(conn))
    for number, before in zip(reversed(loads), reversed(states[:-1]), strict=True):
        done = undone(conn, number)
        assert (done.rows, done.conflicts) == (2, 0) and content(conn) == before
    assert undone(conn, last(conn)).rows == 2 and content(conn) == states[1] and sound(conn)


def test_what_was_done_again_may_be_undone_again_and_is_not_called_undone(conn, city):
    lamps(conn, city, L1="甲")
    before = content(conn)
    delete(conn, city, "L1")
    number = last(conn)
    by = undone(conn, number).batch
    undone(conn, by)
    again = undone(conn, number)
    assert (again.rows, again.conflicts, again.undone_by) == (1, 0, None) and content(conn) == before and sound(conn)
    edit(conn, city, "L1", name="乙")
    edit(conn, city, "L1", name="甲")  # the same by hand is somebody's word all the same
    assert undone(conn, again.batch).conflicts == 1


def test_inspections_are_undone_one_after_the_other_the_last_one_first(conn, city, put, asset):
    road, loads = put(state="intact"), []
    for day, state in (("2025-05-01", "damaged"), ("2025-06-01", "missing")):
        inspections.record(conn, "demo", ROAD, road, {"form": "patrol", "inspected_on": day, "state": state}, WHO)
        loads.append(last(conn))
    for number, state in ((loads[1], "damaged"), (loads[0], "intact")):
        done = undone(conn, number)
        assert (done.counts["inspections"], done.conflicts) == (1, 0) and asset(road).state == state
    assert sound(conn)


def test_what_was_deleted_and_made_anew_under_its_code_is_a_conflict(conn, city):
    lamps(conn, city, L1="甲", L2="乙")
    delete(conn, city, "L1")
    number = last(conn)
    lamps(conn, city, source="新.shp", L1="另一盏")
    found = undone(conn, number)
    assert (found.rows, found.conflicts, found.listed[0].why, found.listed[0].batch) == (0, 1, "code", last(conn))


def test_a_row_that_must_stay_keeps_its_code_from_the_row_that_had_it_before(conn, city):
    """L1 became L2 and a new lamp became L1; the new one was edited since and stays, so the old one cannot be L1."""
    lamps(conn, city, L1="甲")
    old = conn.execute(text("SELECT id FROM asset")).scalar_one()
    editor = Editor(conn, city, EDITOR)
    editor.update(LAMP, old, Given({"code": "L2"}), None)
    new = editor.create(LAMP, Given({"code": "L1"}, ({"type": "Point", "coordinates": [120.6, 30]},))).id
    number = editor.close().id
    edit(conn, city, "L1", name="新灯")
    found = undone(conn, number)
    assert found.rows == 0 and {(c.id, c.why) for c in found.listed} == {(old, "code"), (new, "changed")}


def test_codes_that_went_round_go_back(conn, city):
    lamps(conn, city, L1="甲", L2="乙", L3="丙")
    before = content(conn)
    ids = dict(conn.execute(text("SELECT code, id FROM asset")).all())
    editor = Editor(conn, city, EDITOR)
    for code, new in (("L1", "X"), ("L3", "L1"), ("L2", "L3"), ("L1", "L2")):
        id_ = ids[code] if (code, new) != ("L1", "L2") else ids["L1"]
        editor.update(LAMP, id_, Given({"code": new}), None)
    editor.close()
    assert names(conn) == {"L1": "丙", "L2": "甲", "L3": "乙"}
    undone(conn, last(conn))
    assert content(conn) == before and sound(conn)


# -- sources -------------------------------------------------------------------------------------
def test_after_an_undo_the_same_file_does_the_work_again(conn, city):
    lamps(conn, city, L1="甲")
    lamps(conn, city, L1="甲二", L2="乙")
    undone(conn, last(conn))
    again = lamps(conn, city, L1="甲二", L2="乙")
    assert (again.new, again.changed) == (1, 1) and names(conn) == {"L1": "甲二", "L2": "乙"}


def test_after_an_undo_the_file_of_another_source_does_the_work_again(conn, city):
    lamps(conn, city, L1="甲")
    before = content(conn)
    lamps(conn, city, source="市政.shp", L1="甲二")
    undone(conn, last(conn))
    assert content(conn) == before and lamps(conn, city, source="市政.shp", L1="甲二").changed == 1


def test_after_an_undo_an_old_file_still_does_not_undo_an_edit(conn, city):
    lamps(conn, city, L1="甲")
    edit(conn, city, "L1", state="damaged")
    before, edited = content(conn), last(conn)
    assert lamps(conn, city, L1="甲二").changed == 1
    undone(conn, last(conn))
    assert content(conn) == before and lamps(conn, city, L1="甲").changed == 0
    assert conn.execute(text("SELECT name, state FROM asset")).one() == ("甲", "damaged") and last(conn) > edited + 1


def test_what_a_source_said_since_is_not_taken_back_by_an_undo(conn, city):
    lamps(conn, city, L1="甲")
    edit(conn, city, "L1", name="乙")
    number = last(conn)
    lamps(conn, city, L1="乙")  # the source says now what the edit said
    undone(conn, number)
    assert names(conn) == {"L1": "甲"} and lamps(conn, city, L1="乙").changed == 0


# -- records -------------------------------------------------------------------------------------
def test_an_inspection_is_taken_back_and_the_asset_is_what_it_was(conn, city, put, asset):
    road = put(state="intact")
    before = content(conn)
    made = inspections.record(conn, "demo", ROAD, road, {"form": "regular", "inspected_on": "2025-05-01", "state": "damaged"}, WHO)
    found = undone(conn, last(conn))
    assert found.counts["inspections"] == 1 and content(conn) == before and asset(road).state == "intact"
    first, second = inspections.of_asset(conn, Sight(), "demo", ROAD, road, limit=10)
    assert (second["id"], second["superseded_by"], first["form"]) == (made["id"], first["id"], "withdrawal")
    inspections.record(conn, "demo", ROAD, road, {"form": "regular", "inspected_on": "2025-06-01", "grade": "B"}, WHO)
    assert (asset(road).state, asset(road).grade) == ("intact", "B"), "what was taken back counts as never said"
    assert sound(conn)


def test_an_inspection_that_was_taken_back_can_be_recorded_again_and_its_undo_undone(conn, city, put, asset):
    road, said = put(state="intact"), {"form": "regular", "inspected_on": "2025-05-01", "state": "damaged"}
    inspections.record(conn, "demo", ROAD, road, said, WHO)
    undone(conn, last(conn))
    undone(conn, last(conn))
    assert asset(road).state == "damaged" and inspections.record(conn, "demo", ROAD, road, said, WHO)["known"]
    undone(conn, last(conn))
    assert "known" not in inspections.record(conn, "demo", ROAD, road, said, WHO) and asset(road).state == "damaged"


def test_the_undo_of_a_correction_says_again_what_it_had_corrected(conn, city, put, asset):
    road = put()
    first = inspections.record(conn, "demo", ROAD, road, {"form": "regular", "inspected_on": "2025-05-01", "state": "damaged"}, WHO)
    inspections.record(conn, "demo", ROAD, road, {"form": "regular", "inspected_on": "2025-05-01", "state": "intact",
                                                  "supersedes": first["id"]}, WHO)
    undone(conn, last(conn))
    assert asset(road).state == "damaged" and sound(conn)
    standing = [i for i in inspections.of_asset(conn, Sight(), "demo", ROAD, road, limit=10) if i["superseded_by"] is None]
    assert [(i["form"], i["state"]) for i in standing] == [("regular", "damaged")]


def test_an_inspection_on_which_a_later_one_stands_is_a_conflict_with_its_asset(conn, city, put, asset):
    road = put(state="intact")
    inspections.record(conn, "demo", ROAD, road, {"form": "patrol", "inspected_on": "2025-05-01", "state": "damaged"}, WHO)
    number = last(conn)
    inspections.record(conn, "demo", ROAD, road, {"form": "patrol", "inspected_on": "2025-04-01", "state": "missing"}, WHO)
    found = undone(conn, number)
    assert (found.rows, {(c.table, c.why) for c in found.listed}) == (0, {("inspection", "records"), ("asset", "together")})
    assert asset(road).state == "damaged" and {c.batch for c in found.listed} == {last(conn)}


def test_an_asset_of_which_something_was_recorded_since_does_not_go(conn, city, put):
    road = put()
    number = last(conn)
    defects.report(conn, "demo", ROAD, road, {"kind": "坑槽"}, WHO)
    found = undone(conn, number)
    assert (found.rows, found.listed[0].why, found.listed[0].batch) == (0, "records", number + 1)


def test_a_defect_its_steps_and_its_withdrawal_are_undone(conn, city, put):
    road = put()
    made = defects.report(conn, "demo", ROAD, road, {"kind": "坑槽"}, WHO)
    reported = content(conn)
    defects.change(conn, "demo", made["id"], None, {"status": "assigned"}, WHO)
    undone(conn, last(conn))
    assert content(conn) == reported
    defects.withdraw(conn, "demo", made["id"], None, WHO)
    assert defects.summary(conn, "demo", "class", defects.Wanted())["withdrawn"] == 1
    undone(conn, last(conn))
    told = defects.summary(conn, "demo", "class", defects.Wanted())
    assert content(conn) == reported and (told["denominator"], told["withdrawn"]) == (1, 0)


def test_a_claim_and_the_dispute_it_made_are_undone_together_or_not_at_all(conn, city, put, asset):
    road = put(ownership_status="confirmed")
    said = {"kind": "unclear", "claimant": "甲", "role": "owner"}
    ownership.claim(conn, "demo", ROAD, road, said, WHO)
    first = last(conn)
    ownership.claim(conn, "demo", ROAD, road, {**said, "claimant": "乙"}, WHO)
    assert undone(conn, first).rows == 0 and asset(road).ownership_status == "disputed"
    undone(conn, last(conn))
    assert undone(conn, first).counts == {"new": 0, "changed": 1, "deleted": 1, "inspections": 0}
    assert asset(road).ownership_status == "confirmed"


def test_an_organisation_is_undone(conn, city):
    organisations.add(conn, "demo", {"name": "养护一队"}, WHO)
    undone(conn, last(conn))
    assert organisations.every(conn, "demo") == []


def test_a_batch_with_an_attachment_is_refused_before_anything_is_written(conn, city, put, monkeypatch, tmp_path):
    monkeypatch.setenv("REGISTRY_HOME", str(tmp_path))
    road = put()
    attachments.attach(conn, "demo", ROAD, road, Document("a.txt", "text/plain", b"seen", "document"), WHO)
    number = last(conn)
    with pytest.raises(CannotUndo):
        undo.examine(conn, number)
    assert last(conn) == number


# -- divisions -----------------------------------------------------------------------------------
def districts(conn, city, border):
    put_many(conn, DISTRICT, city, [{"code": "D1", "name": "东", "geom": shapely.box(120, 29, border, 31)},
                                    {"code": "D2", "name": "西", "geom": shapely.box(border, 29, 121, 31)}], actor="t", reason="t")


def test_districts_go_back_with_the_assets_they_had_placed(conn, city):
    lamps(conn, city, L1="甲", L2="乙")
    first = content(conn)
    districts(conn, city, 120.9)
    before = content(conn)
    districts(conn, city, 120.1)
    assert {r.district for r in conn.execute(text("SELECT district FROM asset"))} == {"D2"}
    undone(conn, last(conn))
    assert content(conn) == before
    undone(conn, undo_of(conn, "district"))
    assert content(conn) == first != before


def undo_of(conn, kind):
    return conn.execute(text("SELECT min(batch) FROM zone_history WHERE kind = :k"), {"k": kind}).scalar_one()


def test_an_asset_that_is_a_conflict_is_still_placed_by_the_districts_that_come_back(conn, city):
    lamps(conn, city, L1="甲", L2="乙")
    districts(conn, city, 120.9)
    districts(conn, city, 120.1)
    number = last(conn)
    edit(conn, city, "L1", name="甲二")
    found = undone(conn, number)
    assert (found.conflicts, found.counts["changed"]) == (1, 3)
    assert conn.execute(text("SELECT code, name, district FROM asset ORDER BY code")).all() == [("L1", "甲二", "D1"), ("L2", "乙", "D1")]
    assert conn.execute(text("SELECT counts ->> 'placed' FROM batch WHERE id = :b"), {"b": found.batch}).scalar_one() == "1"


# -- who may -------------------------------------------------------------------------------------
def test_whoever_is_limited_undoes_only_what_lies_inside(conn, city):
    districts(conn, city, 120.9)
    placed = last(conn)
    lamps(conn, city, L1="甲", L2="乙")
    inside = last(conn)
    lamps(conn, city, x=120.95, L3="丙")
    outside = last(conn)
    own = Sight(Principal("李四", "editor", ROLES["editor"], Scope(city="demo", districts=("D1",))))
    for number in (placed, outside):
        with pytest.raises(Forbidden):
            undo.examine(conn, number, own)
    assert undo.examine(conn, inside, own).rows == 2
    for number in (inside, 10**9):
        with pytest.raises(NotFound):
            undo.examine(conn, number, Sight(Principal("王五", "editor", ROLES["editor"], Scope(city="other"))))


def test_an_undo_waits_for_the_writer_lock_of_its_city(conn, city, monkeypatch):
    lamps(conn, city, L1="甲")
    locked = []
    monkeypatch.setattr(history, "lock", lambda _, key: locked.append(key))
    undo.examine(conn, last(conn))
    assert locked == ["demo"]
