"""A town that is filled, exported and loaded again, all in the transaction of the test."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from etl.load import Options, load
from registry import export
from registry.export import FORMATS, Order
from registry.kinds import FeatureKind
from registry.store import cities
from registry.store.staging import put_many

AREA = (120.5, 29.95, 120.6, 30.05)
WHO = {"actor": "tester", "reason": "test"}


def filled(conn: Connection, kind: FeatureKind, rows: list[dict[str, Any]], city: str = "demo") -> None:
    """Put rows into a city without extent whose working CRS is EPSG:4549."""
    made = cities.City(city, "示范市", "Demo City", None, 4549)
    cities.put(conn, made)
    told = put_many(conn, kind, made, rows, **WHO)
    assert told.new == len(rows), told


def exported(conn: Connection, kind: FeatureKind, folder: Path, form: str, force: bool = False, **more: Any) -> list[Path]:
    """Export the city; the files that are to be loaded."""
    declared = FORMATS[form]
    made = export.to_file(conn, Order(kind, "demo", declared, **more), folder / f"{kind.key}{declared.suffix}", force=force)
    return [f for f in made.files if f.suffix == declared.suffix or f.name.endswith(".nogeom.csv")]


def load_into(conn: Connection, city: str, kind: FeatureKind, files: list[Path], **more: Any) -> tuple[int, int, int, int]:
    """Load files as anybody would: (new, changed, same, refused) over all of them."""
    @contextmanager
    def begin():
        with conn.begin_nested():
            yield conn

    told = [0, 0, 0, 0]
    for file in files:
        for made in load(file, Options(kind.key, city=city, reason="test", rejects=file.parent / "rejects", **more), begin):
            assert made.error is None, made.error
            told = [a + b for a, b in zip(told, (made.new, made.changed, made.same, made.refused), strict=True)]
            if made.refused or (made.changed and made.new == 0):
                print(made.examples, made.field_changes)
    return tuple(told)
