"""Siting: where the next facilities cover most of the blind spots, and the fewest that close all of them."""

from registry.coverage.siting.answer import by_district, sites
from registry.coverage.siting.ask import MOST, TIME_LIMIT_S, WEIGHTS, Ask
from registry.coverage.siting.facility import told as tier_told
from registry.coverage.siting.facility import usual as usual_tier

__all__ = ["MOST", "TIME_LIMIT_S", "WEIGHTS", "Ask", "by_district", "sites", "tier_told", "usual_tier"]
