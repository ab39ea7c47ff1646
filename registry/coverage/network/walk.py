"""One computation on foot: the straight-line run beside it, the network, entrances, access points and what is reached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import shapely
from sqlalchemy import Connection

from registry import sql
from registry.coverage import straight
from registry.coverage.network import access, entrances, kept
from registry.coverage.network.access import KINDS, Access
from registry.coverage.network.entrances import Entrances
from registry.coverage.network.field import distances, field
from registry.coverage.network.graph import Network
from registry.coverage.rules import facility, find
from registry.coverage.straight import Run
from registry.db.columns import read
from registry.db.fragments import for_text
from registry.errors import BadValue
from registry.geometry import from_wkb
from registry.kinds import AssetClass
from registry.scope import WHOLE, Sight
from registry.standards import walking
from registry.standards.service import ServiceRule
from registry.store import counted
from registry.store.cities import City

T = TypeVar("T")


@dataclass(frozen=True)
class Walk:
    """facilities: rows that serve (thing, id, radius_m, shape, shown_id, name), in the order that `entrances` counts them.

    The temporary table `walk` of the run has the share of each parcel. fields: radius in metres → metres to the nearest
    entrance of a facility of that radius, at each node.
    """

    run: Run
    network: Network
    facilities: list[Any]
    entrances: Entrances
    access: Access
    fields: dict[float, np.ndarray]

    def of_radius(self, radius_m: float) -> np.ndarray:
        """Which entrances are those of facilities that serve so far."""
        radii = np.array([f.radius_m for f in self.facilities])
        return np.asarray(radii[self.entrances.places.of] == radius_m)


def prepare(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None, sight: Sight = WHOLE,
            shown: Sight = WHOLE) -> Walk:
    """Everything that an answer is made of; UnknownIndicator, BadValue (edition). shown: what may be named."""
    found = find(rule)
    network = kept.network(conn, city, sight)
    run = straight.prepare(conn, found, city, edition=edition, sight=sight)
    known = shown.rows(facility(found))
    facilities = run.run("walking_facilities", "facility", fragments={"known": known.text}, city=city.key,
                         **{"class": found.facility}, **known.values).all()
    shapes = from_wkb([f.shape for f in facilities])
    points, of = _surveyed(run, facilities)
    told = walking.load()
    ways_in = _once(network, "entrances", [shapes, points, of], lambda: entrances.find(network, shapes, points, of, told))
    parcels = run.run("walking_parcels", "land").all()
    land = from_wkb([p.shape for p in parcels])
    ways_out = _once(network, "access", [land], lambda: access.find(network, land, told))
    walk = Walk(run, network, facilities, ways_in, ways_out, {})
    _reach(walk, [p.id for p in parcels])
    return walk


def check_land(rule: ServiceRule) -> None:
    """BadValue for a rule of lines: who walks starts from land."""
    if rule.basis == "length":
        raise BadValue(name="rule", value=rule.code, why_zh="这条规则服务的是线路；步行可达按用地或人口计。步行可达的路段见 walking/reached",
                       why_en="this rule serves lines; coverage on foot is of land or people. The streets reached are walking/reached")


def _reach(walk: Walk, ids: list[int]) -> None:
    """Served is what one of the tiers reaches; the distance told is to the nearest facility of whatever tier."""
    places, ways_in = walk.access.places, walk.entrances.places
    served = np.zeros(len(places), bool)
    for radius_m in sorted({f.radius_m for f in walk.facilities}):
        mine = ways_in.where(walk.of_radius(radius_m))
        walk.fields[radius_m] = field(walk.network, mine, radius_m)
        served |= np.isfinite(distances(walk.network, walk.fields[radius_m], mine, places, radius_m))
    nearest = walk.access.nearest(distances(walk.network, field(walk.network, ways_in), ways_in, places))
    walk.run.run("walking_share", "walk", ids=ids, shares=_nullable(walk.access.shares(served)), nearest_m=_nullable(nearest),
                 access=[KINDS[k] for k in walk.access.kind])
    walk.run.conn.execute(sql.statement("walking_analyzed", table=walk.run.table("walk")))


def _surveyed(run: Run, facilities: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Points of surveyed entrances, and the facility (index) of each."""
    number = {f.thing: n for n, f in enumerate(facilities)}
    points, of = [], []
    for row in (row for cls in kept.ways_in(run.rule.facility) for row in _entrance_rows(run, cls)):
        if row.thing in number:
            points.append(row.point)
            of.append(number[row.thing])
    return from_wkb(points), np.array(of, int)


def _entrance_rows(run: Run, cls: AssetClass) -> Any:
    seen = run.sight.rows(cls)
    assert cls.entrance_to is not None
    return run.run("walking_entrances", fragments={
        "assets": seen.text, "facility": for_text(read(cls.by_key[cls.entrance_to.field])),
        "gone": for_text(counted.any_of(counted.not_counting(cls)))}, **{"class": cls.key}, city=run.city.key, srid=run.city.srid,
        today=run.today, **seen.values).all()


def _once(network: Network, name: str, made_of: list[np.ndarray], work: Callable[[], T]) -> T:
    """The same again where it is made of the same: only the last of each name is kept, with the network."""
    digest = hashlib.sha256()
    for each in made_of:
        for part in shapely.to_wkb(each) if each.dtype == object else [each.tobytes()]:
            digest.update(part)
        digest.update(b"|")
    key = digest.digest()
    found = network.memo.get(name)
    if found is None or found[0] != key:
        found = network.memo[name] = (key, work())
    return found[1]


def _nullable(values: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]
