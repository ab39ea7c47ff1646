"""The list of drains to be repaired is the same by web, CSV and command line."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from registry import db
from registry.commands.repairs import repairs


@pytest.fixture
def inspected(client):
    """Three drains of the town have an RI, as an inspection would leave it."""
    with db.begin() as conn:
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text("UPDATE asset SET scores = jsonb_build_object('ri', 8 - n, 'mi', n) FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM asset "
                          "WHERE class = 'pipe' AND attrs ->> 'medium' IN ('sewage', 'rain', 'combined', 'drainage') LIMIT 3) p WHERE asset.id = p.id"))


def test_the_list_is_the_same_by_web_page_csv_and_command_line(inspected, client, get, tmp_path):
    body = get("/drains/repairs?level=I")
    rows = [f["properties"] | {"id": f["id"]} for f in body["features"]]
    assert [r["ri"] for r in rows] == sorted((r["ri"] for r in rows), reverse=True) and body["numberMatched"] == len(rows)
    table = list(csv.DictReader(io.StringIO(client.get("/drains/repairs?level=I&f=csv").data.decode("utf-8-sig"))))
    assert [(int(r["id"]), float(r["ri"]), r["level"]) for r in table] == [(r["id"], r["ri"], r["level"]) for r in rows]
    told = json.loads(CliRunner().invoke(repairs, ["--level", "I", "--json"]).output)
    assert [(d["id"], d["ri"]) for d in told["drains"]] == [(r["id"], r["ri"]) for r in rows] and told["uninspected"] == body["uninspected"]
    written = CliRunner().invoke(repairs, ["--level", "I", "--csv", str(tmp_path / "x.csv")])
    assert written.exit_code == 0
    with open(tmp_path / "x.csv", encoding="utf-8-sig", newline="") as file:
        assert [int(r["id"]) for r in csv.DictReader(file)] == [r["id"] for r in rows]
    assert client.get("/drains/repairs?level=I&f=html").status_code == 200


def test_a_wrong_choice_is_named(refused):
    assert refused("/drains/repairs?by=ci")["errors"][0]["parameter"] == "by"
    assert refused("/drains/repairs?level=V")["errors"][0]["parameter"] == "level"
