"""The name of a coverage: all that its answer is computed from, so that an answer kept under it is the one that would be given."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from registry.coverage import kept_state, rules, straight
from registry.coverage.run import Run
from registry.scope import Sight
from registry.standards.service import ServiceRule
from registry.store import layers
from registry.store.cities import City


def name(conn: Connection, rule: str | ServiceRule, city: City, by: str, sight: Sight) -> bytes | None:
    """Of the rule by its default edition, told by a kind of division. None where none can be given: of another sight than that of
    everything now, or while a batch is written here. Ask before reading any row."""
    found = rules.find(rule)
    if not kept_state.whole(sight, found, city) or not sight.principal.mask(found.denominator).open:
        return None
    run = Run(conn, found, found.edition(None), city, sight, straight.serial(), {})
    if (made_of := kept_state.source(run)) is None:
        return None
    known = layers.states(conn, city.key, [found.denominator, by])
    said = [made_of.hash.hex(), made_of.facilities, by, *(f"{k} {layer.version} {layer.born}" for k, layer in known.items())]
    return hashlib.sha256(repr([*said, straight.of_lines(run)[0] if run.lines else None]).encode()).digest()
