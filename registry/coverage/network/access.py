"""Where land is left on foot: points of a parcel's boundary that front a street, else the parcel's own point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from registry.coverage.network.field import Places
from registry.coverage.network.graph import Network
from registry.coverage.network.snap import along, outline, snap, together
from registry.standards.walking import Joining

FRONTAGE, OWN_POINT, NO_ACCESS = "frontage", "own_point", "none"
KINDS = (FRONTAGE, OWN_POINT, NO_ACCESS)


@dataclass(frozen=True)
class Access:
    """places.of: index of the parcel; kind: of each parcel, an index of KINDS."""

    places: Places
    kind: np.ndarray

    def shares(self, served: np.ndarray) -> np.ndarray:
        """Share of each parcel's access points that are served; NaN where it has none."""
        every = np.bincount(self.places.of, minlength=len(self.kind))
        with np.errstate(invalid="ignore"):
            return np.bincount(self.places.of, served, minlength=len(self.kind)) / every

    def nearest(self, distance_m: np.ndarray) -> np.ndarray:
        """The least distance among each parcel's access points; inf where it has none or none leads anywhere."""
        found = np.full(len(self.kind), np.inf)
        np.minimum.at(found, self.places.of, distance_m)
        return found


def find(network: Network, parcels: np.ndarray, rules: Joining) -> Access:
    """The access points of parcels (polygons in the CRS of the network)."""
    points, of = along(outline(parcels), rules.frontage_step_m)
    fronting, _ = snap(network, points, of, rules.frontage_within_m)
    behind = np.setdiff1d(np.arange(len(parcels)), fronting.of)
    own, _ = snap(network, shapely.point_on_surface(parcels[behind]), behind, rules.max_snap_m)
    kind = np.full(len(parcels), KINDS.index(NO_ACCESS))
    kind[fronting.of], kind[own.of] = KINDS.index(FRONTAGE), KINDS.index(OWN_POINT)
    return Access(together([fronting, own]), kind)
