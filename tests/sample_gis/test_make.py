"""The pretend city: the same every time, small, and with exactly the faults it says it has."""

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # the generator is not part of the installed package
    sys.path.insert(0, str(ROOT))

from sample_gis.faults import PLAN  # noqa: E402
from sample_gis.files import LOADS, File  # noqa: E402
from sample_gis.make import SEED, write  # noqa: E402
from sample_gis.names import TUNNEL_ROADS  # noqa: E402
from sample_gis.sheets import SHEETS  # noqa: E402
from sample_gis.write import title  # noqa: E402

HERE = ROOT / "sample_gis"
FILES = {f.name: f for f in LOADS}
SHAPES = [f for f in LOADS if f.form == "shp"]
MADE = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".csv", ".xlsx", ".json", ".toml", ".md")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("城市 one")
    write(folder, SEED, 1.0)
    return folder


def expected(folder: Path = HERE) -> dict:
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def read(file: File, folder: Path = HERE) -> pd.DataFrame:
    """The file as it lies there, under our keys, every row."""
    path = folder / file.name
    if file.form == "csv":
        table = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    elif file.form == "xlsx":
        table = pd.read_excel(path, dtype=str)
    else:
        table = pyogrio.read_dataframe(path, encoding=file.encoding)
    names = {title(c, file.encoding) if file.form == "shp" else c.title: c.key for c in file.columns}
    return table.rename(columns=names)


