"""A declaration as plain data: what `sync` remembers, and what web pages and the API show."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from registry.kinds.codes import CodeList
from registry.kinds.feature import FeatureKind
from registry.kinds.fields import Field
from registry.kinds.label import Label


def describe_codes(codes: CodeList) -> dict[str, Any]:
    """A code list with titles and colours."""
    return {"key": codes.key, "title": codes.title.as_dict(), "source": codes.source,
            "codes": [{"value": c.value, "title": c.title.as_dict(), "color": c.color} for c in codes.codes]}


def describe_field(field: Field) -> dict[str, Any]:
    """A field without what is empty; a limit of 0 and a default of false say something."""
    plain = {f.name: getattr(field, f.name) for f in dataclasses.fields(field)}
    plain |= {"title": field.title.as_dict(), "codes": field.codes.key if field.codes else None,
              "aliases": list(field.aliases)}
    del plain["label"]
    return {k: v for k, v in plain.items()
            if v is not None and v != [] and v != () and (v is not False or k == "default")}


def describe(kind: FeatureKind) -> dict[str, Any]:
    """A class or zone kind with its fields and code lists."""
    return {"key": kind.key, "table": kind.table, "title": kind.title.as_dict(),
            "description": Label.of(kind.description).as_dict() if kind.description else None,
            "geometry": list(kind.geometry), "code_required": kind.code_required,
            "worldwide": kind.worldwide, "color": kind.color, "group_by": kind.group_by,
            "fields": [describe_field(f) for f in kind.fields],
            "code_lists": [describe_codes(c) for c in kind.code_lists.values()]}


def fingerprint(kind: FeatureKind) -> str:
    """SHA-256 of the declaration: changes when anything of it changes."""
    text = json.dumps(describe(kind), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
