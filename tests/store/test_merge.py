"""A source that speaks again is merged by field with what others did: nothing of theirs is undone, nothing new is missed."""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from registry import history
from registry.catalogue import load
from registry.errors import WriteRefused
from registry.scope import ROLES, Principal
from registry.store import undo
from registry.store.cities import City
from registry.store.edits import Editor, Given
from registry.store.staging import Comparison, Stage, Terms

ROAD = load().kind("road")
DESK = Principal("李四", "editor", ROLES["editor"], token=1, reason="现场核对")
LINES = [shapely.LineString([(120.5, 30), (120.5, 30 + n / 100)]) for n in (1, 2, 3)]
FIRST = {"code": "R1", "name": "甲", "width_m": 10.0, "surface": "asphalt", "geom": LINES[0]}


def say(conn: Connection, city: City, rows: list[dict[str, Any]], source: str = "roads.shp", *, refused: set[str] | None = None,
        without_code: int = 0, **terms: Any) -> Comparison:
    """A delivery of a source, written when anything differs."""
    keys = [k for k in rows[0] if k != "geom"]
    stage = Stage(conn, ROAD, city, keys, "geom" in rows[0], source, terms=Terms(**terms))
    stage.refused.codes |= refused or set()
    stage.refused.without_code = without_code
    stage.add((n, *(r[k] for k in keys), *([shapely.to_wkb(r["geom"])] if "geom" in r else [])) for n, r in enumerate(rows, 1))
    told = stage.compare()
    stage.remember()
    if told.writes:
        batch = history.open_batch(conn, city=city.key, kind="import", actor="loader", reason="delivery", source=source)
        stage.apply(batch)
        history.seal(conn, batch)
    return told


def edit(conn: Connection, city: City, code: str = "R1", **said: Any) -> None:
    """A change by a person."""
    row = conn.execute(text("SELECT id, version FROM asset WHERE code = :c"), {"c": code}).one()
    shape = (json.loads(shapely.to_geojson(said.pop("geom"))),) if "geom" in said else ()
    editor = Editor(conn, city, DESK)
    editor.update(ROAD, row.id, Given({k: v.isoformat() if isinstance(v, dt.date) else v for k, v in said.items()}, shape),
                  frozenset({str(row.version)}))
    editor.close()


def row(conn: Connection, code: str = "R1") -> dict[str, Any]:
    """What the row has of the fields of these tests."""
    a = conn.execute(text("SELECT *, ST_AsBinary(geom) AS wkb FROM asset WHERE code = :c"), {"c": code}).mappings().one()
    return {"name": a["name"], "installed_on": a["installed_on"], "width_m": a["attrs"].get("width_m"),
            "surface": a["attrs"].get("surface"), "geom": shapely.from_wkb(bytes(a["wkb"]))}


def versions(conn: Connection) -> int:
    return conn.execute(text("SELECT count(*) FROM asset_history")).scalar_one()


def test_what_somebody_changed_stays_where_the_source_says_what_it_said(conn, city):
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete")
    told = say(conn, city, [{**FIRST, "width_m": 12.0}])
    assert (told.changed, told.conflicts, told.field_changes) == (1, 0, {"width_m": 1})
    assert row(conn)["surface"] == "concrete" and row(conn)["width_m"] == 12


def test_what_stayed_once_stays_at_the_third_delivery_too(conn, city):
    """The version that the source wrote has the edit in it: what it had said must be known all the same."""
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete")
    say(conn, city, [{**FIRST, "width_m": 12.0}])
    say(conn, city, [{**FIRST, "width_m": 14.0}])
    assert row(conn)["surface"] == "concrete" and row(conn)["width_m"] == 14


def test_two_changes_of_one_field_are_a_conflict_that_names_who_and_when(conn, city):
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete", name="乙")
    told = say(conn, city, [{**FIRST, "surface": "brick"}])
    assert (told.changed, told.same, told.conflicts) == (0, 1, 1)
    found, = told.conflict_list
    assert (found.row, found.code, found.field, found.said, found.says, found.has) == (1, "R1", "surface", "asphalt", "brick", "concrete")
    assert (found.actor, found.reason) == ("李四", "现场核对") and found.at.tzinfo is not None
    assert row(conn)["surface"] == "concrete"


def test_a_conflict_is_told_again_until_it_is_settled(conn, city):
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete")
    news = [{**FIRST, "surface": "brick"}]
    assert [say(conn, city, news).conflicts for _ in range(2)] == [1, 1]
    before = versions(conn)
    told = say(conn, city, news, take_file=True)
    assert (told.changed, told.conflicts, row(conn)["surface"], versions(conn)) == (1, 1, "brick", before + 1)
    again = say(conn, city, news)
    assert (again.same, again.conflicts, again.warned) == (1, 0, 0)


