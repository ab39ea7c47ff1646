"""How much of what somebody brings lies on what the city already holds."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from registry import geo, sql
from registry.db.columns import discriminator
from registry.kinds import FeatureKind

TOUCH_DEG = 1e-4  # about ten metres


def share(conn: Connection, kind: FeatureKind, city: str, places: np.ndarray) -> float:
    """Share of places (n × 2 degrees of EPSG:4490) within ten metres of a live feature's point or outline."""
    sound = places[np.isfinite(places).all(axis=1)]
    if not len(sound):
        return 0.0
    found = conn.execute(sql.statement("live_beside", table=kind.table, discriminator=discriminator(kind)), {
        "key": kind.key, "city": city, "degrees": TOUCH_DEG, "srid": geo.STORED, "x": sound[:, 0].tolist(),
        "y": sound[:, 1].tolist()}).scalar_one()
    return float(found) / len(places)
