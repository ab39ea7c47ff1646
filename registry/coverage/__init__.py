"""Who is served from how far: service areas, the land they cover and the blind spots they leave."""

from registry.coverage.compare import compare
from registry.coverage.facility_filter import choices
from registry.coverage.frozen import freeze
from registry.coverage.layers import gaps, served
from registry.coverage.named import name
from registry.coverage.report import coverage
from registry.coverage.rules import facility, find, groupings, kinds, rules
from registry.coverage.rules import served as to_be_served
from registry.coverage.what_if import Added, what_if

__all__ = ["Added", "choices", "compare", "coverage", "facility", "find", "freeze", "gaps", "groupings", "kinds", "name", "rules", "served",
           "to_be_served", "what_if"]