def test_taking_the_file_settles_conflicts_and_leaves_the_other_changes(conn, city):
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete", name="乙")
    say(conn, city, [{**FIRST, "surface": "brick"}], take_file=True)
    assert row(conn)["surface"] == "brick" and row(conn)["name"] == "乙"


def contradicted(conn: Connection, city: City) -> list[dict[str, Any]]:
    """What the source says last of a row that it wrote twice: the surface contradicts what a person made of it."""
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete")
    say(conn, city, [{**FIRST, "name": "乙"}])
    last = [{**FIRST, "name": "乙", "surface": "brick"}]
    assert say(conn, city, last).conflicts == 1
    return last


def still_contradicted(conn: Connection, city: City, last: list[dict[str, Any]]) -> bool:
    told = say(conn, city, last)
    return (told.conflicts, told.writes, row(conn)["surface"]) == (1, False, "concrete")


def undo_last(conn: Connection) -> None:
    number = conn.execute(text("SELECT max(id) FROM batch")).scalar_one()
    undo.carry_out(conn, undo.examine(conn, number), actor="u")


def test_a_conflict_stays_open_where_another_source_wrote_the_row_meanwhile(conn, city):
    last = contradicted(conn, city)
    say(conn, city, [{"code": "R1", "geom": LINES[1]}], "other.shp")
    assert still_contradicted(conn, city, last) and row(conn)["geom"].equals(LINES[1])
    undo_last(conn)
    assert still_contradicted(conn, city, last) and row(conn)["geom"].equals(LINES[0])


def test_a_conflict_stays_open_where_a_person_changed_another_field_meanwhile(conn, city):
    last = contradicted(conn, city)
    edit(conn, city, geom=LINES[1])
    assert still_contradicted(conn, city, last) and row(conn)["geom"].equals(LINES[1])
    undo_last(conn)
    assert still_contradicted(conn, city, last) and row(conn)["geom"].equals(LINES[0])


def test_a_source_that_takes_back_what_it_said_last_is_heard_though_a_person_changed_another_field_meanwhile(conn, city):
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete")
    wider = {**FIRST, "width_m": 12.0}
    say(conn, city, [wider])
    assert not say(conn, city, [{**wider, "surface": "concrete"}]).writes, "it says what is there"
    edit(conn, city, name="乙")
    told = say(conn, city, [wider])
    assert (told.changed, told.conflicts) == (1, 0) and (row(conn)["surface"], row(conn)["name"]) == ("asphalt", "乙")


@pytest.mark.parametrize("part", [{"width_m": 12.0}, {"width_m": 10.0}, {"width_m": 10.0, "name": "甲"}], ids=["news", "agrees", "stays"])
def test_an_edit_stays_where_the_source_left_its_field_out_once(conn, city, part):
    """A version that the source wrote, or agreed with, has the edit in it: of what it left out it never said that."""
    say(conn, city, [FIRST])
    edit(conn, city, surface="concrete", name="乙" if "name" in part else "甲")
    left_out = say(conn, city, [{"code": "R1", **part}])
    assert left_out.conflicts == 0 and left_out.warned == ("name" in part), "of what it does not speak of nothing is to be told"
    told = say(conn, city, [{**FIRST, **part}])
    assert (told.changed, told.conflicts, row(conn)["surface"]) == (0, 0, "concrete")
    assert say(conn, city, [{**FIRST, **part, "surface": "brick"}]).conflicts == 1


def test_a_moved_geometry_is_merged_like_a_field(conn, city):
    say(conn, city, [FIRST])
    edit(conn, city, geom=LINES[1])
    say(conn, city, [{**FIRST, "name": "乙"}])
    assert row(conn)["name"] == "乙" and row(conn)["geom"].equals(LINES[1])
    told = say(conn, city, [{**FIRST, "name": "乙", "geom": LINES[2]}])
    assert (told.conflicts, told.conflict_list[0].field) == (1, "geometry") and row(conn)["geom"].equals(LINES[1])


def test_a_measure_of_the_geometry_is_nothing_that_anybody_said(conn, city):
    first = {**FIRST, "length_m": None}
    say(conn, city, [first])
    edit(conn, city, geom=LINES[1])
    told = say(conn, city, [{**first, "name": "乙"}])
    assert told.conflicts == 0
    assert conn.execute(text("SELECT length_m FROM asset")).scalar_one() == pytest.approx(2217, abs=3)


