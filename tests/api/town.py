"""A town of two districts whose every asset carries a mark, and a plain model of who may see which."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, text

from registry import history
from registry.catalogue import load
from registry.scope import Scope
from registry.store import attachments, cities, defects, inspections, ownership
from registry.store.cities import City
from registry.store.records import Writer
from registry.store.staging import put_many

TOWN = City("demo", "示范市", "Demo City", None, 4549)
WHO = {"actor": "tester", "reason": "test"}
DISTRICTS = {"D1": shapely.box(120.4, 29.9, 120.6, 30.2), "D2": shapely.box(120.6, 29.9, 120.8, 30.2)}
# Streets halve the districts from south to north.
STREETS = {"D1S": shapely.box(120.4, 29.9, 120.6, 30.05), "D1N": shapely.box(120.4, 30.05, 120.6, 30.2),
           "D2S": shapely.box(120.6, 29.9, 120.8, 30.05), "D2N": shapely.box(120.6, 30.05, 120.8, 30.2)}
CLASSES = ("streetlight", "toilet", "pipe", "park")
OWNERS, KEEPERS = ("甲局", "乙局"), ("子公司", "丑公司")
MEDIA = ("sewage", "gas")


@dataclass(frozen=True)
class Thing:
    """One version of an asset, as the model knows it."""

    mark: str
    cls: str
    district: str
    street: str
    owner: str
    keeper: str
    medium: str | None


def shape(cls: str, x: float, y: float) -> Any:
    if cls == "pipe":
        return shapely.LineString([(x, y), (x + 0.001, y)])
    return shapely.box(x, y, x + 0.003, y + 0.003) if cls == "park" else shapely.Point(x, y)


def furnish(conn: Connection) -> list[Thing]:
    """Zones, and two assets for each class, street, owner and keeper; returns what there is now and what was."""
    kinds = load()
    cities.put(conn, TOWN)
    put_many(conn, kinds.kind("district"), TOWN, [{"code": k, "name": f"区{k}", "geom": g} for k, g in DISTRICTS.items()], **WHO)
    put_many(conn, kinds.kind("street"), TOWN, [{"code": k, "name": f"街{k}", "geom": g} for k, g in STREETS.items()], **WHO)
    put_many(conn, kinds.kind("residential"), TOWN, [
        {"code": f"Z{k}", "name": f"小区{k}", "geom": g.buffer(-0.06)} for k, g in DISTRICTS.items()], **WHO)
    things: list[Thing] = []
    serial = itertools.count(1000)
    for cls in CLASSES:
        rows = []
        for (street, box), owner, keeper, n in itertools.product(STREETS.items(), OWNERS, KEEPERS, range(2)):
            number = next(serial)
            medium = MEDIA[n] if cls == "pipe" else None
            x, y = box.bounds[0] + 0.02 + 0.004 * (number % 32), box.bounds[1] + 0.02 + 0.004 * (number % 16)
            thing = Thing(f"MARK{number}", cls, street[:2], street, owner, keeper, medium)
            things.append(thing)
            rows.append({"code": f"C{number}", "name": thing.mark, "owner": owner, "keeper": keeper,
                         "state": "intact" if n else "damaged", **({"medium": medium} if cls == "pipe" else {}),
                         "geom": shape(cls, x, y)})
        assert put_many(conn, kinds.kind(cls), TOWN, rows, **WHO).new == len(rows)
    _records(conn, [t for n, t in enumerate(things) if n % 3 == 1])
    return things + _moved_and_gone(conn, things)


def _records(conn: Connection, things: list[Thing]) -> None:
    """What was found on some of them carries their mark as well."""
    writer = Writer("tester", "test")
    for thing in things:
        cls = load().classes[thing.cls]
        id_ = conn.execute(text("SELECT id FROM asset WHERE name = :m"), {"m": thing.mark}).scalar_one()
        here = (conn, TOWN.key, cls, id_)
        inspections.record(*here, {"form": "regular", "inspected_on": "2025-05-01", "state": "damaged",
                                   "measurements": {"mark": thing.mark}, "inspector": thing.mark}, writer)
        defects.report(*here, {"kind": f"破损 {thing.mark}", "found_on": "2025-05-01", "responsible": thing.keeper}, writer)
        ownership.claim(*here, {"kind": "unclear", "claimant": thing.mark, "role": "owner", "basis": "旧图"}, writer)
        attachments.attach(*here, attachments.Document(f"{thing.mark}.txt", "text/plain", thing.mark.encode()), writer)


def _moved_and_gone(conn: Connection, things: list[Thing]) -> list[Thing]:
    """One lamp moves to the other district under a new mark, one toilet is deleted: their past stays where it was."""
    lamp = next(t for t in things if t.cls == "streetlight" and t.street == "D1S")
    moved = Thing("MARKMOVED", lamp.cls, "D2", "D2N", lamp.owner, lamp.keeper, None)
    put_many(conn, load().kind("streetlight"), TOWN, [
        {"code": f"C{lamp.mark[4:]}", "name": moved.mark, "geom": shapely.Point(120.7, 30.15)}], **WHO)
    toilet = next(t for t in things if t.cls == "toilet")
    batch = history.open_batch(conn, city="demo", kind="edit", **WHO)
    conn.execute(text("DELETE FROM asset WHERE class = 'toilet' AND name = :m"), {"m": toilet.mark})
    history.seal(conn, batch)
    return [moved]


def allowed(scope: Scope, thing: Thing, hidden: bool = False) -> bool:
    """The model: what a scope lets through, in plain Python. hidden: gas is kept back, as from the public."""
    return ((scope.city in (None, "demo")) and (not scope.classes or thing.cls in scope.classes)
            and (not scope.districts or thing.district in scope.districts)
            and (not scope.streets or thing.street in scope.streets)
            and (not scope.owners or thing.owner in scope.owners)
            and (not scope.keepers or thing.keeper in scope.keepers)
            and not (hidden and thing.medium == "gas"))
