"""Principals: the people and machines that come in, what they may do, and over what."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.kinds.rights import Right


@dataclass(frozen=True)
class Scope:
    """Over what: an empty part does not limit, several parts must all hold.

    city: its key, None for every city. districts, streets, grids: codes of zones (grids: management grids).
    classes: keys of asset classes. owners, keepers: names or codes of organisations.
    """

    city: str | None = None
    districts: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    keepers: tuple[str, ...] = ()

    @property
    def unlimited(self) -> bool:
        """Whether nothing within the city is outside."""
        return not any(getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "city")

    def as_dict(self) -> dict[str, Any]:
        """The parts that limit."""
        return {f.name: v if isinstance(v := getattr(self, f.name), str) else list(v)
                for f in dataclasses.fields(self) if getattr(self, f.name)}


@dataclass(frozen=True)
class Mask:
    """What of one class is kept from somebody.

    read: whether anything of it is seen. values: code field → values whose rows are hidden ("": rows without a
    value). fields: hidden field keys. coarse_degrees: only the cell of a grid of this width is told, not the place
    in it.
    """

    read: bool = True
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    coarse_degrees: float | None = None

    @property
    def open(self) -> bool:
        return self == Mask()

    @property
    def places_open(self) -> bool:
        """Whether all of it is seen where it is; fields may be kept back."""
        return self == Mask(fields=self.fields)


@dataclass(frozen=True)
class Principal:
    """Somebody who asks. `masks`: class or zone key → what is kept from them (the public only).

    no_lock: may change without If-Match. reason: what a change is for when the request does not say.
    """

    name: str
    role: str
    rights: frozenset[Right]
    scope: Scope = Scope()
    masks: Mapping[str, Mask] = field(default_factory=dict)
    token: int | None = None
    no_lock: bool = False
    reason: str = ""

    def may(self, right: Right) -> bool:
        return right in self.rights

    def for_figures(self, *, fine: bool = False) -> Principal:
        """Whose eyes a figure is computed with: of the whole city for those who have the right to that.

        fine: told by something finer than districts, where the difference to what is seen would tell what is not;
        then masks hold as they do for the assets. A class that is not seen at all has no figures either way.
        """
        if not self.may(Right.FIGURES):
            return self
        masks = {k: m for k, m in self.masks.items() if fine or not m.read}
        return dataclasses.replace(self, scope=Scope(self.scope.city), masks=masks)

    def mask(self, key: str) -> Mask:
        return self.masks.get(key, _OPEN)

    @property
    def key(self) -> str:
        """Stable name of who this is: the token, or the public."""
        return f"token {self.token}" if self.token is not None else self.role


_OPEN = Mask()
# Whoever runs commands on the machine of the database.
EVERYTHING = Principal("local", "local", frozenset(Right))
