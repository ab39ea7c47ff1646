"""The round-trip law: what is exported and loaded again changes nothing, in any format, whatever the values are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import shapely
from export_town import AREA, exported, filled, load_into
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import catalogue
from registry.export import FORMATS
from registry.kinds import FeatureKind, Field, FieldProblem
from registry.store import cities

KINDS = ("pipe", "toilet", "tunnel", "residential", "streetlight")
VARIANTS = [(f.key, encoding) for f in FORMATS for encoding in f.encodings]


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))


# Beginnings of formulas, dates in disguise, codes with zeros in front, numbers that no decimal writes, quotes, rare characters.
NASTY = ("=1+1", "+86 575", "-5", "@SUM(A1)", "'=x", "2020/01/01", "2020-1-1", "007", "1e5", '他说"好"', "a,b;c\td", "两\n行", "True",
         "𠮷野家", "é·—‘’", "_x0041_", "{\"a\":1}", "[1,2]", "解放路" * 60, "'", "x_x000D_")
NUMBERS = (0.1 + 0.2, 1 / 3, 1e-9, 123456.789, 5e-324, 1e15, 0.0)


def stored(field: Field, raw: Any) -> bool:
    """Whether a value is one that the registry keeps as it is."""
    try:
        return field.parse(raw)[0] == raw
    except FieldProblem:
        return False


def values(field: Field) -> st.SearchStrategy[Any]:
    low, high = field.minimum, field.maximum
    if field.type == "code":
        return st.sampled_from(field.codes.values)
    if field.type == "boolean":
        return st.booleans()
    if field.type == "date":
        return st.dates(dt.date(1800, 1, 1), dt.date(2200, 12, 31))
    if field.type == "integer":
        whole = st.integers(int(low) if low is not None else -2**62, int(high) if high is not None else 2**62)
        return whole.filter(lambda v: stored(field, v))
    if field.type == "number":
        free = st.floats(low, high, allow_nan=False, allow_infinity=False)
        return st.one_of(st.sampled_from(NUMBERS), free).filter(lambda v: stored(field, v))
    most = field.max_length or 400
    signs = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn"))
    return st.one_of(st.sampled_from(NASTY), st.text(signs, min_size=1, max_size=min(most, 40))).filter(
        lambda v: stored(field, v) and len(v) <= most)


def place(family: str) -> st.SearchStrategy[Any]:
    """Shapes on the grid of 1e-9°, single and multi, rings either way round."""
    west, south, _, _ = AREA
    at = st.tuples(st.integers(0, 90_000_000), st.integers(0, 90_000_000)).map(
        lambda p: (round(west + p[0] * 1e-9, 9), round(south + p[1] * 1e-9, 9)))
    if family == "point":
        return st.one_of(at.map(shapely.Point), st.lists(at, min_size=1, max_size=3, unique=True).map(shapely.MultiPoint))
    if family == "line":
        line = st.lists(at, min_size=2, max_size=6, unique=True).map(shapely.LineString)
        return st.one_of(line, line.map(lambda g: shapely.MultiLineString([g])))
    box = st.tuples(at, st.booleans()).map(lambda a: shapely.box(*a[0], round(a[0][0] + 0.01, 9), round(a[0][1] + 0.01, 9), ccw=a[1]))
    return st.one_of(box, box.map(lambda g: shapely.MultiPolygon([g])))


@st.composite
def towns(draw: Any) -> tuple[FeatureKind, list[dict[str, Any]]]:
    """A kind of the catalogue and some rows of it, every field with and without a value."""
    kind = catalogue.load().kind(draw(st.sampled_from(KINDS)))
    rows = []
    for n in range(draw(st.integers(1, 6))):
        row = {f.key: draw(st.one_of(st.none(), values(f))) for f in kind.fields if f.key not in ("district", "grid")}
        row["code"] = f"R{n}"
        for field in kind.fields:
            if field.required and row.get(field.key) is None:
                row[field.key] = draw(values(field))
        if row.get("valid_from") and row.get("valid_to"):
            row["valid_from"], row["valid_to"] = sorted((row["valid_from"], row["valid_to"]))
        row["geom"] = draw(st.one_of([place(family) for family in kind.geometry]))
        rows.append(row)
    return kind, rows


@pytest.mark.parametrize(("form", "encoding"), VARIANTS)
@examples(3)
@given(town=towns(), srid=st.sampled_from([4490, 4549]))
def test_what_is_exported_and_loaded_again_changes_nothing(form, encoding, srid, town, conn, tmp_path_factory):
    law_holds(form, encoding, srid, town, conn, tmp_path_factory)


@pytest.mark.long
@pytest.mark.parametrize(("form", "encoding"), VARIANTS)
@examples(60)
@given(town=towns(), srid=st.sampled_from([4490, 4549]))
def test_what_is_exported_and_loaded_again_changes_nothing_at_length(form, encoding, srid, town, conn, tmp_path_factory):
    law_holds(form, encoding, srid, town, conn, tmp_path_factory)


def law_holds(form, encoding, srid, town, conn, tmp_path_factory):
    """Coordinates of 4549 survive since 1e-9° is 0.1 mm and every format keeps a micrometre; GeoJSON has degrees only."""
    kind, rows = town
    if FORMATS[form].degrees:
        srid = 4490
    with conn.begin_nested() as undone:
        filled(conn, kind, rows)
        files = exported(conn, kind, tmp_path_factory.mktemp("out"), form, encoding=encoding, crs=srid)
        assert (0, 0, len(rows), 0) == load_into(conn, "demo", kind, files), "the same city"
        cities.put(conn, cities.City("other", "另一市", "Other", None, 4549))
        assert (len(rows), 0, 0, 0) == load_into(conn, "other", kind, files), "an empty city"
        again, before = content(conn, kind, "other"), content(conn, kind, "demo")
        assert [r[1:] for r in again] == [r[1:] for r in before]
        # SQL measured the ones, the loader the others: the same to some nanometres.
        assert [r[0] or 0 for r in again] == pytest.approx([r[0] or 0 for r in before], rel=1e-9, abs=1e-7)
        undone.rollback()


def content(conn: Any, kind: FeatureKind, city: str) -> list[Any]:
    """What the rows say after their length; rings in one order, a Multi of one part like the part."""
    names = [c for c in kind.by_column if c not in ("edition", "length_m")]
    length = "length_m" if kind.table == "asset" else "CAST(NULL AS float8)"
    columns = ", ".join([length, "code", "attrs::text", *names, "ST_AsText(ST_Normalize(ST_Multi(geom)), 9)"])
    return conn.execute(text(f"SELECT {columns} FROM {kind.table} WHERE city = :c ORDER BY code"), {"c": city}).all()
