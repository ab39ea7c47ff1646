"""The three layers of the public test data of CQL2, declared as a bureau would declare classes of its own."""

from __future__ import annotations

from pathlib import Path

FILE = "ne110m4cql2.gpkg"
ROWS = {"ne_110m_admin_0_countries": 177, "ne_110m_populated_places_simple": 243, "ne_110m_rivers_lake_centerlines": 13}
DECLARED = '''
from registry.kinds import AssetClass, Field


def texts(names):
    return tuple(Field(n, f"{n}|{n}", column="name" if n.lower() == "name" else None) for n in names.split())


def shared(key, shape, fields):
    return AssetClass(key, f"{key}|{key}", (shape,), fields, code_required=False, worldwide=True, names=(key,), common=False)


countries = shared("ne_110m_admin_0_countries", "polygon", (
    *texts("TYPE ADM0_A3 NAME NAME_LONG ABBREV POSTAL FORMAL_EN NAME_SORT ECONOMY INCOME_GRP CONTINENT REGION_UN SUBREGION "
           "REGION_WB WIKIDATAID NAME_DE NAME_EN NAME_EL"), Field("POP_EST", "POP_EST|POP_EST", "number")))
places = shared("ne_110m_populated_places_simple", "point", (
    *texts("featurecla name namepar namealt nameascii capin sov0name sov_a3 adm0name adm0_a3 adm1name note meganame ls_name"),
    *(Field(n, f"{n}|{n}", "integer") for n in ("pop_max", "pop_min")), Field("pop_other", "pop_other|pop_other", "integer", filter=True),
    Field("date", "date|date", "date"), Field("start", "start|start", "timestamp"), Field("end", "end|end", "timestamp"),
    Field("boolean", "boolean|boolean", "boolean")))
rivers = shared("ne_110m_rivers_lake_centerlines", "line", texts("name"))
'''


def declare(folder: Path) -> Path:
    """A folder of declarations for REGISTRY_CATALOGUE."""
    folder.mkdir(exist_ok=True)
    (folder / "natural_earth.py").write_text(DECLARED, encoding="utf-8")
    return folder
