"""Who is served from how far: service areas, the land they cover and the blind spots they leave."""

from registry.coverage.layers import gaps, served
from registry.coverage.report import coverage
from registry.coverage.rules import find, groupings, rules
from registry.coverage.what_if import Added, what_if

__all__ = ["Added", "coverage", "find", "gaps", "groupings", "rules", "served", "what_if"]
