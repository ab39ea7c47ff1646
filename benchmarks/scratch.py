"""A scratch database of the private cluster, migrated and dropped again, and a file to load into it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from sqlalchemy import create_engine, make_url

NAME = "registry_bench"


@contextmanager
def database() -> Iterator[str]:
    """URL of an empty, migrated database; REGISTRY_DATABASE_URL names it meanwhile."""
    from registry import db

    server = create_engine(db.url(), isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        conn.exec_driver_sql(f"CREATE DATABASE {NAME}")
    url = make_url(db.url()).set(database=NAME).render_as_string(hide_password=False)
    os.environ["REGISTRY_DATABASE_URL"] = url
    try:
        with db.begin() as conn:
            db.migrate(conn)
            db.sync(conn)
        yield url
    finally:
        del os.environ["REGISTRY_DATABASE_URL"]
        with server.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def lamps(folder: Path, rows: int) -> Path:
    """A point shapefile as offices have them: GBK, EPSG:4549, eleven attributes."""
    rng = np.random.default_rng(7)
    n = np.arange(rows)
    pick = lambda *words: rng.choice(np.array(words, dtype=object), rows)  # noqa: E731
    frame = GeoDataFrame(pd.DataFrame({
        "编码": np.char.add("33069901180", np.char.zfill(n.astype(str), 8)), "名称": np.char.add("路灯", n.astype(str)),
        "状态": pick("完好", "破损", "丢失"), "权属单位": pick("示范市路灯管理所", "示范区城管局"),
        "养护单位": pick("一标段", "二标段"), "建成日期": pick("20150101", "20200630"), "道路等级": pick("主干路", "次干路", "支路"),
        "光源类型": pick("LED", "高压钠灯"), "功率": rng.integers(50, 250, rows), "亮灯": pick("亮", "不亮"),
        "备注": pick("普查", "补录")}), geometry=shapely.points(500000 + rng.random(rows) * 40000, 3300000 + rng.random(rows) * 40000),
        crs="EPSG:4549")
    file = folder / "路灯.shp"
    frame.to_file(file, engine="pyogrio", encoding="GBK")
    return file


def timed(work: Callable[[], object]) -> float:
    """Wall seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def registry(*words: str) -> None:
    """One command of ours, as a process."""
    subprocess.run([sys.executable, "-m", "registry", *words], check=True, capture_output=True)
