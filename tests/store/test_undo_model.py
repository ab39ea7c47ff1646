"""Random histories of loads, edits, deletions and undos against a plain model of what an undo leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from registry import audit
from registry.catalogue import load
from registry.scope import ROLES, Principal, Sight
from registry.store import undo
from registry.store.edits import Editor, Given
from registry.store.staging import put_many

LAMP = load().kind("streetlight")
EDITOR = Principal("张三", "editor", ROLES["editor"], no_lock=True)
Row = tuple[Any, ...]
State = dict[int, Row]
CODES = st.sampled_from(["L1", "L2", "L3"])
NAMES = st.sampled_from(["甲", "乙", "丙"])
STEPS = st.lists(st.one_of(
    st.tuples(st.just("load"), st.sampled_from(["一.shp", "二.shp"]), st.dictionaries(CODES, NAMES, min_size=1)),
    st.tuples(st.just("name"), CODES, NAMES), st.tuples(st.just("code"), CODES, CODES),
    st.tuples(st.just("delete"), CODES, CODES), st.tuples(st.just("undo"), st.integers(0, 9), st.just(None))),
    min_size=2, max_size=9)
ROW = "id, code, name, source, encode(source_hash, 'hex')"


def state(conn: Connection) -> State:
    return {r[0]: tuple(r) for r in conn.execute(text(f"SELECT {ROW} FROM asset"))}


def told(conn: Connection, ids: set[int]) -> list[Row]:
    return [tuple(r) for r in conn.execute(text("SELECT * FROM told WHERE id = ANY(:ids) ORDER BY id, source"), {"ids": list(ids)})]


def newest(conn: Connection) -> tuple[int, dt.datetime] | None:
    row = conn.execute(text("SELECT id, at FROM batch ORDER BY at DESC LIMIT 1")).first()
    return (row.id, row.at) if row else None


class Model:
    """The batches, each with the rows that it changed (before, after), and what an undo of one leaves."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, dt.datetime, dict[int, tuple[Row | None, Row | None]]]] = []
        # Of each row the batches that may be undone: the last one, and what an undo brought back with the row.
        self.stands: dict[int, frozenset[int]] = {}
        self.stood: dict[int, dict[int, frozenset[int]]] = {}  # batch → the same before it

    def note(self, batch: tuple[int, dt.datetime] | None, before: State, after: State, undid: int | None) -> None:
        changed = {i: (before.get(i), after.get(i)) for i in before.keys() | after.keys() if before.get(i) != after.get(i)}
        if batch is not None and (not self.batches or self.batches[-1][0] != batch[0]):
            self.batches.append((*batch, changed))
            self.stood[batch[0]] = {i: self.stands.get(i, frozenset()) for i in changed}
            back = self.stood[undid] if undid is not None else {}
            self.stands |= {i: back.get(i, frozenset()) | {batch[0]} for i in changed}
        else:
            assert not changed

    def undo(self, at: int, now: State) -> tuple[State, int]:
        """(state after the undo of the n-th batch, conflicts)."""
        wanted = {i: before for i, (before, _) in self.batches[at][2].items()}
        free = {i for i in wanted if self.batches[at][0] in self.stands[i]}
        while True:
            stays = {row[1]: i for i, row in now.items() if i not in free}
            taken = {i for i in free if (row := wanted[i]) is not None and row[1] in stays}
            if not taken:
                break
            free -= taken
        made = {i: row for i, row in now.items() if i not in free} | {i: row for i in free if (row := wanted[i]) is not None}
        return made, len(wanted) - len(free)


def carry_out(conn: Connection, city: Any, model: Model, step: tuple[Any, ...]) -> None:
    kind, what, value = step
    found = conn.execute(text("SELECT id FROM asset WHERE code = :c"), {"c": str(what)}).scalar()
    if kind == "load":
        rows = [{"code": c, "name": n, "geom": shapely.Point(120, 30)} for c, n in value.items()]
        put_many(conn, LAMP, city, rows, actor="a", reason="r", source=what)
    elif kind == "undo" and model.batches:
        undone(conn, model, what % len(model.batches))
    elif found is not None and kind != "undo":
        if kind == "code" and conn.execute(text("SELECT FROM asset WHERE code = :c"), {"c": value}).first() is not None:
            return
        editor = Editor(conn, city, EDITOR)
        if kind == "delete":
            editor.delete(LAMP, found, None)
        else:
            editor.update(LAMP, found, Given({kind: value}), None)
        editor.close()


def undone(conn: Connection, model: Model, at: int) -> None:
    expected, conflicts = model.undo(at, state(conn))
    done = undo.carry_out(conn, undo.examine(conn, model.batches[at][0]), actor="u")
    assert (state(conn), done.conflicts) == (expected, conflicts)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_an_undo_leaves_what_a_plain_model_says_and_twice_is_the_redo(conn, city, steps):
    with conn.begin_nested() as nested:
        model, kept, spoke = Model(), [], False
        for step in steps:
            before = state(conn)
            model_before = len(model.batches)
            sources = told(conn, set(before))
            undid = model.batches[step[1] % len(model.batches)][0] if step[0] == "undo" and model.batches else None
            carry_out(conn, city, model, step)
            model.note(newest(conn), before, state(conn), undid)
            spoke = len(model.batches) == model_before  # a source said what was there already
            if not spoke:
                kept.append((before, sources))
        if model.batches:
            number, _, changed = model.batches[-1]
            after, said = state(conn), told(conn, set(changed))
            back = undo.carry_out(conn, undo.examine(conn, number), actor="u")
            assert back.conflicts == 0 and state(conn) == kept[-1][0]
            assert spoke or told(conn, set(changed)) == [r for r in kept[-1][1] if r[0] in changed]
            undo.carry_out(conn, undo.examine(conn, back.batch), actor="u")
            assert (state(conn), told(conn, set(changed))) == (after, said)
        for (_, at, _), (then, _) in zip(model.batches, kept, strict=True):
            seen = Sight(as_of=at - dt.timedelta(microseconds=1)).rows(LAMP)
            rows = conn.execute(text(f"SELECT {ROW} FROM {seen.text} a"), seen.values)
            assert {r[0]: tuple(r) for r in rows} == then
        assert audit.tampered(conn, "demo") == [] and not any(b.fault for b in audit.chain(conn, "demo"))
        nested.rollback()
