"""What a row becomes: the expressions of every content column, the same for a staged load and for one edit."""

from __future__ import annotations

from dataclasses import dataclass

from registry import sql
from registry.db.columns import content_columns, literal, quote
from registry.kinds import COMMON, FeatureKind, Field

# Kind of zone that places assets → the core column that keeps its code.
PLACED = {f.zone: f.column for f in COMMON if f.zone and f.column}
# Core column → the function that measures a geometry for it: metres and square metres on the ellipsoid.
MEASURES = {"length_m": "registry_length_m", "area_m2": "registry_area_m2"}
_OBJECT_PAIRS = 40  # jsonb_build_object takes 100 arguments


@dataclass(frozen=True)
class Told:
    """What is told of rows of a kind. The told values stand in `s` as `f_<key>`, the live row in `a`.

    geometry: whether `s.geom` is told. clears: nothing told in its place takes geometry, district and grid away,
    as an edit says; a file leaves them as they are. measured: columns that were measured when the rows came, see `measure`.
    """

    kind: FeatureKind
    fields: tuple[Field, ...]
    geometry: bool
    clears: bool = False
    measured: frozenset[str] = frozenset()

    def value(self, column: str) -> str | None:
        """The told value of the field that fills a core column, when it is told."""
        field = self.kind.by_column.get(column)
        return f"s.{name(field)}" if field and field in self.fields else None

    @property
    def geom(self) -> str:
        if not self.geometry:
            return "a.geom"
        return "s.geom" if self.clears else "registry_geom(a.geom, s.geom)"

    @property
    def claimed(self) -> str:
        """The district that is claimed."""
        return self.value("district") or "CAST(NULL AS text)"

    @property
    def unzoned(self) -> str:
        """The district where the city has none that could tell."""
        told = self.value("district")
        return told if told and self.clears else f"coalesce({self.claimed}, a.district)"

    @property
    def places(self) -> bool:
        """Whether the row is placed anew, by `place` and `grid` of stage_placing.sql."""
        return self.kind.table == "asset" and bool(self.geometry or self.value("district") or self.value("grid"))

    @property
    def placing(self) -> str:
        """The joins `claim`, `grid` and `place`, over the divisions in `zone_piece` and `zone_name`."""
        return self.placing_at(self.geom)

    def placing_at(self, geom: str) -> str:
        """The same for another geometry; where that is null, nothing is looked up."""
        return sql.statement("stage_placing", geom=geom, claimed=self.claimed, unzoned=self.unzoned).text

    @property
    def unplaced(self) -> str:
        """The same joins in a city that has no divisions."""
        return sql.statement("stage_unplaced", unzoned=self.unzoned).text

    def columns(self) -> dict[str, str]:
        """Content column → the expression of what the row becomes."""
        made = {c: self.value(c) or f"a.{quote(c)}" for c in content_columns(self.kind.table)}
        made["attrs"] = self._attrs()
        made["geom"] = self.geom
        made |= self._measure("area_m2", "area_surveyed")
        if self.kind.table == "zone":
            made["edition"] = f"coalesce({self.value('edition') or 'a.edition'}, '')"
            return made
        made |= self._measure("length_m", "length_surveyed")
        made["code_scheme"] = "coalesce(a.code_scheme, CAST(:scheme AS text))"
        return made | self._placed()

    def _placed(self) -> dict[str, str]:
        made = {}
        district, grid = self.value("district"), self.value("grid")
        if self.geometry or district:
            made["district"] = "place.district" if self.clears else f"coalesce(place.district, {self._kept('a.district')})"
        by_place = "grid.code" if self.geometry or (grid and self.clears) else "a.grid"
        if self.geometry and not self.clears:
            by_place = f"coalesce(grid.code, {self._kept('a.grid')})"
        made["grid"] = f"coalesce({grid}, {by_place})" if grid else by_place
        return made

    def _kept(self, column: str) -> str:
        """What places a row that a file says no place of: it stays as it is; null where there is a place to tell it by."""
        return f"CASE WHEN {self.geom} IS NULL THEN {column} END" if self.geometry else column

    def _measure(self, column: str, flag: str) -> dict[str, str]:
        """A surveyed value wins and says so; else the measure of the geometry, worked out only when it moved."""
        said = self.value(column)
        kept = f"coalesce(a.{flag}, false)" if said is None else "false"
        worth = f"{MEASURES[column]}({self.geom})"
        if column in self.measured:  # unless the row kept its own
            worth = f"coalesce(s.{measure(column)}, {worth})"
        derived = (f"CASE WHEN {kept} OR (a.geom = {self.geom} AND NOT a.{flag}) THEN a.{column} "
                   f"ELSE {worth} END")
        return {column: f"coalesce({said}, {derived})" if said else derived,
                flag: f"{said} IS NOT NULL" if said else kept}

    def _attrs(self) -> str:
        """Keys that are told are set or, when empty, taken away; others stay."""
        fields = [f for f in self.fields if not f.column]
        if not fields:
            return "coalesce(a.attrs, '{}'::jsonb)"
        keys = ", ".join(literal(f.key) for f in fields)
        pairs = [f"{literal(f.key)}, s.{name(f)}" for f in fields]
        objects = [f"jsonb_build_object({', '.join(pairs[i:i + _OBJECT_PAIRS])})"
                   for i in range(0, len(pairs), _OBJECT_PAIRS)]
        told = f"jsonb_strip_nulls({' || '.join(objects)})"
        return f"CASE WHEN a.attrs IS NULL THEN {told} ELSE (a.attrs - ARRAY[{keys}]::text[]) || {told} END"


def measure(column: str) -> str:
    """The column in which the measure of a told geometry stands, where it was measured when it came."""
    return quote(f"m_{column}")


def name(field: Field) -> str:
    """The column in which the told value of a field stands."""
    return quote(f"f_{field.key}")
