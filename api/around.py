"""What every page shows around its contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from api.links import url

if TYPE_CHECKING:
    from api.operations import Asked


def of(asked: Asked) -> dict[str, Any]:
    """Cities and languages to change to, and the links of the answer."""
    others = {k: v for k, v in asked.given.items() if k not in ("lang", "cursor")}
    return {"cities": asked.cities, "city_key": asked.city_key, "kept": asked.kept,
            "links": asked.self_links(), "kind": asked.kind,
            "carried": {k: v for k, v in asked.given.items() if k not in ("city", "cursor")},
            "languages": [(tag, name, url(request.path, {**others, "lang": tag}))
                          for tag, name in (("zh", "中文"), ("en", "English"))]}
