"""City plans as data: what each promises, found among the documents, and where a city stands against it."""

from __future__ import annotations

from registry.plans.document import Contradiction, Plan, Stock, Target, every, find

__all__ = ["Contradiction", "Plan", "Stock", "Target", "every", "find"]