def test_the_district_of_a_city_without_districts_is_merged(conn, city):
    first = {**FIRST, "district": "东区"}
    say(conn, city, [first])
    edit(conn, city, district="西区")
    say(conn, city, [{**first, "name": "乙"}])
    assert conn.execute(text("SELECT district, name FROM asset")).one() == ("西区", "乙")


def test_after_an_undo_the_corrected_file_is_heard_in_full(conn, city):
    say(conn, city, [FIRST])
    say(conn, city, [{**FIRST, "name": "错", "width_m": 99.0}])
    undone = history.open_batch(conn, city="demo", kind="undo", actor="t", reason="undo")
    conn.execute(text("UPDATE asset a SET name = h.name, attrs = h.attrs, source = h.source, source_hash = h.source_hash, "
                      "row_hash = h.row_hash, version = a.version + 1, batch = :b, sys_from = :at FROM asset_history h "
                      "WHERE h.id = a.id"), {"b": undone.id, "at": undone.at})
    history.seal(conn, undone)
    told = say(conn, city, [{**FIRST, "name": "错", "width_m": 11.0}])
    assert (told.changed, told.conflicts) == (1, 0) and row(conn)["name"] == "错" and row(conn)["width_m"] == 11


def test_many_moved_rows_are_not_looked_for_one_by_one(conn, city):
    """Of tables that were never analysed the planner believes the least: 20,000 moved rows took more than six minutes."""
    from sqlalchemy import event

    looked: list[dict[str, Any]] = []

    def explain(connection, cursor, sentence, values, context, many):
        if "CREATE TEMP TABLE me" in sentence or "CREATE TEMP TABLE moved" in sentence or sentence.startswith("-- Contradictions"):
            with connection.connection.driver_connection.cursor() as own:
                looked.append(own.execute("EXPLAIN (FORMAT JSON) " + sentence, values).fetchone()[0][0]["Plan"])

    rows = [{**FIRST, "code": f"R{n}"} for n in range(300)]
    say(conn, city, rows)
    say(conn, city, [{**r, "surface": "concrete"} for r in rows], "other.shp")
    event.listen(conn, "before_cursor_execute", explain)
    told = say(conn, city, [{**r, "surface": "brick"} for r in rows])
    event.remove(conn, "before_cursor_execute", explain)
    assert told.conflicts == 300 and len(looked) == 3
    assert not [name for plan in looked for name in searched(plan)]


def searched(plan: dict[str, Any], again: bool = False) -> list[str]:
    """Tables of assets that a plan goes through anew for each row of something else."""
    found = [plan["Relation Name"]] if again and plan.get("Relation Name", "").startswith("asset") else []
    for n, child in enumerate(plan.get("Plans", [])):
        found += searched(child, again or (n == 1 and plan["Node Type"] == "Nested Loop"))
    return found


# -- rows that the source lacks ------------------------------------------------------------------
ROADS = [{"code": f"R{n}", "name": f"路{n}", "geom": LINES[0]} for n in range(20)]


def test_rows_that_the_file_lacks_are_deleted_only_when_asked(conn, city):
    say(conn, city, ROADS)
    assert say(conn, city, ROADS[1:]).missing == 0
    told = say(conn, city, ROADS[1:], delete_missing=10.0)
    assert (told.missing, told.same) == (1, 19)
    gone = conn.execute(text("SELECT op, code FROM asset_history")).all()
    assert gone == [("D", "R0")] and conn.execute(text("SELECT count(*) FROM asset")).scalar_one() == 19


def test_only_rows_of_the_source_are_deleted(conn, city):
    say(conn, city, ROADS)
    say(conn, city, [{"code": "X1", "name": "别家", "geom": LINES[1]}], source="other.shp")
    edit(conn, city, "R0", name="改")
    assert say(conn, city, ROADS[1:], delete_missing=10.0).missing == 0, "a row that a person took in hand is not the source's"


def test_more_than_the_share_is_refused_with_the_numbers(conn, city):
    say(conn, city, ROADS)
    with pytest.raises(WriteRefused, match=r"3 of the 20 .*15.0%.*more than 10 %"):
        say(conn, city, ROADS[3:], delete_missing=10.0)
    assert say(conn, city, ROADS[3:], delete_missing=15.0).missing == 3


def test_a_refused_row_is_not_missing(conn, city):
    say(conn, city, ROADS)
    assert say(conn, city, ROADS[1:], refused={"R0"}, delete_missing=10.0).missing == 0
    with pytest.raises(WriteRefused, match="1 refused rows tell no code"):
        say(conn, city, ROADS[1:], without_code=1, delete_missing=10.0)


