"""Which edition of a kind of zone holds on a day, and what its zones are called."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, text

from registry import sql
from registry.kinds import Label


def edition(conn: Connection, city: str, kind: str, on: dt.date) -> str | None:
    """The newest edition valid on the day (by start of validity, then by name); None when there is no zone."""
    return conn.execute(text("SELECT registry_zone_edition(:city, :kind, :on)"),
                        {"city": city, "kind": kind, "on": on}).scalar()


def titles(conn: Connection, city: str, kind: str, on: dt.date) -> dict[str, Label]:
    """Code → name of the zones of that edition, in the order of the codes; a zone without a code goes by its id."""
    rows = conn.execute(sql.statement("zone_titles"), {"city": city, "kind": kind, "on": on,
                                                       "edition": edition(conn, city, kind, on)})
    return {code: Label(name, name) for code, name in rows}
