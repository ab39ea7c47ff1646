"""The files of real offices and projects: readable names, right places, every row accounted for."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import shapely
from offices import rejected
from outcomes import LOADED, REFUSED
from sqlalchemy import text

from etl import source
from etl.jobs import Options
from etl.load import load
from registry.errors import RegistryError, UnknownCity
from registry.store import regraded

ROOT = Path(__file__).resolve().parents[2]
MAPPINGS = ROOT / "docs" / "mappings"


def names(path: Path, column: str) -> set[str]:
    """Distinct values of a column."""
    layer, = source.layers(path)
    found = set()
    for batch in layer.batches([column], False):
        found |= {str(v).strip() for v in batch.cells[column].values if v is not None}
    return found


@pytest.fixture
def into(conn, tmp_path):
    """Loads within the transaction of the test, into whatever city the mapping names."""
    from contextlib import contextmanager

    @contextmanager
    def begin():
        with conn.begin_nested():
            yield conn

    def run(path, **options):
        return load(path, Options(rejects=tmp_path / "rejects", reason="test", **options), begin)

    return run


def counts(reports):
    return {r.kind: (r.read, r.new, r.refused) for r in reports if r.kind}


@pytest.mark.parametrize(("path", "column", "wanted"), [
    ("china-admin-cities-2020/绍兴市.shp", "name", {"越城区", "柯桥区", "上虞区", "诸暨市", "嵊州市", "新昌县"}),
    ("shenzhen-districts-qt/qu.shp", "JDNAME", {"南山", "龙华新区", "宝安", "光明新区", "盐田"}),
    ("shenzhen-shanghai-pygeo/shanghai_shp/区县界_area.shp", "NAME", {"宝山区", "杨浦区", "闵行区"}),
    ("shenzhen-shanghai-pygeo/chongqing_shp/区县界_area.shp", "NAME", {"奉节县", "云阳县", "万州区"}),
    ("tianjin-binhai-osm-gbk-cgcs2000/滨海新区道路.shp", "道路名称", {"第三大街", "新港四号路", "中央大道"}),
    ("encodings-mapshaper/dbf/big5.dbf", "NAME", {"繁體國語"}), ("encodings-mapshaper/dbf/gbk.dbf", "NAME", {"简体国语"})])
def test_names_that_gdal_garbles_by_default_are_readable(shared_data, path, column, wanted):
    layer, = source.layers(shared_data / path)
    actual = next(c.name for c in layer.columns if c.name.casefold() == column.casefold())
    assert wanted <= names(shared_data / path, actual)


def test_binhai_loads_whole_with_readable_names_and_its_own_city(shared_data, into, conn):
    folder = shared_data / "tianjin-binhai-osm-gbk-cgcs2000"
    mapping = MAPPINGS / "tianjin-binhai-osm.toml"
    made = into(folder, mapping=mapping)
    assert counts(made) == {"road": (3232, 3232, 0), "bridge": (528, 528, 0), "tunnel": (46, 46, 0)}
    assert conn.execute(text("SELECT zh, srid FROM city WHERE key = 'binhai'")).one() == ("天津市滨海新区", 4548)
    rows = conn.execute(text("SELECT class, name, attrs->>'road_class' AS road_class, state, ST_X(ST_StartPoint(geom)) AS x FROM asset")).all()
    assert {"第三大街", "中央大道"} <= {r.name for r in rows}
    assert {r.road_class for r in rows} == {None, "expressway", "arterial", "secondary", "branch"}
    assert {r.state for r in rows} <= {None, "unknown"}, "what nobody has looked at is not good"
    assert all(117.1 < r.x < 118.2 for r in rows)
    again = into(folder, mapping=mapping)
    assert all(r.same == r.read and r.batch is None for r in again)


def test_helsinki_loads_whole_but_for_one_parcel_without_an_area(shared_data, into, conn, tmp_path):
    made = into(shared_data / "helsinki-osm-assets", mapping=MAPPINGS / "helsinki-osm.toml")
    assert counts(made) == {
        "residential": (26, 25, 1), "road": (2504, 2504, 0), "bridge": (8, 8, 0), "tunnel": (282, 282, 0), "streetlight": (586, 586, 0),
        "manhole": (397, 397, 0), "toilet": (17, 17, 0), "park": (22, 22, 0), "pipe": (78, 78, 0)}
    assert {r.file for r in made if r.reason} == {"landuse.shp", "waste.shp"}
    refused = next(r for r in made if r.kind == "residential")
    assert dict(refused.problems) == {"invalid_geometry": 1} and "37264049" in str(rejected(refused.rejects))
    assert made[0].kind == "residential", "zones first"
    assert conn.execute(text("SELECT srid FROM city WHERE key = 'helsinki'")).scalar_one() == 32635
    found = {r[0] for r in conn.execute(text("SELECT name FROM asset WHERE name IS NOT NULL"))}
    assert {"Pitkäsilta", "Töölönlahden puisto", "Mannerheimintie"} <= found
    diameters = {r[0] for r in conn.execute(text("SELECT attrs->>'diameter_mm' FROM asset WHERE class = 'pipe'"))}
    assert {"300", "101.6", None} <= diameters


def test_a_local_grid_is_refused_with_the_way_out(shared_data, into, tmp_path):
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[layer]]\nmatch="qu.shp"\nclass="district"\nfields={code="JDCODE", name="JDNAME"}\n')
    with pytest.raises(RegistryError, match="local grid"):
        into(shared_data / "shenzhen-districts-qt" / "qu.shp", mapping=mapping, city="shenzhen")


def test_districts_without_a_prj_are_placed_by_their_degrees(shared_data, into, conn):
    made, = into(shared_data / "china-admin-cities-2020" / "绍兴市.shp", kind="district", city="shaoxing")
    assert (made.read, made.new) == (6, 6) and made.crs["source"] == "heuristic"
    assert conn.execute(text("SELECT srid FROM city WHERE key = 'shaoxing'")).scalar_one() == 4549
    assert conn.execute(text("SELECT code FROM zone WHERE name = '越城区'")).scalar_one() == "330602"


def test_a_real_network_abroad_keeps_its_datum(shared_data, into, conn, tmp_path):
    """Rotterdam: EPSG:28992, elevations dropped and said."""
    mapping = tmp_path / "m.toml"
    layer, = source.layers(shared_data / "rotterdam-sewer" / "manholes" / "manholes.shp")
    mapping.write_text(f'[[layer]]\nmatch="manholes.shp"\nclass="manhole"\nonly=true\nfields={{code="{layer.columns[0].name}"}}\n')
    made, = into(shared_data / "rotterdam-sewer" / "manholes" / "manholes.shp", mapping=mapping, city="rotterdam")
    assert made.read == 231 and made.adds_up and made.warnings["dropped_z"] == 231
    x, y = conn.execute(text("SELECT ST_X(ST_Centroid(ST_Collect(geom))), ST_Y(ST_Centroid(ST_Collect(geom))) FROM asset")).one()
    assert 4.3 < x < 4.6 and 51.8 < y < 52.0


def test_every_file_of_the_corner_cases_is_read_whole_or_refused_in_one_sentence(shared_data, recwarn):
    seen = 0
    known = (*source.OPENERS, *source.REFUSED, source.ZIP)
    for path in sorted(p for p in shared_data.rglob("*") if p.suffix.lower() in known):
        if path.suffix.lower() == ".txt" or (path.suffix.lower() == ".dbf" and path.with_suffix(".shp").exists()):
            continue
        seen += 1
        try:
            for layer in source.layers(path):
                rows = 0
                for batch in layer.batches([c.name for c in layer.columns], True):
                    rows += len(batch.rows)
                    assert batch.shapes is None or len(batch.shapes) == len(batch.rows)
                assert rows and (layer.rows is None or rows == layer.rows), path
        except RegistryError as error:
            assert error.exit_code == 3 and "\n" not in error.message("zh"), path
    assert seen > 100
    assert not recwarn.list, [str(w.message) for w in recwarn.list]


EXPECTED = {**LOADED, **{file: words for words, held in REFUSED.items() for file in held}}


@pytest.mark.parametrize("folder", sorted({file.partition("/")[0] for file in EXPECTED}))
def test_every_difficult_file_is_loaded_with_exact_counts_or_refused_in_its_words(shared_data, into, tmp_path, folder):
    found = {}
    for member in source.files(shared_data / folder):
        name = f"{folder}/{member.source}"
        found[name] = "left out" if member.left_out else _outcome(member, into, tmp_path)
        if isinstance(found[name], RegistryError):
            error = found[name]
            assert error.exit_code == (4 if isinstance(error, UnknownCity) else 3), name
            assert isinstance(error, UnknownCity) or Path(name).name in error.message("zh"), name
            assert all(error.message(lang) and "\n" not in error.message(lang) for lang in ("zh", "en")), name
            wanted = str(EXPECTED.get(name))
            found[name] = wanted if wanted in error.message("en") else error.message("en")
    assert found == {file: outcome for file, outcome in EXPECTED.items() if file.startswith(f"{folder}/")}


def _outcome(member, into, tmp_path):
    """What a trial load of a file gives, with its first column for the code."""
    try:
        layer, = source.layers(member)
        code = f"fields = {{code = {json.dumps(layer.columns[0].name, ensure_ascii=False)}}}" if layer.columns else ""
        mapping = tmp_path / "m.toml"
        mapping.write_text(f'[[layer]]\nmatch = "*"\nonly = true\n{code}\n', encoding="utf-8")
        kind = {"line": "road", "polygon": "green"}.get(layer.family, "streetlight")
        made, = into(member.path, kind=kind, mapping=mapping, city="far", dry_run=True)
    except RegistryError as error:
        return error
    assert made.adds_up and made.status == "dry_run"
    return made.read, made.new, dict(made.problems)


# -- the pretend city ----------------------------------------------------------------------------
def test_the_sample_city_loads_as_its_own_list_of_faults_says(into, conn):
    """Classes, encodings and CRS are all found without being told."""
    from registry.store import cities

    folder = ROOT / "sample_gis"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    cities.put(conn, cities.City("demo", "示范市", "Demo City", shapely.box(*expected["extent"]), 4549))
    made = {r.file: r for r in into(folder, city="demo")}
    left_out = {file for file, r in made.items() if r.status == "left_out"}
    records = {r["file"] for r in tomllib.loads((folder / "demo.toml").read_text(encoding="utf-8"))["records"]}
    assert left_out == set(expected["sheets"]) | records, "sheets of inspections and records of the city make no assets"
    assert set(made) - left_out == set(expected["files"])
    for file, wanted in expected["files"].items():
        found = made[file]
        assert (found.kind, found.read, found.new + found.changed + found.same) == (wanted["class"], wanted["rows"], wanted["accepted"]), file
        assert dict(found.problems) == wanted["refused"], file
        noted = {k: v for k, v in found.warnings.items() if k in wanted["noted"] or k != "district_claim"}
        assert noted == wanted["noted"], file
        rows = {(e["row"], e["code"]) for e in found.examples if e["refuses"]}
        assert rows == {(f["row"], f["problem"]) for f in wanted["faults"] if f["outcome"] == "refused"}, file
    again = into(folder, city="demo")
    assert all(r.new == r.changed == 0 for r in again)
    for file, wanted in expected["sheets"].items():
        found, = into(folder / file, city="demo", inspection=wanted["inspection"])
        assert (found.kind, found.read, found.new, dict(found.problems)) == (wanted["class"], wanted["rows"], wanted["accepted"], wanted["refused"])
        assert {(e["row"], e["code"]) for e in found.examples if e["refuses"]} == {(f["row"], f["problem"]) for f in wanted["faults"]}, file
    assert conn.execute(text("SELECT count(*) FROM inspection")).scalar_one() == sum(s["inspections"] for s in expected["sheets"].values())
    assert {r.outcome for r in regraded.every(conn, "demo")} == {"fits"}
