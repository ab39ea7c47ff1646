"""Service areas and blind spots as GeoJSON features in EPSG:4490 (x = lon)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection

from registry import geo
from registry.coverage import rows, rules, straight
from registry.coverage.straight import SLIVER_M2, Run
from registry.scope import WHOLE, Sight
from registry.standards.service import ServiceRule
from registry.store.cities import City

_FRAGMENTS = {"stored": str(geo.STORED), "digits": str(geo.DIGITS)}


def gaps(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None,
         district: str | None = None, sight: Sight = WHOLE, shown: Sight = WHOLE, without: Iterable[str] = (),
         zone_edition: Mapping[str, str] | None = None) -> Iterator[bytes]:
    """Blind spots, one feature (UTF-8 GeoJSON) for each uncovered piece of a parcel.

    Properties: area_m2 (of lines length_m) and nearest_m in the working CRS (nearest_m is the shortest distance from the piece to
    a serving facility; null where there is none), population (areal share, null where unknown), district (by a
    point on the piece), nearest_id with name and link, land_id, land_code, land_name. Pieces below SLIVER_M2
    are left out. shown: what may be named as nearest; of another only the distance is told. UnknownIndicator, BadValue (edition,
    district).
    """
    run = straight.prepare(conn, rule, city, edition=edition, sight=sight, without=without, zone_edition=zone_edition)
    if district is not None:
        rows.check_district(run, district)
    run.serving()
    known = shown.rows(rules.facility(run.rule))
    tile = run.divisions(rules.DISTRICT)
    return _features(run, "coverage_gaps", ("cover", "land", "serving"), tile, sliver_m2=SLIVER_M2,
                     district=district, city=city.key, fragments={"known": known.text},
                     **{"class": run.rule.facility}, **known.values)


def served(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None,
           sight: Sight = WHOLE, without: Iterable[str] = (), zone_edition: Mapping[str, str] | None = None) -> Iterator[bytes]:
    """The area served, one feature (UTF-8 GeoJSON) a connected piece, with `area_m2` in the working CRS."""
    run = straight.prepare(conn, rule, city, edition=edition, sight=sight, without=without, zone_edition=zone_edition)
    return _features(run, "coverage_served_features", ("served",))


def _features(run: Run, statement: str, tables: tuple[str, ...], tile: str | None = None,
              fragments: dict[str, str] | None = None, **binds: object) -> Iterator[bytes]:
    fragments = _FRAGMENTS | ({"division": run.table(tile)} if tile else {}) | (fragments or {})
    for row in run.run(statement, *tables, fragments=fragments, **binds).all():
        yield bytes(row.feature)
