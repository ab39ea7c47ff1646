"""What roles may do: the rights, and who has which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """One thing that a role may do within its scope."""

    READ = "read"
    PHOTOS = "photos"        # the attachments of what is seen; evidence and documents need history too
    HISTORY = "history"      # who changed what and why
    INSPECT = "inspect"      # record inspections, defects, claims and attachments
    EDIT = "edit"            # create, change and delete assets
    FIGURES = "figures"      # figures over the whole, beyond the scope
    PUBLISH = "publish"
    TOKENS = "tokens"


R = Right
ROLES: Mapping[str, frozenset[Right]] = {
    "reader": frozenset({R.READ, R.PHOTOS}),
    "inspector": frozenset({R.READ, R.PHOTOS, R.HISTORY, R.INSPECT}),
    "editor": frozenset({R.READ, R.PHOTOS, R.HISTORY, R.INSPECT, R.EDIT}),
    "auditor": frozenset({R.READ, R.PHOTOS, R.HISTORY, R.FIGURES}),
    "publisher": frozenset({R.READ, R.PHOTOS, R.HISTORY, R.FIGURES, R.PUBLISH}),
    "admin": frozenset(Right),
}