def accepted(*names: str) -> pd.DataFrame:
    """The rows of some files that a loader should take, in EPSG:4549 where they have a place."""
    parts = []
    for name in names:
        table = read(FILES[name])
        bad = [f["row"] - 1 for f in expected()["files"][name]["faults"] if f["outcome"] == "refused"]
        table = table.drop(index=bad)
        if "geometry" in table and table.crs is not None:
            table = table.to_crs("EPSG:4549")
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def test_the_same_seed_writes_the_same_bytes(fresh: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sample_gis.make", "--seed", str(SEED), "--scale", "1.0", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = sorted(p.name for p in fresh.iterdir())
    assert names == sorted(p.name for p in tmp_path.iterdir())
    assert [n for n in names if (fresh / n).read_bytes() != (tmp_path / n).read_bytes()] == []


def test_another_seed_draws_another_city(tmp_path: Path) -> None:
    write(tmp_path, 7, 0.25)
    assert (tmp_path / "城市道路.dbf").read_bytes() != (HERE / "城市道路.dbf").read_bytes()


def test_what_is_committed_is_what_the_generator_tells(fresh: Path) -> None:
    assert sorted(p.name for p in fresh.iterdir()) == sorted(p.name for p in HERE.iterdir() if p.suffix in MADE)
    assert expected(fresh)["files"] == expected()["files"]
    assert (fresh / "demo.toml").read_bytes() == (HERE / "demo.toml").read_bytes()


def test_the_committed_files_weigh_at_most_six_megabytes() -> None:
    assert sum(p.stat().st_size for p in HERE.iterdir() if p.is_file()) <= 6_000_000


def test_a_quarter_of_the_city_has_a_quarter_of_the_lamps(tmp_path: Path) -> None:
    told = write(tmp_path, SEED, 0.25)
    lamps = sum(t["accepted"] for n, t in told.items() if t["class"] == "streetlight" and n.endswith("shp"))
    assert lamps == round(12_130 * 0.25)


@pytest.mark.parametrize("file", SHAPES, ids=lambda f: f.name)
def test_a_shapefile_carries_just_the_marks_that_the_readme_gives_it(file: File) -> None:
    path = HERE / file.name
    raw = path.with_suffix(".dbf").read_bytes()
    assert raw[29] == (0x4D if file.mark == "ldid" else 0)
    assert path.with_suffix(".cpg").exists() == (file.mark == "cpg")
    assert path.with_suffix(".prj").exists() == file.prj
    if file.mark == "cpg":
        assert path.with_suffix(".cpg").read_text() == file.encoding
    assert read(file).crs == (f"EPSG:{file.epsg}" if file.prj else None)


def test_gbk_titles_are_cut_at_ten_bytes_and_text_at_the_width_of_its_column() -> None:
    raw = (HERE / "路灯_澄湖区.dbf").read_bytes()
    assert "管理部件状".encode("gbk") + b"\0" in raw[:1000]
    assert "管理部件状态".encode("gbk") not in raw[:1000]
    note = "灯杆倾斜约5度，已报修待换".encode("gbk")[:20]
    assert raw.count(note) == 2
    with pytest.raises(UnicodeDecodeError):
        note.decode("gbk")


def test_the_csv_has_a_byte_order_mark_and_the_workbook_no_coordinates() -> None:
    assert (HERE / "公厕.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert {"经度", "纬度"} <= set(read(FILES["公厕.csv"]).columns)
    assert list(read(FILES["路灯巡检2025.xlsx"]).columns) == ["code", "lit", "state", "checked"]
    with zipfile.ZipFile(HERE / "路灯巡检2025.xlsx") as book:
        assert {i.date_time[:3] for i in book.infolist()} == {(2025, 1, 1)}


@pytest.mark.parametrize("file", LOADS, ids=lambda f: f.name)
def test_every_fault_stands_in_the_row_that_expected_json_names(file: File) -> None:
    told, table = expected()["files"][file.name], read(file)
    assert len(table) == told["rows"] == told["accepted"] + sum(told["refused"].values())
    assert sorted(f["problem"] for f in told["faults"]) == sorted(p for p, *_ in PLAN.get(file.name, []))
    keys = {c.title: c.key for c in file.columns}
    for fault in told["faults"]:
        row = table.iloc[fault["row"] - 1]
        if fault["problem"] == "duplicate":
            assert table["code"].iloc[fault["other"] - 1] == row["code"] == fault["value"]
            assert fault["other"] < fault["row"]
        elif fault["problem"] == "missing_code":
            assert not str(row["code"] or "").replace("nan", "")
        elif fault["problem"] == "empty_geometry":
            assert pd.isna(row["经度"]) if file.form == "csv" else row["geometry"] is None
        elif fault["problem"] == "outside_city":
            assert not within_extent(row, file)
        elif fault["problem"] == "repaired_geometry":
            assert not row["geometry"].is_valid and shapely.make_valid(row["geometry"]).area > 0
        elif fault["problem"] != "cut_text":
            assert row[keys[fault["column"]]] == fault["value"]


def within_extent(row: pd.Series, file: File) -> bool:
    x0, y0, x1, y1 = expected()["extent"]
    if file.form == "csv":
        x, y = float(row["经度"]), float(row["纬度"])
    else:
        x, y = gpd.GeoSeries([row["geometry"]], crs=file.epsg).to_crs(4490).iloc[0].centroid.coords[0]
    return x0 <= x <= x1 and y0 <= y <= y1


@pytest.mark.parametrize("file", [f for f in LOADS if f.form != "xlsx"], ids=lambda f: f.name)
def test_a_file_has_no_fault_that_it_does_not_confess(file: File) -> None:
    table, told = read(file), expected()["files"][file.name]
    bad = {f["row"] - 1 for f in told["faults"]}
    good = table.drop(index=list(bad))
    assert good["code"].notna().all() and good["code"].is_unique
    if file.form == "shp":
        assert good.geometry.notna().all() and good.geometry.is_valid.all()
        x0, y0, x1, y1 = expected()["extent"]
        places = good.geometry if file.prj else good.geometry.set_crs(file.epsg)
        box = places.to_crs(4490).total_bounds
        assert x0 < box[0] and y0 < box[1] and box[2] < x1 and box[3] < y1


def test_the_kinds_of_fault_that_the_issue_asks_for_are_all_there() -> None:
    seen = {f["problem"] for t in expected()["files"].values() for f in t["faults"]}
    assert {"duplicate", "missing_code", "unknown_code", "repaired_geometry", "empty_geometry", "outside_city", "date",
            "no_such_asset", "cut_text"} == seen


def test_790_toilets_are_44_and_364_and_382() -> None:
    assert accepted("公厕.csv")["kind"].value_counts().to_dict() == {"一类": 44, "二类": 364, "三类": 382}


def test_12130_lamps_have_16_digits_each_once_over_the_three_districts() -> None:
    lamps = accepted("路灯_云栖区.shp", "路灯_澄湖区.shp", "streetlight_wangshan.shp")
    assert len(lamps) == 12_130 and lamps["code"].is_unique and lamps["code"].str.fullmatch(r"33069[789]0118\d{6}").all()


def test_eleven_utility_tunnels_measure_17_7_kilometres_under_the_plans_names() -> None:
    table = read(FILES["综合管廊.shp"])
    assert dict(zip(table["name"], table["length"], strict=True)) == {f"{n}综合管廊": 1000 * km for n, km in TUNNEL_ROADS}
    assert table["length"].sum() == 17_700
    assert (table["geometry"].length - table["length"]).abs().max() < 0.1
    assert set(table["status"]) == {"规划", "在建", "运营"}


def test_bridges_and_tunnels_are_a_tenth_of_the_plan() -> None:
    sizes = accepted("桥梁.shp")["size"].value_counts()
    assert sizes.sum() == 121 and sizes["特大桥"] == 1 and sizes["大桥"] == 16
    assert read(FILES["tunnel.shp"])["length"].sum() == 567


def test_133_roads_of_158_kilometres_hang_together_by_shared_ends() -> None:
    roads = accepted("城市道路.shp")
    assert roads["road_code"].nunique() == roads["name"].nunique() == 133
    assert roads["length_m"].sum() == pytest.approx(158_368, abs=60)
    assert roads["area_m2"].sum() == pytest.approx(3_756_580, rel=0.001)
    parent: dict = {}

    def root(node: tuple) -> tuple:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for line in roads["geometry"]:
        parent[root(line.coords[0])] = root(line.coords[-1])
    assert len({root(n) for n in list(parent)}) == 1


def test_every_pipe_runs_from_manhole_to_manhole() -> None:
    holes = dict(zip(*(accepted("窨井.shp")[k] for k in ("node", "geometry")), strict=True))
    pipes = accepted("排水管线.shp", "pipe_utilities.shp")
    assert len(holes) == 2500
    for start, end, line in zip(pipes["start"], pipes["end"], pipes["geometry"], strict=True):
        assert holes[start].distance(shapely.Point(line.coords[0])) < 0.01
        assert holes[end].distance(shapely.Point(line.coords[-1])) < 0.01


def test_districts_streets_communities_and_grids_nest_without_gap_or_overlap() -> None:
    districts, streets, communities = (accepted(n) for n in ("district.shp", "街道.shp", "社区.shp"))
    for inner, outer, digits in ((streets, districts, 6), (communities, streets, 9)):
        assert set(inner["parent"]) == set(outer["code"])
        for code, shape in zip(outer["code"], outer["geometry"], strict=True):
            parts = inner[inner["code"].str[:digits] == code]["geometry"].to_numpy()
            assert sum(p.area for p in parts) == pytest.approx(shape.area, abs=1)
            assert shapely.union_all(parts).symmetric_difference(shape).area < 1
    grids = accepted("单元网格.shp")
    assert len(grids) == 400 and grids["code"].str.fullmatch(r"\d{15}").all()
    for code, shape in zip(communities["code"], communities["geometry"], strict=True):
        for grid in grids[grids["code"].str[:12] == code]["geometry"]:
            assert grid.difference(shape).area < 0.01


def test_coverage_leaves_blind_spots_and_some_homes_lie_outside_the_built_up_area() -> None:
    for told in expected()["park_coverage"].values():
        assert 80 <= told["percent"] <= 90
        assert told["percent"] == pytest.approx(100 * told["numerator_m2"] / told["denominator_m2"], abs=0.001)
    town = accepted("built_up_area.shp")["geometry"].iloc[0]
    homes = shapely.make_valid(accepted("居住用地.shp")["geometry"].to_numpy())
    outside = [h for h in homes if not h.within(town)]
    assert outside and any(h.intersection(town).area > 100 for h in outside)


def test_parks_come_in_every_size_with_several_pieces_one_planned_and_one_not_open() -> None:
    parks = accepted("公园.shp")
    sizes = parks.assign(m2=parks["geometry"].area).groupby("park_code")["m2"].sum()
    assert all(((sizes >= low) & (sizes < high)).sum() >= 5 for low, high in
               ((0, 1000), (1000, 2000), (2000, 5000), (5000, 1e9)))
    pieces = parks.groupby("park_code")["geometry"].agg(lambda g: max(s.area for s in g))
    assert ((pieces < 5000) & (sizes >= 5000)).any()
    assert (parks["build_status"] == "规划").sum() == 1
    assert ((parks["build_status"] == "建成") & (parks["open_to_public"] == "否")).sum() == 1


def test_the_inspection_sheet_speaks_of_lamps_that_are_there() -> None:
    assert set(accepted("路灯巡检2025.xlsx")["code"]) <= set(accepted("路灯_云栖区.shp")["code"])


def test_transfer_stations_show_every_way_of_collection() -> None:
    assert set(accepted("转运站.shp")["mode"]) == {"人力", "小型机动车", "中型机动车"}


def test_the_manifest_names_every_file_zones_first_and_updates_last() -> None:
    manifest = tomllib.loads((HERE / "demo.toml").read_text(encoding="utf-8"))
    assert manifest["city"]["key"] == "demo" and manifest["city"]["extent"] == expected()["extent"]
    assert [(x["file"], x["class"], x.get("inspection")) for x in manifest["load"]] == \
        [*((f.name, f.kind, None) for f in LOADS), *((s.name, s.kind, s.form) for s in SHEETS)]
    assert manifest["load"][0]["class"] == "district" and manifest["load"][-1]["file"].endswith(".xlsx")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda s: s.name)
def test_a_sheet_of_inspections_speaks_of_what_is_there_and_confesses_its_slips(sheet) -> None:
    told = expected()["sheets"][sheet.name]
    table = pd.read_excel(HERE / sheet.name, dtype=str)
    bad = [f["row"] - 1 for f in told["faults"]]
    assert len(table) == told["rows"] == told["accepted"] + len(bad) and sum(told["refused"].values()) == len(bad)
    known = set(accepted(*(f.name for f in LOADS if f.kind == sheet.kind))["code"])
    good = table.drop(index=bad)
    assert set(good.iloc[:, 0]) <= known and len(good.groupby([table.columns[0], table.columns[1]])) == told["inspections"]
    assert f"| {sheet.name} | {sheet.kind} | {sheet.form} |" in (HERE / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_file_and_every_fault() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert all(f"| {f.name} | {f.kind} |" in text for f in LOADS)
    for name, told in expected()["files"].items():
        assert all(f"| {name} | {fault['row']} | " in text for fault in told["faults"])
    assert "CC0" in text and "虚构" in text
