"""Edits of single rows: checked like a file's, locked by version, kept in scope, written as one batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from registry import geometry, history
from registry.errors import Forbidden, Gone, Invalid, NotFound, NoVersion, RegistryError, Stale
from registry.history import Batch
from registry.kinds import FeatureKind
from registry.kinds.check import Checked, Wrong, check
from registry.scope import Principal, Sight
from registry.served_crs import DEFAULT, Served
from registry.store import conflict, edit_row, features, shape, versions
from registry.store.cities import City
from registry.store.conflict import Versions
from registry.store.geojson import Form
from registry.store.target import PLACED, Told

# A dry run takes rows without the city's lock, in any order. PostgreSQL looks for deadlocks after 1 s and might end the
# other one, who writes; so the dry run gives up before that.
DRY_WAIT_MS = 300


@dataclass(frozen=True)
class Given:
    """What somebody sends: properties by field key, and the geometry as GeoJSON.

    geometry: empty where none is sent, else one value; None in it takes the geometry away. crs: of its coordinates, in
    the order of its axes.
    """

    properties: Mapping[str, Any] = field(default_factory=dict)
    geometry: tuple[Any, ...] = ()
    crs: Served = DEFAULT


@dataclass(frozen=True)
class Written:
    """What became of one row. `version`: the live one, None when it was deleted."""

    id: int
    version: int | None
    changed: bool
    notes: tuple[Wrong, ...] = ()


@dataclass
class Editor:
    """Edits of one city by one principal: the first real change opens the batch, `close` seals it.

    reason: of the batch; without one it is the principal's. unlocked: some edit names no version, or any, and the
    batch says so. unless: versions at which no row is changed. lenient: unknown names are passed over. strict: what else
    would be noted is refused.
    Holds the city's writer lock to the end of the transaction. dry: all is taken back by the caller and cannot be
    committed; it holds no lock of the city, and gives up where another writer holds a row.
    """

    conn: Connection
    city: City
    principal: Principal
    reason: str = ""
    unlocked: bool = False
    unless: Versions | None = None
    lenient: bool = False
    strict: bool = False
    dry: bool = False
    batch: Batch | None = None
    counts: dict[str, int] = field(default_factory=lambda: {"new": 0, "changed": 0, "deleted": 0})
    _zones: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.dry:
            self.conn.execute(text(f"SET LOCAL lock_timeout = {DRY_WAIT_MS}"))
        else:
            history.lock(self.conn, self.city.key)

    def create(self, kind: FeatureKind, given: Given) -> Written:
        """Write a new row. Invalid, CodeTaken, Forbidden."""
        self._may(kind)
        made = self._checked(kind, given, None, whole=True)
        row = self._becomes(kind, made, None)
        written = edit_row.insert(self.conn, kind, row, self._batch())
        self._done(kind, written.id, "new")
        return Written(written.id, written.version, True, tuple(made.notes))

    def replace(self, kind: FeatureKind, id_: int, given: Given, expected: Versions | None) -> Written:
        """Make the row what is given; what is absent is taken away.

        NotFound, NoVersion, Gone, Stale, VersionNeeded, Invalid, CodeTaken, Forbidden, as for every change of a row.
        """
        return self._change(kind, id_, given, expected, whole=True)

    def update(self, kind: FeatureKind, id_: int, given: Given, expected: Versions | None) -> Written:
        """Change what is given; null takes away (RFC 7396)."""
        return self._change(kind, id_, given, expected, whole=False)

    def delete(self, kind: FeatureKind, id_: int, expected: Versions | None) -> Written:
        """Take the row away; its versions stay in the history."""
        self._may(kind)
        now = self._live(kind, id_, Given(), expected, whole=False)
        version = now["properties"]["version"]
        self._batch()
        if not edit_row.delete(self.conn, kind, self.city.key, id_, version):
            raise conflict.overtaken(kind, id_, version)
        self._count(kind, "deleted")
        return Written(id_, None, True)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """An edit within it leaves nothing behind when it is refused, and the next one can go on."""
        batch, counts, zones = self.batch, dict(self.counts), set(self._zones)
        try:
            with self.conn.begin_nested():
                yield
        except BaseException:
            self.batch, self.counts, self._zones = batch, counts, zones
            raise

    def close(self) -> Batch | None:
        """Seal the batch, if there is one, and return it."""
        if self.batch is not None:
            for kind in sorted(self._zones):
                shape.place_assets(self.conn, kind, self.batch)
            history.seal(self.conn, self.batch, self.counts)
        return self.batch

    # -- inside ----------------------------------------------------------------------------------
    @cached_property
    def _sight(self) -> Sight:
        return Sight(self.principal)

    @cached_property
    def _editions(self) -> str:
        return shape.editions(self.conn, self.city.key)

    def _may(self, kind: FeatureKind) -> None:
        """Zones are the map that all is told by: only whoever sees the whole city changes them."""
        if kind.table == "zone" and not self.principal.scope.unlimited:
            scope = self.principal.scope
            raise Forbidden(who=self.principal.name, what_zh=f"修改区划（范围：{conflict.border(scope, 'zh')}）",
                            what_en=f"change zones (scope: {conflict.border(scope, 'en')})")

    def _change(self, kind: FeatureKind, id_: int, given: Given, expected: Versions | None, whole: bool) -> Written:
        self._may(kind)
        now = self._live(kind, id_, given, expected, whole)
        version = now["properties"]["version"]
        made = self._checked(kind, given, now, whole)
        same = Written(id_, version, False, tuple(made.notes))
        if not made.values and not made.shape:
            return same
        row = self._becomes(kind, made, id_)
        if not row.differs:
            return same
        written = edit_row.update(self.conn, kind, row, self._batch(), id_, version)
        if written is None:  # by a writer who does not take the lock of the city
            raise conflict.overtaken(kind, id_, version)
        self._done(kind, id_, "changed")
        return Written(id_, written.version, True, tuple(made.notes))

    def _live(self, kind: FeatureKind, id_: int, given: Given, expected: Versions | None, whole: bool) -> dict[str, Any]:
        """The row as answers show it now in the CRS of what is given, of the version that is expected."""
        found = features.one(self.conn, kind, self.city.key, id_, self._sight, Form(given.crs))
        if found is None:
            what = f"{kind.key}/{id_}"
            if versions.ended(self.conn, kind, self.city.key, id_, self._sight) is not None:
                raise Gone(what=what)
            # A PUT that expects a version of what does not exist: /req/create-replace-delete/put-rid-exception B.
            raise NoVersion(what=what, given=", ".join(sorted(expected))) if whole and expected else NotFound(what=what)
        now: dict[str, Any] = json.loads(found)
        try:
            conflict.other_version(f"{kind.key}/{id_}", now, now["properties"]["version"], self.unless)
            conflict.same_version(kind, now, expected, self.principal.no_lock, given.properties, given.geometry, whole)
        except Stale as stale:
            if given.crs != DEFAULT:
                stale.more["crs"] = given.crs.uri  # of the present feature that it shows
            raise
        return now

    def _checked(self, kind: FeatureKind, given: Given, now: dict[str, Any] | None, whole: bool) -> _Read:
        shown = now["properties"] if now else None
        made = _Read(**vars(check(kind, given.properties, shown, whole=whole, lenient=self.lenient)))
        self._shape(kind, given, now, whole, made)
        if self.strict:
            made.wrong += made.notes
        if made.wrong:
            raise invalid(f"{kind.key}/{now['id']}" if now else kind.key, made.wrong)
        return made

    def _shape(self, kind: FeatureKind, given: Given, now: dict[str, Any] | None, whole: bool, made: _Read) -> None:
        """Read the geometry; sent back as it was shown it is no change."""
        if not given.geometry:
            if whole:
                made.wrong.append(Wrong("geometry", None, "missing_geometry"))
            return
        said = given.geometry[0]
        if now is not None and said == now["geometry"]:
            return
        if said is None:
            made.shape = (None,)
            if now is None:  # what has no place cannot be told from another without a code
                made.wrong.append(Wrong("geometry", None, "empty_geometry"))
            return
        try:
            found, high = geometry.from_geojson(said)
        except ValueError:
            made.wrong.append(Wrong("geometry", None, "not_geojson"))
            return
        shapes = np.empty(1, object)
        shapes[0] = found
        ready = geometry.prepare(shapes, kind.geometry, given.crs.to_stored, extent=None if kind.worldwide else self.city.extent)
        made.wrong += [Wrong("geometry", None, f.code, f.facts) for f in ready.faults]
        made.notes += [Wrong("geometry", None, f.code, f.facts) for f in ready.repaired]
        if high:
            made.notes.append(Wrong("geometry", None, "dropped_z"))
        made.shape = (ready.wkb()[0],)

    def _becomes(self, kind: FeatureKind, made: _Read, id_: int | None) -> Any:
        """The row to be written, with its code free and its district one that holds it."""
        told = Told(kind, tuple(f for f in kind.fields if f.key in made.values), bool(made.shape), clears=True)
        row = edit_row.becomes(self.conn, told, self.city.key, id_, made.values, made.shape[0] if made.shape else None,
                               self._editions if told.places else "{}")
        if wrong := _against_each_other(kind, made, row):
            raise invalid(f"{kind.key}/{id_}" if id_ else kind.key, [wrong])
        named = id_ is None or any(f.column in ("code", "edition") for f in told.fields)
        if row.differs and named and (other := edit_row.holder(self.conn, kind, self.city.key, row, id_)) is not None:
            raise conflict.taken(self.conn, self._sight, kind, self.city.key, row.code, other)
        return row

    def _batch(self) -> Batch:
        if self.batch is None:
            self.batch = history.open_batch(
                self.conn, city=self.city.key, kind="api", actor=self.principal.name,
                reason=self.reason or self.principal.reason or f"edit by {self.principal.name}",
                mapping={"dry_run": True} if self.dry else {"no_lock": True} if self.unlocked else None)
        return self.batch

    def _done(self, kind: FeatureKind, id_: int, what: str) -> None:
        if not conflict.within(self.conn, self._sight, kind, self.city.key, id_):
            raise conflict.outside(self._sight, kind, id_)
        self._count(kind, what)

    def _count(self, kind: FeatureKind, what: str) -> None:
        self.counts[what] += 1
        if kind.table == "zone" and kind.key in PLACED:
            self._zones.add(kind.key)


@dataclass
class _Read(Checked):
    """What was read of one row; `shape`: WKB or None as geometry, empty where it stays."""

    shape: tuple[bytes | None, ...] = ()


def _against_each_other(kind: FeatureKind, made: _Read, row: Any) -> Wrong | None:
    """A claimed district that does not hold the asset; a validity that ends before it starts."""
    if kind.table == "zone":
        backwards = row.valid_from is not None and row.valid_to is not None and row.valid_to < row.valid_from
        return Wrong("valid_to", str(row.valid_to), "date_order", {"other": row.valid_from}) if backwards else None
    claimed = kind.by_column.get("district")
    name = made.values.get(claimed.key) if claimed else None
    if claimed is None or name is None or (not row.zoned or row.claim is not None and row.claim == row.district):
        return None
    return Wrong(claimed.key, name, "unknown_zone") if row.claim is None else \
        Wrong(claimed.key, name, "outside_zone", {"claimed": name})


def invalid(what: str, wrong: list[Wrong]) -> RegistryError:
    """The error that lists everything that is wrong with what was sent."""
    error = Invalid(what=what, count=len(wrong))
    error.more = {"errors": [w.as_dict() for w in wrong]}
    return error
