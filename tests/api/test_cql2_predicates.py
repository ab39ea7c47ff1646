"""The public predicates of the CQL2 test suite, each through HTTP, in text and in JSON, with the number it must find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cql2
import natural_earth
import pytest
from sqlalchemy import text

from etl.jobs import Options
from etl.load import load
from registry import db
from registry.store import cities

SUITE = Path(__file__).resolve().parents[3] / "shared" / "data" / "cql2"
CASES: list[dict[str, Any]] = json.loads((SUITE / "predicates.json").read_text("utf-8")) if SUITE.is_dir() else []


@pytest.fixture(scope="module")
def earth(shared_data: Path, new_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of the web on a database with the three layers, loaded as any file is."""
    folder = natural_earth.declare(tmp_path_factory.mktemp("catalogue"))
    with pytest.MonkeyPatch.context() as setting:
        setting.setenv("REGISTRY_CATALOGUE", str(folder))
        setting.setenv("REGISTRY_DATABASE_URL", new_database())
        setting.setattr("etl.saved.folder", lambda: folder / "mappings")
        with db.begin() as conn:
            db.sync(conn)
            cities.put(conn, cities.City("demo", "地球", "Earth"))
        made = load(shared_data / "cql2" / natural_earth.FILE, Options(city="demo", reason="test", rejects=folder / "rejects"))
        assert {r.kind: (r.new, r.refused) for r in made} == {k: (n, 0) for k, n in natural_earth.ROWS.items()}
        with db.begin() as conn:
            conn.execute(text("ANALYZE asset"))
        from api import create_app

        yield create_app().test_client()
        db.dispose()


def count(client: Any, layer: str, **asked: str) -> int:
    answer = client.get(f"/collections/{layer}/items", query_string={"limit": "1000", **asked})
    assert answer.status_code == 200, answer.text[:600]
    found = answer.get_json()
    assert found["numberMatched"] == found["numberReturned"] == len(found["features"])
    return found["numberMatched"]


@pytest.mark.skipif(not CASES, reason="the folder of real geodata is not here")
@pytest.mark.parametrize("case", CASES, ids=[f"{c['conformance_class']}-{n}" for n, c in enumerate(CASES)])
def test_a_predicate_of_the_suite_finds_what_it_must_in_text_and_in_json(earth: Any, case: dict[str, Any]):
    said = case["predicate"]
    assert count(earth, case["layer"], filter=said, **{"filter-lang": "cql2-text"}) == case["count"]
    as_json = json.dumps(cql2.parse_text(said).to_json(), ensure_ascii=False)
    assert count(earth, case["layer"], filter=as_json, **{"filter-lang": "cql2-json"}) == case["count"]
