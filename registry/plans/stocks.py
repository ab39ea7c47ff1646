"""What a document says there was, beside what the registry has of the same class."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import Connection

from registry.catalogue import load
from registry.indicators.inventory import inventory
from registry.plans.document import Plan, Stock
from registry.scope import Sight
from registry.store.cities import City


def stocks(conn: Connection, plan: Plan, city: City, sight: Sight) -> list[dict[str, Any]]:
    """A row for each stock: its words, the registry's figure in the same unit, and the difference (registry − document).

    What is about a part of a class has nothing beside it. Counts of what the registry counts by code (条, 座) are those.
    """
    if not plan.stocks:
        return []
    sight = dataclasses.replace(sight, principal=sight.principal.for_figures())
    found = {row["class"]: row for row in inventory(conn, city, sight=sight)["rows"]}
    return [stock.as_dict() | {"class_title": _title(stock.cls), "beside": _beside(stock, found.get(stock.cls or ""))} for stock in plan.stocks]


def _title(cls: str | None) -> dict[str, str] | None:
    kind = load().classes.get(cls or "")
    return kind.title.as_dict() if kind else None


def _beside(stock: Stock, row: dict[str, Any] | None) -> list[dict[str, Any]]:
    if row is None or stock.only is not None:
        return []
    known = {"count": row["count"] if row["things"] is None else row["things"], "length_km": row["length_km"], "area_m2": row["area_m2"]}
    return [{"figure": name, "document": stock.figures[name], "registry": value,
             "difference": None if value is None else value - stock.figures[name]}
            for name, value in known.items() if name in stock.figures]
