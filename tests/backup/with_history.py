"""A registry with a history to back up, and the commands as real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import shapely
from sqlalchemy import create_engine, text

from registry import history
from registry.catalogue import load
from registry.store import cities, observations, plans, works
from registry.store.records import Writer
from registry.store.staging import Stage, put_many

DEMO = cities.City("demo", "示范市", "Demo City", shapely.box(119, 29, 122, 31), 4549)


def registry(home: Path, url: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """One command of ours on the database `url`, its attachments below `home`."""
    env = {**os.environ, "REGISTRY_HOME": str(home), "REGISTRY_DATABASE_URL": url, **more}
    return subprocess.run([sys.executable, "-m", "registry", *words], env=env, capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL, timeout=120)


def run(url: str, *sentences: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for sentence in sentences:
            conn.exec_driver_sql(sentence)
    engine.dispose()


def rows(url: str, sentence: str) -> list[tuple]:
    engine = create_engine(url)
    with engine.connect() as conn:
        found = [tuple(r) for r in conn.execute(text(sentence))]
    engine.dispose()
    return found


def batches(url: str) -> list[tuple]:
    """The audit chain, hash by hash."""
    return rows(url, "SELECT id, city, at, prev_hash, hash FROM batch ORDER BY id")


def fill(url: str) -> None:
    """Assets of two classes, a district, edits, and a deletion: four kinds of rows for the history."""
    engine = create_engine(url)
    who = {"actor": "张三", "reason": "it's 普查"}
    kinds = load()
    with engine.begin() as conn:
        cities.put(conn, DEMO)
        put_many(conn, kinds.kind("district"), DEMO,
                 [{"code": "330601", "name": "西区", "geom": shapely.box(119.5, 29.5, 120.5, 30.5)}], **who)
        lamps = [{"code": f"L{n}", "name": f"灯\t{n}\\n", "geom": shapely.Point(120 + n / 1000, 30)} for n in range(300)]
        put_many(conn, kinds.kind("streetlight"), DEMO, lamps, **who)
        roads = [{"code": "R1", "name": "解放路", "width_m": 12.5, "geom": shapely.LineString([(120, 30), (120.1, 30)])}]
        put_many(conn, kinds.kind("road"), DEMO, roads, **who)
        put_many(conn, kinds.kind("streetlight"), DEMO, [{"code": f"L{n}", "name": f"新 {n}"} for n in range(40)], **who)
        batch = history.open_batch(conn, city="demo", kind="edit", **who)
        conn.exec_driver_sql("DELETE FROM asset WHERE code IN ('L1', 'L2')")
        history.seal(conn, batch)
        stage = Stage(conn, kinds.kind("road"), DEMO, ["code", "name"], False, "roads.csv")
        stage.add([(1, "R1", "人民路")])
        stage.compare()
        plans.save(conn, stage, **who, source_sha256="0" * 64, mapping={}, counts={"changed": 1}, report={})
        writer = Writer(who["actor"], who["reason"])
        made = works.add(conn, "demo", {"kind": "维修", "class": "road", "asset_code": "R1", "title": "修\t路", "quantity": 1 / 3,
                                        "unit": "km", "year": 2024, "status": "planned", "attrs": {"part": "东"}}, writer)
        works.change(conn, "demo", made["id"], None, {"status": "done", "done_on": "2024-12-01"}, writer)
        observations.add(conn, "demo", {"code": "sewage_treatment", "value": 97.1, "unit": "%", "year": 2024, "source": "年报"}, writer)
    engine.dispose()
