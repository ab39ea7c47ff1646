"""The private PostGIS that the registry can start for itself, on the standard library alone."""

from __future__ import annotations

from registry.local.checks import Check
from registry.local.cluster import Cluster, default_cluster
from registry.local.programs import Programs, find_programs

__all__ = ["Check", "Cluster", "Programs", "default_cluster", "find_programs"]

