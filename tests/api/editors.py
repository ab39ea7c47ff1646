"""Tokens and requests that tests of writing share."""

from __future__ import annotations

import json
import re
from typing import Any

from registry import db
from registry.scope import Scope
from registry.store import tokens

GEOJSON = "application/geo+json"
PATCH = "application/merge-patch+json"


def token(role: str = "editor", name: str = "张三", **more: Any) -> str:
    """The secret of a new token."""
    scope = Scope(**{k: more.pop(k) for k in ("districts", "classes", "owners", "keepers") if k in more})
    with db.begin() as conn:
        return tokens.create(conn, name=name, role=role, reason="日常维护", actor="tester", scope=scope, **more)[1]


def version(answer: Any) -> int:
    """The version of the row that a strong tag of an answer to a read tells of."""
    found = re.fullmatch(r'"(\d+)-[0-9a-f]{16}(-gzip)?"', answer.headers["ETag"])
    assert found is not None, answer.headers["ETag"]
    return int(found[1])


class Writer:
    """A client that writes with a token. `last` keeps the last answer."""

    def __init__(self, client: Any, secret: str) -> None:
        self.client, self.secret, self.last = client, secret, None

    def send(self, method: str, path: str, body: Any = None, media: str = GEOJSON, match: Any = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.secret}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if match is not None:
            sent["If-Match"] = f'"{match}"' if isinstance(match, int) else match
        data = body if isinstance(body, bytes | str) or body is None else json.dumps(body, ensure_ascii=False).encode()
        self.last = self.client.open(path, method=method, headers=sent, data=data,
                                     content_type=media if body is not None else None)
        return self.last

    def post(self, path: str, body: Any, **more: Any) -> Any:
        return self.send("POST", path, body, **more)

    def put(self, path: str, body: Any, match: Any = None, **more: Any) -> Any:
        return self.send("PUT", path, body, match=match, **more)

    def patch(self, path: str, body: Any, match: Any = None, media: str = PATCH, **more: Any) -> Any:
        return self.send("PATCH", path, body, media, match, **more)

    def delete(self, path: str, match: Any = None, **more: Any) -> Any:
        return self.send("DELETE", path, match=match, **more)

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        answer = self.send("GET", path, **headers)
        assert answer.status_code == 200, answer.text[:300]
        return json.loads(answer.data)

    def made(self, path: str, body: Any, **more: Any) -> dict[str, Any]:
        """A new feature, as the answer shows it."""
        answer = self.post(path, body, **more)
        assert answer.status_code == 201, answer.text[:1000]
        return json.loads(answer.data)


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem of a refusal, with both languages."""
    assert answer.status_code == status, answer.text[:1000]
    body = json.loads(answer.data)
    assert answer.mimetype == "application/problem+json" and body["status"] == status and body["zh"] and body["en"]
    return body


def road(code: str, lon: float = 120.5, **properties: Any) -> dict[str, Any]:
    """A new road of 0.004° to the north."""
    return {"type": "Feature", "properties": {"code": code, **properties},
            "geometry": {"type": "LineString", "coordinates": [[lon, 30.0], [lon, 30.004]]}}
