"""Extents: where and when the features of a collection are, asked once of each version of it that somebody sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from api import validators
from api.lru import Lru
from api.operations import Asked
from registry.kinds import FeatureKind
from registry.scope import beside
from registry.store import features

MOST_BYTES = 2**20
Box = list[float]


@dataclass(frozen=True)
class Extent:
    """box: west, south, east, north in degrees, None where nothing has a place. days: the first and the last, None where not known."""

    box: Box | None
    days: list[str | None] | None
    weight: int = 600  # what it and its key take, about


KEPT: Lru[Extent] = Lru()


def of(asked: Asked, kinds: Iterable[FeatureKind]) -> dict[str, Extent]:
    """By key of the kind, over all that the principal sees of it at the moment asked for.

    The versions are read before the rows are, so that what is kept is never older than what it is kept under. UnknownCity.
    """
    kinds, city = list(kinds), asked.city.key
    found = validators.states(asked, kinds)
    made = {}
    for kind in kinds:
        made_of = {key: found[key] for key in (kind.key, *beside(asked.sight))}
        # A restored database counts versions again, at other times.
        name = kind.key, validators.mark(asked, [kind], made_of), *(layer.at for layer in made_of.values())
        extent = KEPT.find(name)
        if extent is None:
            extent = Extent(*features.extent(asked.conn, kind, city, asked.sight))
            if found[kind.key].version:
                KEPT.keep(name, extent, MOST_BYTES)
        made[kind.key] = extent
    return made


def around(extents: Iterable[Extent]) -> Box | None:
    """The box around all of them."""
    known = [e.box for e in extents if e.box]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return [min(west), min(south), max(east), max(north)]
