"""The words that classes and standards are written in: labels, code lists, fields, classes, zones."""

from registry.kinds.codes import Code, CodeList
from registry.kinds.common import COMMON, ZONE_COMMON
from registry.kinds.feature import AssetClass, EntranceTo, FeatureKind, InService, Rating, Walkable, ZoneKind
from registry.kinds.fields import Field
from registry.kinds.label import Label
from registry.kinds.parse import FieldProblem
from registry.kinds.problems import PROBLEMS, Problem

__all__ = ["COMMON", "PROBLEMS", "ZONE_COMMON", "AssetClass", "Code", "CodeList", "EntranceTo", "FeatureKind", "Field",
           "FieldProblem", "InService", "Label", "Problem", "Rating", "Walkable", "ZoneKind"]
