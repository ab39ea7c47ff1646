"""Objects made in SQL say what their members say, whatever stands in the texts and however many of them stand together."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from registry.db.columns import literal
from registry.db.fragments import for_driver
from registry.store import members
from registry.store.members import Member

TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=12)
VALUE = st.one_of(st.none(), TEXT, st.integers(-9, 9), st.just(...))


def member(name: str, value: Any) -> Member:
    if value is ...:  # of no row
        return Member(name, None)
    if isinstance(value, int):
        return Member(name, f"CAST({value} AS text)")
    plain = f"CAST({'NULL' if value is None else literal(value)} AS text)"
    return Member(name, f"CAST(to_json({plain}) AS text)", plain)


@given(st.dictionaries(TEXT, VALUE, max_size=16))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_object_has_its_members_and_no_other(conn: Connection, said: dict[str, Any]) -> None:
    made = members.sql([member(name, value) for name, value in said.items()], "'['", "]")
    found = json.loads(bytes(conn.exec_driver_sql(f"SELECT {for_driver(made)}", {}).scalar_one()), object_pairs_hook=list)[0]
    assert dict(found) == {name: None if value is ... else value for name, value in said.items()} and len(found) == len(said)
    differs, end = members.parted([member(name, value) for name, value in said.items()], "'['", "]")
    whole = f"SELECT {made} = {differs} || convert_to({literal(end)}, 'UTF8')"
    assert conn.exec_driver_sql(for_driver(whole), {}).scalar_one() is True
    assert [name for name, _ in found][len(said) - list(said.values()).count(...):] == [name for name in said if said[name] is ...]
