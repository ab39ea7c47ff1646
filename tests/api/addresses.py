"""One address of every operation that reads, made of the declared operations: a new one is tried by every test of all."""

from __future__ import annotations

import re
from functools import cache

from sqlalchemy import Connection, text

from api import create_app
from api.operations import OPERATIONS, Operation
from registry.catalogue import load
from registry.scope import public
from registry.store import attachments, defects, inspections, observations, ownership, works
from registry.store.records import Writer

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
# What stands in braces is known only when there is data: see `ids`.
VARIABLES = {"collection": "road", "feature_id": "{road}", "version": "1", "code": "intact_rate", "rule": "park",
             "tile_matrix": "14", "tile_row": "6763", "tile_col": "13678", "attachment_id": "{attachment}", "defect_id": "{defect}",
             "inspection_id": "{inspection}", "claim_id": "{claim}", "codelist_id": "state", "plan": "hexi_14",
             "work_id": "{work}", "observation_id": "{observation}", "style_id": "road", "tile_matrix_set_id": "WebMercatorQuad"}
# Without which an operation has nothing to say.
NEEDED = {"indicator": "class=road", "evidence": "class=road", "coverage-compare": "from=2020-01-01&to=2024-01-01"}


@cache
def reading() -> dict[str, Operation]:
    """Address → operation, of all that answer GET. An operation with a variable that nobody filled in is left out."""
    create_app()
    found = [o for o in OPERATIONS.values() if not o.writes and set(_VARIABLE.findall(o.rule)) <= set(VARIABLES)]
    return {address(o): o for o in sorted(found, key=lambda o: o.rule)}


def address(operation: Operation) -> str:
    """The rule with its variables filled in, and what the operation cannot do without."""
    asked = NEEDED.get(operation.id)
    return _VARIABLE.sub(lambda m: VARIABLES[m[1]], operation.rule) + (f"?{asked}" if asked else "")


def unfilled() -> set[str]:
    """The variables of rules that no address has a value for."""
    return {name for o in OPERATIONS.values() if not o.writes for name in _VARIABLE.findall(o.rule)} - set(VARIABLES)


def documents() -> list[str]:
    """What anybody may read as JSON and as a page."""
    return [a for a, o in reading().items() if o.right in public().rights and {"json", "html"} <= {f.key for f in o.formats}]


def everything() -> list[str]:
    """Whatever answers GET to somebody who may read all of it."""
    return list(reading())


def operation_at(path: str) -> Operation:
    """The operation that reads what is at an address."""
    return next(o for a, o in reading().items() if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(a)), path))


def with_(path: str, **more: str) -> str:
    """An address with parameters more."""
    return path + ("&" if "?" in path else "?") + "&".join(f"{k}={v}" for k, v in more.items())


def ids(conn: Connection) -> dict[str, int]:
    """A road, one lamp's inspection, defect, claim and attachment, a work and a figure, which are made here."""
    found = dict(conn.execute(text("SELECT class, min(id) FROM asset WHERE class IN ('road', 'streetlight') GROUP BY class")).all())
    here = (conn, "demo", load().classes["streetlight"], found["streetlight"])
    writer = Writer("tester", "test")
    inspection = inspections.record(*here, {"form": "regular", "inspected_on": "2025-05-01", "state": "intact"}, writer)
    defect = defects.report(*here, {"kind": "破损", "found_on": "2025-05-01"}, writer)
    claim = ownership.claim(*here, {"kind": "unclear", "claimant": "甲局", "role": "owner", "basis": "旧图"}, writer)
    attached = attachments.attach(*here, attachments.Document("照片.txt", "text/plain", b"text"), writer)
    work = works.add(conn, "demo", {"kind": "build", "title": "新建公厕", "quantity": 1, "unit": "座", "year": 2025, "status": "planned"}, writer)
    figure = observations.add(conn, "demo", {"code": "waste_recovery", "value": 35, "unit": "%", "year": 2025, "source": "年报"}, writer)
    return {"road": found["road"], "inspection": inspection["id"], "defect": defect["id"], "claim": claim["id"],
            "attachment": attached["id"], "work": work["id"], "observation": figure["id"]}


