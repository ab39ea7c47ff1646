"""Draws the pretend city and writes its files: `python -m sample_gis.make --seed 20250101 --scale 1.0`."""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np

from sample_gis import land_tables, tables, tell, themes, works
from sample_gis.attributes import Attributes
from sample_gis.blocks import Ground
from sample_gis.faults import spoil, summary
from sample_gis.files import LOADS, File
from sample_gis.land import Land
from sample_gis.lattice import Lattice, waters
from sample_gis.pipes import Pipes
from sample_gis.sheets import write_sheets
from sample_gis.streets import Network
from sample_gis.write import write_csv, write_shapefile, write_xlsx
from sample_gis.zones import Zones

SEED = 20250101
INSPECTED = 1200  # lamps on the sheet of this year's round


def draw(seed: int, scale: float) -> dict[str, gpd.GeoDataFrame]:
    """Every table of the city, before any fault."""
    rng = np.random.default_rng(seed)
    lattice = Lattice.make(rng, scale)
    network = Network(lattice, rng, scale)
    water = waters(lattice, rng)
    ground = Ground(network, water)
    zones = Zones(ground)
    land = Land(ground, zones, rng, scale)
    a = Attributes(rng, zones)
    pipes = Pipes(network, rng, scale)
    homes = land_tables.home_table(land, a)
    result = {**land_tables.zone_tables(zones, homes), "residential": homes,
              "road": tables.road_table(network, a), "bridge": tables.bridge_table(network, water, a, scale),
              "tunnel": tables.tunnel_table(network, a), "utility_tunnel": tables.utility_tunnel_table(network, a),
              "lamp": tables.lamp_table(network, a, scale), "manhole": tables.manhole_table(pipes, a),
              "pipe": tables.pipe_table(pipes, a), "toilet": tables.toilet_table(ground, land, a, scale),
              "station": tables.station_table(ground, land, a, scale), "park": land_tables.park_table(land, a),
              "green": land_tables.green_table(land, a), "land": themes.land_table(land)}
    result["theme"] = themes.theme_table(result["built_up_area"])
    result["inspection"] = inspection(result["lamp"], rng, scale)
    return result


def inspection(lamps: gpd.GeoDataFrame, rng: np.random.Generator, scale: float) -> gpd.GeoDataFrame:
    """This year's round through one district: some lamps were repaired, some went out; codes, no places."""
    mine = lamps[lamps["district"] == "330697"]
    chosen = mine.iloc[np.sort(rng.choice(len(mine), min(len(mine), round(INSPECTED * scale)), replace=False))].copy()
    draws = rng.random(len(chosen))
    chosen["lit"] = ["亮" if d < 0.975 else "不亮" for d in draws]
    chosen["state"] = ["完好" if d < 0.98 else "破损" for d in draws]
    chosen["checked"] = [f"2025-03-{k % 28 + 1:02d}" for k in range(len(chosen))]
    return chosen


def write_file(folder: Path, file: File, table: gpd.GeoDataFrame) -> None:
    for key, words in (file.values or {}).items():
        table[key] = [words.get(v, v) for v in table[key]]
    path = folder / file.name
    if file.form == "csv":
        write_csv(path, table, file.columns)
    elif file.form == "xlsx":
        write_xlsx(path, table, file.columns, "巡检")
    else:
        write_shapefile(path, table, file.columns, epsg=file.epsg, encoding=file.encoding, mark=file.mark, prj=file.prj)


def write(folder: Path, seed: int, scale: float) -> dict[str, dict]:
    """All files and what is told about them."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw(seed, scale)
    told, loaded = {}, dict(drawn)
    for n, file in enumerate(LOADS):
        rows = drawn[file.table] if file.only is None else file.only(drawn[file.table])
        # A generator of its own per file: a fault more in one leaves the others as they are.
        table, faults = spoil(rows, file, np.random.default_rng([seed, n]))
        if file.table in ("park", "residential"):
            loaded[file.table] = table.drop(index=[f.row - 1 for f in faults if f.outcome == "refused"])
        noted = {"date_precision": int(table["built"].notna().sum())} if file.kind == "bridge" else {}
        refused = [f for f in faults if f.outcome == "refused"]
        if noted:
            noted["date_precision"] -= int(table["built"].iloc[[f.row - 1 for f in refused]].notna().sum())
        told[file.name] = {"class": file.kind, **summary(len(table), faults, noted)}
        write_file(folder, file, table)
    coverage = {name: tell.park_coverage(loaded, flag) for name, flag in (("built", False), ("built_and_open", True))}
    box = tell.extent(drawn["district"])
    sheets = write_sheets(folder, drawn, seed)
    works.write(folder)
    tell.write_manifest(folder, box)
    tell.write_expected(folder, told, {"seed": seed, "scale": scale, "extent": box, "park_coverage": coverage, "sheets": sheets})
    tell.write_readme(folder, told, sheets, facts(drawn, coverage), seed, scale)
    return told


def facts(drawn: dict[str, gpd.GeoDataFrame], coverage: dict) -> dict[str, str]:
    """The city in a dozen numbers."""
    road, toilet = drawn["road"], drawn["toilet"]
    sizes = drawn["bridge"]["size"].value_counts()
    kinds = toilet["kind"].value_counts()
    return {
        "道路 roads": f"{road['road_code'].nunique()} 条，{len(road)} 段，{road['length_m'].sum() / 1000:.2f} km，"
                    f"{road['area_m2'].sum() / 1e4:.2f} 万㎡",
        "桥梁 bridges": f"{len(drawn['bridge'])} 座（" + "，".join(f"{s} {sizes.get(s, 0)}" for s in
                      ("特大桥", "大桥", "中桥", "小桥")) + f"）；隧道 tunnels {len(drawn['tunnel'])} 座",
        "路灯 lamps": f"{len(drawn['lamp'])} 盏",
        "窨井、管线 manholes, pipes": f"{len(drawn['manhole'])} 座，{len(drawn['pipe'])} 段，"
                                  f"{drawn['pipe']['length'].sum() / 1000:.1f} km",
        "综合管廊 utility tunnels": f"{len(drawn['utility_tunnel'])} 段，{drawn['utility_tunnel']['length'].sum() / 1000:.1f} km",
        "公厕 toilets": f"{len(toilet)} 座（一类 {kinds.get('一类', 0)}，二类 {kinds.get('二类', 0)}，三类 {kinds.get('三类', 0)}）",
        "转运站 transfer stations": f"{len(drawn['station'])} 座",
        "公园 parks": f"{drawn['park']['park_code'].nunique()} 座，{len(drawn['park'])} 块；绿地 other green {len(drawn['green'])} 块",
        "居住用地 residential": f"{len(drawn['residential'])} 块，{drawn['residential']['people'].sum()} 人 people",
        "公园绿地服务半径覆盖率 park coverage": f"{coverage['built']['percent']:.2f} %（只计开放的 open parks only "
                                       f"{coverage['built_and_open']['percent']:.2f} %）",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--scale", type=float, default=1.0, help="times the quantities (0.1 to 100)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    args = parser.parse_args()
    if not 0.1 <= args.scale <= 100:
        parser.error("--scale must lie between 0.1 and 100: one zone of the projection holds no larger city")
    for name, told in write(args.out, args.seed, args.scale).items():
        print(f"{name}: {told['rows']} rows, {sum(told['refused'].values())} to be refused")


if __name__ == "__main__":
    main()
