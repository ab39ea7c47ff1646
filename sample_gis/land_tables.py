"""The rows of parks, other green and residential land, and the people of the zones around them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from sample_gis.attributes import Attributes
from sample_gis.land import Land
from sample_gis.names import DISTRICTS
from sample_gis.tables import frame
from sample_gis.zones import Zones

PER_HOME = 2.7  # people in a household


def park_table(land: Land, a: Attributes) -> gpd.GeoDataFrame:
    shapes = [r.shape for r in land.parks]
    n, d = len(shapes), a.district(shapes)
    facts = {k: [r.facts[k] for r in land.parks]
             for k in ("code", "park_code", "name", "park_type", "open_to_public", "build_status")}
    built = [s == "建成" for s in facts["build_status"]]
    area = [round(s.area, 1) for s in shapes]
    return frame({
        **facts, "area": area, "planted": [round(x * float(a.rng.uniform(0.65, 0.85)), 1) for x in area],
        "upkeep": ["一级" if x >= 5000 else "二级" if x >= 1000 else "三级" for x in area],
        "state": [s if b else None for s, b in zip(a.fixed_states(n, 0.93), built, strict=True)],
        "owner": a.owners(d, "garden"), "keeper": a.keepers(d, "garden"), "ownership_status": a.ownership(n),
        "installed_on": [x if b else None for x, b in zip(a.dates(n, first=1988), built, strict=True)],
    }, shapes)


def green_table(land: Land, a: Attributes) -> gpd.GeoDataFrame:
    shapes = [r.shape for r in land.greens]
    n, d = len(shapes), a.district(shapes)
    return frame({
        **{k: [r.facts[k] for r in land.greens] for k in ("code", "name", "green_type")},
        "area": [round(s.area, 1) for s in shapes], "trees": a.rng.integers(10, 240, n).tolist(),
        "upkeep": a.pick(n, ("一级", "二级", "三级"), (20, 50, 30)), "state": a.fixed_states(n, 0.95),
        "owner": a.owners(d, "garden"), "keeper": a.keepers(d, "garden"),
        "section": [None if k % 8 == 7 else f"{DISTRICTS[x][1]}绿化{k % 2 + 1}标段" for k, x in enumerate(d)],
    }, shapes)


def home_table(land: Land, a: Attributes) -> gpd.GeoDataFrame:
    shapes = [r.shape for r in land.homes]
    people = [round(r.shape.area * r.facts["density"]) for r in land.homes]
    return frame({
        "code": [r.facts["code"] for r in land.homes], "name": [r.facts["name"] for r in land.homes],
        "use": ["三类居住用地" if r.facts["name"].endswith("村") else "二类居住用地" for r in land.homes],
        "people": people, "homes": [round(p / PER_HOME) for p in people],
        "year": a.holes(a.years(len(shapes), 1982, 2023).tolist(), 0.05), "area": [round(s.area, 1) for s in shapes],
    }, shapes)


def zone_tables(zones: Zones, homes: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Every kind of zone; districts, streets and communities with the people of the parcels in them."""
    tables = {"district": zones.district_frame(), "street": zones.street_frame(),
              "community": zones.community_frame(), "unit_grid": zones.grid_frame(),
              "management_grid": zones.management_frame(), "built_up_area": zones.built_up_frame(),
              "historic_district": zones.historic_frame()}
    inside = shapely.point_on_surface(homes.geometry.to_numpy())
    for kind in ("district", "street", "community"):
        table = tables[kind]
        at, zone = shapely.STRtree(table.geometry.to_numpy()).query(inside, predicate="intersects")
        people = np.zeros(len(table))
        np.add.at(people, zone, homes["people"].to_numpy(float)[at])
        table["people"] = [int(p) for p in people]
        table["homes"] = [round(p / PER_HOME) for p in people]
    tables["unit_grid"]["since"] = "20210301"
    tables["built_up_area"]["year"] = 2024
    tables["built_up_area"]["edition"] = "2024"
    tables["historic_district"]["level"] = "省级"
    return {k: frame({c: t[c].tolist() for c in t.columns if c != "geometry"}, t.geometry) for k, t in tables.items()}
