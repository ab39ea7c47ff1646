"""The floor: pgbench with the very SQL of a page, prepared, by 2 clients, and nothing around it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from benchmarks.serving.cases import BOX_DEG, CITY, CLASS
from registry import catalogue, db
from registry.store import features
from registry.store.query import Query

CLIENTS = 2
BOX = "\\set w0 120.02 + random(0, 36000) / 100000.0\n\\set s0 29.83 + random(0, 30000) / 100000.0\n" \
      f"\\set e0 :w0 + {BOX_DEG}\n\\set n0 :s0 + {BOX_DEG}\n"


def measure(url: str, name: str, seconds: int) -> dict[str, Any] | None:
    """Statements a second of a case."""
    script = _script(name)
    parsed = make_url(url)
    known = {"PGHOST": parsed.query.get("host") or parsed.host, "PGPORT": parsed.query.get("port") or parsed.port,
             "PGUSER": parsed.username, "PGPASSWORD": parsed.password, "PGDATABASE": parsed.database,
             # As our own quick reads have it; plans for every value, as psycopg's statements end with.
             "PGOPTIONS": db.connection.READING}
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        Path(file.name).write_text(script, encoding="utf-8")
        said = subprocess.run(["pgbench", "-n", "-M", "prepared", f"-c{CLIENTS}", f"-j{CLIENTS}", f"-T{seconds}", "-D",
                               f"city={CITY}", "-f", file.name], check=True, capture_output=True, text=True,
                              env={**os.environ, **{k: str(v) for k, v in known.items() if v}}).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    return {"per_second": float(found[1])} if found else None


def _script(name: str) -> str:
    """The statement with pgbench's variables. Its text is not made bytes, which pgbench would print in hexadecimal."""
    kind = catalogue.load().kind(CLASS)
    if name == "one":
        statement, before = features.one_statement(kind, CITY, 1)[0], "\\set id random(1, 500000)\n"
    else:
        box = (120.1, 29.9, 120.1 + BOX_DEG, 29.9 + BOX_DEG) if name == "bbox" else None
        statement = features.page_statement(Query(kind, CITY, bbox=box, limit=1_000 if name == "items1000" else 100))[0]
        before = BOX if box else ""
    plain = statement.replace("textsend(", "(", 1)
    return before + re.sub(r"%\((\w+)\)s", r":\1", plain).replace("%%", "%") + ";\n"
