"""Inspections are facts; the state of an asset follows them and never becomes good by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import audit, moment
from registry.catalogue import load
from registry.errors import Invalid, NotFound
from registry.scope import ROLES, Principal, Scope, Sight
from registry.store import inspections
from registry.store.inspection_stage import record_many
from registry.store.records import Writer

WHO = Writer("tester", "test")
ROAD = load().kind("road")


@pytest.fixture
def inspect(conn, city):
    """`inspect(id, "2025-05-01", state="intact")` records an inspection."""
    def write(id_, day, **said):
        return inspections.record(conn, "demo", ROAD, id_, {"form": "patrol", "inspected_on": day, **said}, WHO)

    return write


def wrong(error) -> set[tuple[str, str]]:
    return {(e["field"], e["code"]) for e in error.value.more["errors"]}


def test_the_asset_follows_in_the_same_batch(conn, put, asset, inspect):
    road = put(state="intact")
    made = inspect(road, "2025-05-01", state="damaged", grade="C", scores={"pci": 61.5}, standard="CJJ 36-2016")
    row = asset(road)
    assert (row.state, row.grade, row.scores, str(row.rated_on), row.standard) == \
        ("damaged", "C", {"pci": 61.5}, "2025-05-01", "CJJ 36-2016")
    assert (row.version, row.batch) == (2, made["batch"])
    assert audit.tampered(conn, "demo") == [] and not any(b.fault for b in audit.chain(conn, "demo"))


def test_an_older_inspection_entered_late_does_not_win(put, asset, inspect):
    road = put()
    inspect(road, "2025-05-01", state="damaged")
    inspect(road, "2024-05-01", state="intact")
    assert asset(road).state == "damaged" and asset(road).version == 2


def test_of_two_on_one_day_the_later_entered_wins(put, asset, inspect):
    road = put()
    inspect(road, "2025-05-01", state="intact")
    inspect(road, "2025-05-01", state="damaged")
    assert asset(road).state == "damaged"


def test_a_corrected_inspection_counts_no_more_and_stays_to_be_read(conn, city, put, asset, inspect):
    road = put()
    first = inspect(road, "2025-05-01", state="damaged")
    inspect(road, "2025-05-01", state="intact", supersedes=first["id"])
    assert asset(road).state == "intact"
    listed = inspections.of_asset(conn, Sight(), "demo", ROAD, road, limit=10)
    assert [(i["state"], i["superseded_by"] is None) for i in listed] == [("intact", True), ("damaged", False)]


def test_what_is_corrected_must_be_of_this_asset_and_only_once(put, inspect):
    road, other = put(), put(code="R2")
    first, foreign = inspect(road, "2025-05-01", state="damaged"), inspect(other, "2025-05-01", state="damaged")
    inspect(road, "2025-05-02", state="intact", supersedes=first["id"])
    for target, code in ((first["id"], "superseded"), (foreign["id"], "not_this_asset"), (1, "not_this_asset")):
        with pytest.raises(Invalid) as error:
            inspect(road, "2025-05-03", state="intact", supersedes=target)
        assert wrong(error) == {("supersedes", code)}


def test_when_nothing_is_left_that_says_so_the_state_is_unknown_and_not_what_it_was(put, asset, inspect):
    road = put(state="intact")
    first = inspect(road, "2025-05-01", state="damaged", grade="D")
    inspect(road, "2025-05-01", note="误录", supersedes=first["id"])
    row = asset(road)
    assert (row.state, row.grade, row.rated_on) == ("unknown", None, None)


def test_what_no_inspection_ever_said_is_left_alone(put, asset, inspect):
    road = put(state="intact")
    inspect(road, "2025-05-01", note="只拍了照片")
    inspect(road, "2025-05-02", grade="B")
    assert (asset(road).state, asset(road).grade) == ("intact", "B")


def test_a_patrol_that_says_a_state_does_not_take_the_grade_away(put, asset, inspect):
    road = put()
    inspect(road, "2025-01-01", grade="B", scores={"pci": 80})
    inspect(road, "2025-06-01", state="intact")
    assert (asset(road).state, asset(road).grade, str(asset(road).rated_on)) == ("intact", "B", "2025-06-01")


def test_a_part_can_only_make_it_worse(put, asset, inspect):
    road = put()
    inspect(road, "2025-05-01", state="unknown", grade="B")
    inspect(road, "2025-05-02", state="intact", grade="A", from_m=0, to_m=100)
    assert (asset(road).state, asset(road).grade) == ("unknown", "B")
    inspect(road, "2025-05-03", state="damaged", grade="D", from_m=100, to_m=200)
    assert (asset(road).state, asset(road).grade) == ("damaged", "D")
    inspect(road, "2025-05-04", state="intact", from_m=100, to_m=200)
    assert asset(road).state == "damaged"
    inspect(road, "2025-05-05", state="intact", grade="A")
    assert (asset(road).state, asset(road).grade) == ("intact", "A")


def test_a_part_does_not_bring_back_what_is_removed(put, asset, inspect):
    road = put()
    inspect(road, "2025-05-01", state="removed")
    inspect(road, "2025-05-02", state="damaged", area_m2=3)
    assert asset(road).state == "removed"


def test_an_override_counts_and_needs_its_reason(put, asset, inspect):
    road = put()
    inspect(road, "2025-05-01", grade="B", override_grade="D", override_reason="主梁断裂")
    assert asset(road).grade == "D"
    with pytest.raises(Invalid) as error:
        inspect(road, "2025-05-02", override_grade="D")
    assert wrong(error) == {("override_reason", "needs")}


def test_everything_that_is_wrong_is_named_at_once(conn, city, put):
    road = put()
    tomorrow = (moment.today() + dt.timedelta(days=1)).isoformat()
    with pytest.raises(Invalid) as error:
        inspections.record(conn, "demo", ROAD, road, {
            "inspected_on": tomorrow, "state": "粉红", "from_m": -1, "to_m": 3, "measurements": {"x": [1]},
            "scores": {"pci": "高"}, "colour": 1, "supersedes": "x"}, WHO)
    assert wrong(error) == {("form", "required"), ("inspected_on", "future"), ("state", "unknown_code"),
                            ("from_m", "range"), ("from_m", "needs"), ("measurements.x", "type"), ("scores.pci", "type"),
                            ("colour", "unknown_field"), ("supersedes", "type")}


def test_the_day_before_it_was_built_is_a_warning(put, inspect):
    road = put(installed_on=dt.date(2020, 1, 1))
    assert inspect(road, "2019-12-31", state="intact")["warnings"][0]["field"] == "inspected_on"
    assert "warnings" not in inspect(road, "2020-01-01", state="intact")


def test_who_does_not_see_the_asset_does_not_find_it(conn, city, put):
    road = put()
    inspector = Principal("巡查员", "inspector", ROLES["inspector"], Scope(city="demo", districts=("000000",)))
    with pytest.raises(NotFound):
        inspections.record(conn, "demo", ROAD, road, {"form": "patrol", "inspected_on": "2025-05-01"},
                           Writer("x", "y", sight=Sight(inspector)))


def test_known_words_of_forms_are_stored_by_their_code_and_others_as_written(put, inspect):
    road = put()
    assert inspect(road, "2025-05-01", form="定期检测")["form"] == "regular"
    assert inspect(road, "2025-05-01", form="桥检甲表")["form"] == "桥检甲表"


def test_a_list_is_recorded_once_and_again_adds_nothing(conn, city, put, asset):
    first, second = put(), put(code="R2")
    said = [{"code": "R1", "form": "survey", "inspected_on": "2025-05-01", "state": "完好", "measurements": {"iri": 2.5}},
            {"code": "R2", "form": "survey", "inspected_on": "2025-05-01", "state": "破损"}]
    assert record_many(conn, "demo", ROAD, said, WHO) == {"recorded": 2, "same": 0, "assets_changed": 2, "differing": 0}
    batches = conn.execute(text("SELECT count(*) FROM batch")).scalar_one()
    assert record_many(conn, "demo", ROAD, [*said, said[0]], WHO) == {"recorded": 0, "same": 3, "assets_changed": 0, "differing": 0}
    assert conn.execute(text("SELECT count(*) FROM batch")).scalar_one() == batches
    assert (asset(first).state, asset(second).state) == ("intact", "damaged")
    assert audit.tampered(conn, "demo") == []


def test_a_list_with_one_wrong_entry_records_nothing_and_names_the_row(conn, city, put):
    put()
    said = [{"code": "R1", "form": "survey", "inspected_on": "2025-05-01", "state": "完好"},
            {"code": "R9", "form": "survey", "inspected_on": "2025-05-01", "state": "完好"}]
    with pytest.raises(Invalid) as error:
        record_many(conn, "demo", ROAD, said, WHO)
    assert [(e["row"], e["code"]) for e in error.value.more["errors"]] == [(2, "unknown_asset")]
    assert conn.execute(text("SELECT count(*) FROM inspection")).scalar_one() == 0


def test_a_day_in_the_past_sees_what_was_said_up_to_it(conn, city, put, inspect):
    road = put()
    inspect(road, "2024-05-01", state="intact", grade="A")
    inspect(road, "2025-05-01", state="damaged", grade="D")
    seen = {}
    for day in ("2023-01-01", "2024-12-31", "2025-12-31"):
        rows = Sight(on=dt.date.fromisoformat(day)).rows(ROAD)
        row = conn.execute(text(f"SELECT a.state, a.grade FROM {rows.text} a WHERE a.id = :id"), {"id": road, **rows.values}).one()
        seen[day] = tuple(row)
    assert seen == {"2023-01-01": ("unknown", None), "2024-12-31": ("intact", "A"), "2025-12-31": ("damaged", "D")}


# -- against a model -----------------------------------------------------------------------------
RANK = {"intact": 0, "unknown": 0, "damaged": 1, "missing": 2}
SAID = st.fixed_dictionaries({
    "day": st.integers(1, 6), "state": st.sampled_from([None, "intact", "damaged", "missing", "removed", "unknown"]),
    "grade": st.sampled_from([None, "A", "C", "E"]), "part": st.booleans(), "corrects": st.none() | st.integers(0, 9)})


def model(loaded, facts, gone):
    """What the asset must say, in plain words: newest of the whole, worsened by parts since."""
    live = [f for f in facts if f["n"] not in gone]
    by_age = sorted(live, key=lambda f: (f["day"], f["n"]))
    whole = [f for f in by_age if not f["part"]]
    said = next((f for f in reversed(whole) if f["state"]), None)
    state = said["state"] if said else None
    for f in by_age:
        since = said is None or (f["day"], f["n"]) > (said["day"], said["n"])
        if f["part"] and since and f["state"] in ("damaged", "missing") and state != "removed":
            state = max(state or "unknown", f["state"], key=RANK.__getitem__)
    ever = any(f["state"] and (not f["part"] or f["state"] in ("damaged", "missing")) for f in facts)
    rated = next((f for f in reversed(whole) if f["grade"]), None)
    grade = rated["grade"] if rated else None
    for f in by_age:
        if rated and f["part"] and f["grade"] and (f["day"], f["n"]) > (rated["day"], rated["n"]):
            grade = max(grade, f["grade"])
    return (state or "unknown") if ever else loaded, grade


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(loaded=st.sampled_from([None, "intact", "damaged"]), entries=st.lists(SAID, max_size=7))
def test_any_order_of_inspections_and_corrections_gives_what_the_model_says(conn, city, put, asset, inspect, loaded, entries):
    with conn.begin_nested() as point:
        road, facts, gone, ids = put(state=loaded), [], set(), []
        for entry in entries:
            before = asset(road).state
            said = {k: entry[k] for k in ("state", "grade") if entry[k]}
            corrected = None
            if entry["corrects"] is not None and entry["corrects"] < len(ids) and entry["corrects"] not in gone:
                corrected = entry["corrects"]
                said["supersedes"] = ids[corrected]
                gone.add(corrected)
            if entry["part"]:
                said |= {"from_m": 0, "to_m": 10}
            made = inspect(road, f"2025-05-0{entry['day']}", **said)
            if not made.get("known"):  # said before, by all that it says: once is enough
                ids.append(made["id"])
                facts.append({**entry, "n": len(facts)})
            assert made["id"] in ids
            assert (asset(road).state, asset(road).grade) == model(loaded, facts, gone)
            if before in (None, "unknown") and asset(road).state == "intact":
                assert any(f["state"] == "intact" and not f["part"] for f in facts if f["n"] not in gone)
        point.rollback()
