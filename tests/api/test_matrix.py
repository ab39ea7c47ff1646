"""The matrix of permissions: every operation, tried by every role and by the public, is open exactly as declared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from api import create_app
from api.operations import OPERATIONS, Operation
from registry import db
from registry.scope import ROLES, Scope, public
from registry.store import tokens

create_app()  # importing the rooms declares the operations


@pytest.fixture(scope="module")
def headers(served: str) -> dict[str, dict[str, str]]:
    with db.begin() as conn:
        return {role: {"Authorization": "Bearer " + tokens.create(conn, name=role, role=role, reason="测试", actor="t")[1]}
                for role in ROLES}


@pytest.fixture
def some_road(client: Any) -> int:
    return client.get("/collections/road/items?limit=1").json["features"][0]["id"]


def send(client: Any, op: Operation, road: int, headers: dict[str, str] | None = None) -> Any:
    path = re.sub(r"<\w+>", "1", op.rule.replace("<collection>", "road").replace("<feature_id>", str(road)))
    media = op.takes[0] if op.takes else None
    return client.open(path, method=op.method, headers=headers, data=b"{}" if media else None, content_type=media)


@pytest.mark.parametrize("op", OPERATIONS.values(), ids=lambda o: o.id)
def test_an_operation_is_open_exactly_to_the_roles_that_have_its_right(client, headers, some_road, op):
    for role, rights in ROLES.items():
        answer = send(client, op, some_road, headers[role])
        if op.right in rights:
            assert answer.status_code not in (401, 403) and answer.status_code < 500, (role, answer.data[:300])
        else:
            assert answer.status_code == 403 and answer.json["code"] == "forbidden", (role, answer.data[:300])


@pytest.mark.parametrize("op", [o for o in OPERATIONS.values() if not public().may(o.right)], ids=lambda o: o.id)
def test_what_is_not_for_the_public_asks_for_a_token(client, some_road, op):
    answer = send(client, op, some_road)
    assert answer.status_code == 401 and "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("role", [*ROLES, None])
def test_options_tells_each_role_what_it_may_do(client, headers, some_road, role):
    rights = ROLES[role] if role else public().rights
    for path, rule in (("/collections/road/items", "/collections/<collection>/items"),
                       (f"/collections/road/items/{some_road}", "/collections/<collection>/items/<feature_id>")):
        answer = client.options(path, headers=headers[role] if role else None)
        declared = {o.method for o in OPERATIONS.values() if o.rule == rule and o.right in rights}
        assert set(answer.headers["Allow"].split(", ")) == declared | {"HEAD", "OPTIONS"}


def test_zones_are_not_offered_for_change_to_whoever_sees_a_part_of_the_city(client, served):
    with db.begin() as conn:
        secret = tokens.create(conn, name="x", role="editor", reason="y", actor="t", scope=Scope(classes=("road",)))[1]
    own = {"Authorization": f"Bearer {secret}"}
    assert "POST" not in client.options("/collections/district/items", headers=own).headers["Allow"]
    assert "POST" in client.options("/collections/road/items", headers=own).headers["Allow"]
