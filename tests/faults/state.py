"""What a database tells after a fault: is its history honest, and is it the state before, the state after, or neither."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from machine import rows
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from etl.load import Options, load
from registry import audit

_TABLES = ("asset", "zone", "asset_history", "zone_history")


def fingerprint(url: str) -> str:
    """Equal for equal contents and histories, whatever numbers and times their batches have."""
    digest = hashlib.sha256()
    for table in _TABLES:
        for row in rows(url, f"SELECT code, version, encode(row_hash, 'hex') FROM {table} ORDER BY 1, 2, 3"):
            digest.update(repr((table, row)).encode())
    return digest.hexdigest()


def assert_honest(url: str) -> None:
    """What `registry audit verify` looks at, and that versions follow each other without gap or overlap."""
    with create_engine(url, poolclass=NullPool).connect() as conn:
        assert [b for b in audit.chain(conn, "demo") if b.fault] == [] and audit.tampered(conn, "demo") == []
    assert rows(url, "SELECT id FROM batch WHERE hash IS NULL") == []
    assert rows(url, "SELECT b.id FROM batch b JOIN batch c ON c.id > b.id AND c.at <= b.at") == []
    lines: dict[int, list[tuple]] = {}
    for one in rows(url, "SELECT id, version, sys_from, sys_to FROM asset_history "
                         "UNION ALL SELECT id, version, sys_from, NULL FROM asset ORDER BY 1, 2"):
        lines.setdefault(one[0], []).append(one)
    for versions in lines.values():
        assert [v[1] for v in versions] == list(range(1, len(versions) + 1))
        assert all(v[2] < v[3] for v in versions if v[3] is not None)
        assert all(a[3] == b[2] for a, b in zip(versions, versions[1:], strict=False))


def survey(file: Path, count: int, *, bad: int = 0, words: int = 1) -> Path:
    """A file of lamps: the 600 of the first batch changed, the others new, and `bad` rows that are refused."""
    def lamp(n: int) -> dict:
        return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [120 + n / 1e6, 30]},
                "properties": {"编码": f"L{n}", "名称": f"新 {n}", "状态": "完好", "备注": "普查登记" * words}}

    features = [lamp(n) for n in range(count)]
    for n in range(bad):
        features.append({**lamp(count + n), "geometry": {"type": "Point", "coordinates": [10, 10]}})
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return file


def load_undisturbed(url: str, file: Path, rejects: Path) -> None:
    """The load, in this process."""
    engine = create_engine(url, poolclass=NullPool)
    made = load(file, Options(kind="streetlight", city="demo", actor="t", rejects=rejects), engine.begin)
    assert [m.error for m in made] == [None]
