"""Shapefiles on order, and loads in a transaction that is rolled back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import shapely

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: their neighbour has none otherwise

from offices import HERE, dbf, shp


@pytest.fixture(autouse=True)
def mappings(tmp_path, monkeypatch):
    """The folder of kept mappings: empty, whatever was tried by hand."""
    monkeypatch.setattr("etl.saved.folder", lambda: tmp_path / "mappings")
    return tmp_path / "mappings"


@pytest.fixture
def office(tmp_path: Path) -> Callable[..., Path]:
    """Writes a whole shapefile: `office("道路", names, rows, shapes, epsg=4549, encoding="gbk")`."""

    def write(stem: str, names: Sequence[str], rows: Sequence[Sequence[Any]], shapes: Sequence[Any], *,
              epsg: int | None = 4490, cpg: str | None = None, kind: str | None = None, **more: Any) -> Path:
        path = shp(tmp_path / f"{stem}.shp", shapes, kind, epsg)
        dbf(path.with_suffix(".dbf"), names, rows, **more)
        if cpg is not None:
            path.with_suffix(".cpg").write_text(cpg)
        return path

    return write


@pytest.fixture
def extent() -> Any:
    return shapely.box(*HERE)


@pytest.fixture
def registry(conn, tmp_path):
    """`registry(path, city="demo", …) -> reports`: loads within the transaction of the test."""
    from etl.load import Options, load
    from registry.store import cities

    cities.put(conn, cities.City("demo", "示范市", "Demo City", shapely.box(*HERE), 4549))

    @contextmanager
    def begin():
        with conn.begin_nested():
            yield conn

    def run(path: Path, **options: Any):
        return load(path, Options(**{"city": "demo", "rejects": tmp_path / "rejects", "reason": "test", **options}), begin)

    return run