def test_a_table_without_geometry_deletes_nothing(conn, city):
    say(conn, city, ROADS)
    with pytest.raises(WriteRefused, match="without geometry"):
        say(conn, city, [{"code": "R1", "name": "x"}], source="roads.shp", delete_missing=100.0)


# -- against a model -----------------------------------------------------------------------------
VALUES: dict[str, list[Any]] = {
    "name": ["甲", "乙", None], "width_m": [8.0, 10.5, None], "surface": ["asphalt", "concrete", None],
    "installed_on": [dt.date(2001, 1, 1), dt.date(2002, 2, 2), None], "geom": LINES}
SEVERAL = 15  # rows at a time: each goes its own way
STEPS = st.lists(st.sampled_from(["desk", "甲所.shp", "甲所.shp", "乙所.shp", "甲所.shp, taken", "丙所.shp, part", "甲所.shp, part"]),
                 min_size=3, max_size=7)


def chosen(chance: random.Random, fields: int) -> dict[str, Any]:
    return {key: chance.choice(VALUES[key]) for key in sorted(chance.sample(sorted(VALUES), fields))}


@dataclass
class Model:
    """One row as it should be: what it has, and of each source what it said last (of each field, and in its last words)
    and what is still contradicted."""

    has: dict[str, Any]
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    open: dict[str, set[str]] = field(default_factory=dict)

    def hear(self, source: str, says: dict[str, Any], take_file: bool) -> set[str]:
        """The fields in conflict. What a source leaves out it says no more of than before; at first, what is there."""
        before, unsettled = self.said.get(source, self.has), self.open.get(source, set())
        first, again = source not in self.said, self.words.get(source, before) == says
        self.said[source], self.words[source] = before | says, says
        if all(self.has[key] == new for key, new in says.items()):
            self.open[source] = unsettled if again else unsettled - set(says)
            return set()
        if first:
            self.has = self.has | says
        if first or (again and not unsettled):
            return set()
        conflicts = set()
        for key, new in says.items():
            if new == self.has[key]:
                continue
            if (key in unsettled and new == before[key]) or (new != before[key] and self.has[key] != before[key]):
                conflicts.add(key)
            elif new != before[key]:
                self.has[key] = new
        if take_file:
            self.has |= {key: says[key] for key in conflicts}
        self.open[source] = (unsettled - set(says)) | (set() if take_file else conflicts)
        return conflicts


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(seed=10, steps=["desk", "desk", "desk", "甲所.shp", "甲所.shp", "乙所.shp", "甲所.shp"])
@given(seed=st.integers(0, 2**32), steps=STEPS)
def test_any_order_of_deliveries_and_edits_ends_as_a_plain_model_says(conn, city, seed, steps):
    nested, chance = conn.begin_nested(), random.Random(seed)
    try:
        models: dict[str, Model] = {}
        for code in (f"R{n}" for n in range(SEVERAL)):
            first = chosen(chance, len(VALUES))
            models[code] = Model(dict(first), {"甲所.shp": dict(first)})
        say(conn, city, [{"code": code, **m.has} for code, m in models.items()], "甲所.shp")
        for step in steps:
            if step == "desk":
                for code in chance.sample(sorted(models), SEVERAL // 2):
                    values = chosen(chance, 2)
                    edit(conn, city, code, **values)
                    models[code].has |= values
                continue
            source, taken = step.partition(", ")[0], step.endswith("taken")
            rows = []
            for code, model in models.items():  # most say for the most part what they said before
                before = model.said.get(source, model.has)
                rows.append({"code": code, **before, **chosen(chance, chance.choice([0, 1, 1, 2]))})
            if step.endswith("part"):
                spoken = {"code", *chance.sample(sorted(VALUES), 3)}
                rows = [{key: value for key, value in r.items() if key in spoken} for r in rows]
            told = say(conn, city, rows, source, take_file=taken)
            wanted = {(r["code"], f) for r in rows for f in models[r["code"]].hear(source, without_code(r), taken)}
            assert {(c.code, c.field.replace("geometry", "geom")) for c in told.conflict_list} == wanted and told.conflicts == len(wanted)
            assert {code: row(conn, code) for code in models} == {code: m.has for code, m in models.items()}
            again = say(conn, city, rows, source)
            assert not again.writes and again.same == SEVERAL
            for r in rows:
                models[r["code"]].hear(source, without_code(r), False)
    finally:
        nested.rollback()


def without_code(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != "code"}
