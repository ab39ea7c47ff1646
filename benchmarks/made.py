"""A city made inside the database, for benchmarks of millions of assets: rows by INSERT … SELECT in one batch, as a first load writes them.

What is left out of a load: reading a file, checking it, and the SHA-256 over each row, for which its number stands here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from registry import history
from registry.catalogue import load
from registry.kinds import AssetClass, Field
from registry.store import cities, fresh

CITY = "bench"
WEST, SOUTH, SIDE, DISTRICTS, LANDS = 120.0, 30.0, 0.4, 6, 15
# What of a class's own fields a row says; the others are empty, as in most files.
SAID = ("lit", "light_source", "lamp_kind", "road_class", "single_lamp_control", "contract_section", "medium", "laid_year", "material",
        "mechanised_sweeping", "sweeping_per_day", "size_class", "guardrail_risk", "guardrail_renovated_on", "maintenance_grade", "park_type",
        "green_type", "toilet_class", "capacity_t_per_d", "integrated", "renovated_on", "build_status", "admission_rate_percent", "purpose",
        "cover_material", "lamps_installed", "sidewalk_area_m2")
SHAPES = {
    "point": "ST_Point(x, y, 4490)",
    "line": "ST_SetSRID(ST_MakeLine(ARRAY[ST_MakePoint(x, y), ST_MakePoint(x + 0.0004, y + 0.0003), ST_MakePoint(x + 0.001, y + 0.0004)]), 4490)",
    "polygon": "ST_MakeEnvelope(x, y, x + 0.0006, y + 0.0005, 4490)"}


def city(conn: Connection) -> cities.City:
    """The city with its districts, side by side, a built-up area with a thousand corners, and pieces of land."""
    made = cities.City(CITY, "试验市", "Bench City", None, 4549)
    cities.put(conn, made)
    batch = history.open_batch(conn, city=CITY, kind="import", actor="benchmark", reason="districts")
    zone = text("INSERT INTO zone (kind, city, id, edition, code, name, population, area_m2, area_surveyed, attrs, geom, row_hash, version, "
                "batch, sys_from) VALUES (:kind, :city, nextval('feature_id_seq'), '', :code, :code, 1000000, "
                "ST_Area(CAST(CAST(:wkt AS geometry) AS geography)), false, '{}', CAST(:wkt AS geometry), '', 1, :batch, :at)")
    step = SIDE / DISTRICTS
    for n in range(DISTRICTS):
        west = WEST + n * step
        box = f"SRID=4490;POLYGON(({west} {SOUTH}, {west + step} {SOUTH}, {west + step} {SOUTH + SIDE}, {west} {SOUTH + SIDE}, {west} {SOUTH}))"
        conn.execute(zone, {"kind": "district", "city": CITY, "code": f"33060{n + 1}", "wkt": box, "batch": batch.id, "at": batch.at})
    round_ = conn.execute(text("SELECT ST_AsEWKT(ST_Buffer(ST_SetSRID(ST_Point(:x, :y), 4490), :r, 250))"), {
        "x": WEST + SIDE / 2, "y": SOUTH + SIDE / 2, "r": SIDE / 3}).scalar_one()
    conn.execute(zone, {"kind": "built_up_area", "city": CITY, "code": "J", "wkt": round_, "batch": batch.id, "at": batch.at})
    for n in range(LANDS):
        west, south = WEST + n * SIDE / LANDS, SOUTH + SIDE / 3
        conn.execute(zone, {"kind": "land", "city": CITY, "code": f"L{n}", "batch": batch.id, "at": batch.at, "wkt": (
            f"SRID=4490;POLYGON(({west} {south}, {west + 0.02} {south}, {west + 0.02} {south + 0.1}, {west} {south + 0.1}, {west} {south}))")})
    history.seal(conn, batch)
    return made


def assets(conn: Connection, kind: str, rows: int) -> None:
    """So many assets of a class, in one batch: spread over the city, every field of `SAID` filled with each of its values."""
    cls = load().classes[kind]
    batch = history.open_batch(conn, city=CITY, kind="import", actor="benchmark", reason=f"{rows} of {kind}")
    columns = ("class, city, id, code_scheme, code, name, district, grid, owner, keeper, supervisor, ownership_status, state, installed_on, "
               "retired_on, grade, scores, length_m, area_m2, length_surveyed, area_surveyed, attrs, geom, row_hash, version, batch, sys_from")

    def statement(apart: str | None) -> Any:
        return text(f"INSERT INTO {apart or 'asset'} ({columns}) SELECT {_values(cls)} FROM {_PLACES}")

    fresh.insert(conn, cls, rows, statement, {"rows": rows, "batch": batch.id, "at": batch.at, "city": CITY})
    history.seal(conn, batch)


def inspections(conn: Connection, kind: str) -> None:
    """An inspection of every asset of a class, with its grade, within the last four years."""
    batch = history.open_batch(conn, city=CITY, kind="import", actor="benchmark", reason=f"inspections of {kind}")
    conn.execute(text(
        "INSERT INTO inspection (city, asset_id, form, inspected_on, measurements, grade, batch, row_hash) SELECT a.city, a.id, 'regular', "
        "current_date - CAST(a.id % 1400 AS integer), '{}', a.grade, :batch, int8send(a.id) FROM asset a WHERE a.class = :class AND a.city = :city"),
        {"batch": batch.id, "class": kind, "city": CITY})
    history.seal(conn, batch)


def sheets(conn: Connection, kind: str, form: str, measurements: str, scores: str = "NULL") -> None:
    """An inspection by another form of every asset `a` of a class, within the last two years. measurements, scores: SQL of what it says."""
    batch = history.open_batch(conn, city=CITY, kind="import", actor="benchmark", reason=f"{form} of {kind}")
    conn.execute(text(
        "INSERT INTO inspection (city, asset_id, form, inspected_on, measurements, scores, batch, row_hash) SELECT a.city, a.id, :form, "
        f"current_date - CAST(a.id % 700 AS integer), {measurements}, {scores}, :batch, int8send(a.id) FROM asset a "
        "WHERE a.class = :class AND a.city = :city"), {"batch": batch.id, "class": kind, "city": CITY, "form": form})
    history.seal(conn, batch)


# -- inside --------------------------------------------------------------------------------------
# A place for each number, the same in every run.
_PLACES = (f"(SELECT n, {WEST} + {SIDE - 0.002} * (n * 7919 % 999983) / 999983.0 AS x, {SOUTH} + {SIDE - 0.002} * (n * 104729 % 999979) / "
           "999979.0 AS y FROM generate_series(1, CAST(:rows AS bigint)) n) p")


def _pick(*values: str, by: int) -> str:
    """One of the values by the number of the row."""
    return f"(ARRAY[{', '.join(values)}])[1 + (n * {by} / 13) % {len(values)}]"


def _values(cls: AssetClass) -> str:
    shape = cls.geometry[0]
    length = "128.5 + n % 50" if shape == "line" else "NULL"
    area = "3200.25 + n % 90" if shape == "polygon" else "900.5 + n % 70" if cls.key == "road" else "NULL"
    attrs = ", ".join(f"'{f.key}', {_said(f, 3 + 2 * i)}" for i, f in enumerate(cls.by_key[k] for k in SAID if k in cls.by_key))
    return (f"'{cls.key}', :city, nextval('feature_id_seq'), 'bureau', '{cls.key[:4]}' || n, '设施' || n, "
            f"'33060' || (1 + floor((x - {WEST}) / {SIDE / DISTRICTS})), "
            f"{_pick('NULL', *(repr(f'33060100{g}') for g in range(9)), by=11)}, {_pick(*map(repr, ('市政集团', '区城管局', '路灯所')), by=5)}, "
            f"{_pick(*map(repr, ('一标段', '二标段')), 'NULL', by=7)}, '城管局', "
            f"{_pick(*map(repr, ('confirmed', 'disputed', 'pending')), 'NULL', by=17)}, "
            f"{_pick(*map(repr, ['intact'] * 9 + ['damaged', 'missing', 'removed', 'abandoned']), 'NULL', by=19)}, "
            f"CAST('2001-01-01' AS date) + CAST(n % 9000 AS integer), CASE WHEN n % 37 = 0 THEN CAST('2020-01-01' AS date) END, "
            f"{_pick(*map(repr, 'ABCD'), 'NULL', by=23)}, {_scores(cls)}, {length}, {area}, "
            f"false, false, jsonb_strip_nulls(jsonb_build_object({attrs})), {SHAPES[shape]}, int8send(n), 1, :batch, :at")


def _scores(cls: AssetClass) -> str:
    """What a CCTV inspection says of two drains in three."""
    return "CASE WHEN n % 3 > 0 THEN jsonb_build_object('ri', (n % 90) / 10.0) END" if cls.key == "pipe" else "NULL"


def _said(field: Field, by: int) -> str:
    if field.codes:
        return _pick(*(repr(v) for v in field.codes.values), "NULL", by=by)
    return {"boolean": f"(n * {by}) % 3 = 0", "integer": f"1960 + (n * {by}) % 60" if field.key == "laid_year" else f"(n * {by}) % 9",
            "number": f"((n * {by}) % 90) / 2.0", "date": f"CAST(CAST('2015-01-01' AS date) + CAST((n * {by}) % 3000 AS integer) AS text)"}.get(
        field.type, _pick("'一标段'", "'二标段'", "NULL", by=by))
