"""AssetClass and ZoneKind: what a class of things in the city is, declared once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from registry.kinds.codes import CodeList, fold
from registry.kinds.common import COMMON, ZONE_COMMON
from registry.kinds.fields import Field
from registry.kinds.label import Label
from registry.kinds.script import simplified

GEOMETRIES = ("point", "line", "polygon")
BASES = ("count", "length", "area")
SAME_PLACE = ("warn", "refuse")


@dataclass(frozen=True)
class InService:
    """Which values of a code field mean that the thing exists and works; others leave a rate with a reason."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Walkable:
    """The lines of a class are ways that people walk on.

    field, barred: lines whose field has one of these values are none (a road of unknown class is one).
    level: integer field of the level that a line lies on; lines of different levels meet where both end, and cross
        nowhere. None, or no value: level 0, which alone is stepped on from what lies beside.
    """

    field: str | None = None
    barred: tuple[str, ...] = ()
    level: str | None = None

    @property
    def named(self) -> frozenset[str]:
        """The fields that it goes by."""
        return frozenset(filter(None, (self.field, self.level)))


@dataclass(frozen=True)
class EntranceTo:
    """The points of a class are the surveyed entrances of a facility.

    facility: key of the class of the facilities. field: the own field that names the facility by what it is counted by
        (its `count_by`).
    """

    facility: str
    field: str

    @property
    def named(self) -> frozenset[str]:
        """The fields that it goes by."""
        return frozenset({self.field})


@dataclass(frozen=True)
class Rating:
    """How the class is counted in a state-based rate: by count, length or area, and the clause for it."""

    basis: str = "count"
    clause: str = "表2 管理部件状态"

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise ValueError(f"basis {self.basis!r} is not one of {BASES}")


@dataclass(frozen=True)
class FeatureKind:
    """What assets and zones share.

    key: collection id, and value of `asset.class` / `zone.kind`.
    label, description: `中文|English`.
    geometry: accepted types out of GEOMETRIES (each with its Multi form), the usual one first.
    fields: the class's own fields; those every class has are added (an own field with the same
        key or core column takes the place of the common one). `common=False` adds none.
    code_required: without it a row may do without a business key.
    worldwide: not judged by the extent of the city.
    names: words in file names that tell this class.
    color: CSS hex of the layer where no state colours it.
    group_by: the code field that inventory and rates are grouped by first.
    restricted: kept from the public unless a bureau opens it.
    """

    key: str
    label: Label | str
    geometry: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    description: Label | str = ""
    code_required: bool = True
    worldwide: bool = False
    names: tuple[str, ...] = ()
    color: str = "#3d7dca"
    common: bool = True
    group_by: str | None = None
    restricted: bool = False

    _shared: ClassVar[tuple[Field, ...]] = ()

    def __hash__(self) -> int:
        """Of its key alone, since what is worked out of a kind is kept by it: that of forty fields takes 50 µs."""
        return hash((self.key, len(self.fields)))

    def __post_init__(self) -> None:
        if unknown := set(self.geometry) - set(GEOMETRIES):
            raise ValueError(f"class {self.key}: geometry {sorted(unknown)} is not among {GEOMETRIES}")
        taken = {f.key for f in self.fields} | {f.column for f in self.fields if f.column}
        shared = [f for f in self._shared if f.key not in taken and f.column not in taken]
        if self.common:
            object.__setattr__(self, "fields", (*shared, *self.fields))
        keys = [f.key for f in self.fields]
        if twice := {k for k in keys if keys.count(k) > 1}:
            raise ValueError(f"class {self.key}: field {sorted(twice)} declared twice")
        for name in (self.group_by,):
            if name is not None and name not in keys:
                raise ValueError(f"class {self.key}: group_by {name!r} is not a field")

    @property
    def title(self) -> Label:
        return Label.of(self.label)

    @property
    def table(self) -> str:
        """`asset` or `zone`."""
        raise NotImplementedError

    @cached_property
    def by_key(self) -> dict[str, Field]:
        return {f.key: f for f in self.fields}

    @cached_property
    def by_column(self) -> dict[str, Field]:
        """Core column → the field that fills it."""
        return {f.column: f for f in self.fields if f.column}

    @property
    def colored_by(self) -> Field | None:
        """The code field whose colours a map shows: the state; None: the colour of the class."""
        found = self.by_column.get("state")
        return found if found and found.codes else None

    @cached_property
    def code_lists(self) -> dict[str, CodeList]:
        """Code lists used by the fields, by their key."""
        return {f.codes.key: f.codes for f in self.fields if f.codes}

    def field_named(self, name: str) -> Field | None:
        """The field that a file's column name means, in simplified or traditional characters, or None."""
        return self._names.get(fold(name)) or self._names.get(fold(simplified(name)))

    @cached_property
    def _names(self) -> dict[str, Field]:
        index: dict[str, Field] = {}
        # The class's own words win over the common ones (a zone's 编号 over nothing else).
        for f in reversed(self.fields):
            for name in f.names:
                index.setdefault(name, f)
        for key, endings in (("code", ("编号", "编码", "代码", "标识码")), ("name", ("名称", "名"))):
            if key in self.by_key:
                for ending in endings:
                    index.setdefault(fold(self.title.zh + ending), self.by_key[key])
        return index


@dataclass(frozen=True)
class AssetClass(FeatureKind):
    """A class of assets.

    unit: how one of them is counted: `座|each`, `盏|lamps`.
    count_by: field whose distinct values are counted as the things people name (`road_code` → 条).
    count_unit: the unit of that count.
    rating: how state-based rates weigh it; None: it has no such rate.
    in_service: what must hold for it to count in rates and coverage.
    trade: heading it stands under.
    apart_m: two of a file or one of it and one that is there, nearer than this, are told as the same thing twice
        (m); 0: never, since several share a place by right.
    same_place: what becomes of the later one: `warn` or `refuse`.
    walkable: its lines make the network that people walk on; entrance_to: its points are where they enter a facility.
    control: its points are known to be of the datum of the city, by which its roads are judged.
    """

    unit: Label | str = "个|each"
    count_by: str | None = None
    count_unit: Label | str = "条|each"
    rating: Rating | None = field(default_factory=Rating)
    in_service: InService | None = None
    trade: Label | str = "其他|Other"
    apart_m: float = 0.05
    same_place: str = "warn"
    walkable: Walkable | None = None
    entrance_to: EntranceTo | None = None
    control: bool = False

    _shared: ClassVar[tuple[Field, ...]] = COMMON
    __hash__ = FeatureKind.__hash__  # a dataclass would make its own

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.same_place not in SAME_PLACE:
            raise ValueError(f"class {self.key}: same_place {self.same_place!r} is not one of {SAME_PLACE}")
        named = [field for part in (self.walkable, self.entrance_to) if part for field in part.named]
        if unknown := set(named) - set(self.by_key):
            raise ValueError(f"class {self.key}: {sorted(unknown)} is not a field")

    @property
    def table(self) -> str:
        return "asset"


@dataclass(frozen=True)
class ZoneKind(FeatureKind):
    """A kind of zone: a division, grid, land use or boundary edition that figures refer to.

    replaces_edition: a new edition stands beside the old one instead of changing it (`valid_from`).
    """

    color: str = "#7a6a9b"

    _shared: ClassVar[tuple[Field, ...]] = ZONE_COMMON
    __hash__ = FeatureKind.__hash__

    @property
    def table(self) -> str:
        return "zone"
