"""What the service says it conforms to: each module names in CONFORMS_TO the classes that it makes true."""

from __future__ import annotations

import importlib
import pkgutil

import api

OGC = "http://www.opengis.net/spec/"
COMMON_3 = f"{OGC}ogcapi-common-3/1.0/conf/"  # which Features Part 5 became
PART_1 = f"{OGC}ogcapi-features-1/1.0/conf/"
PART_2 = f"{OGC}ogcapi-features-2/1.0/conf/"
PART_3 = f"{OGC}ogcapi-features-3/1.0/conf/"
PART_4 = f"{OGC}ogcapi-features-4/1.0/conf/"
PART_6 = f"{OGC}ogcapi-features-6/1.0/conf/"
PART_7 = f"{OGC}ogcapi-features-7/1.0/conf/"
PART_8 = f"{OGC}ogcapi-features-8/1.0/conf/"
PART_11 = f"{OGC}ogcapi-features-11/1.0/conf/"
CQL2 = f"{OGC}cql2/1.0/conf/"


def classes() -> list[str]:
    """The URIs of all conformance classes, in their own order; found, as the blueprints are, and not listed."""
    found: set[str] = set()
    for info in pkgutil.iter_modules(api.__path__):
        found.update(getattr(importlib.import_module(f"{api.__name__}.{info.name}"), "CONFORMS_TO", ()))
    return sorted(found)
