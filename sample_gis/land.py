"""Land use: residential parcels with people, parks of every size, and other green."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from sample_gis.blocks import Block, Ground, largest
from sample_gis.lattice import snap
from sample_gis.names import COMMUNITIES
from sample_gis.zones import Zones

ESTATES = ("花园", "新村", "家园", "公寓", "苑", "里", "府", "小区")
# Wanted size and number of small parks at scale 1 (m²); none is within 1 % of a tier's limit.
SMALL_PARKS = ((3300, 17), (2300, 8), (1500, 8), (1150, 6), (620, 9), (380, 6))
LARGE_PARKS = 10  # whole blocks
GREENS = 64


@dataclass
class Row:
    """A polygon of land with what is said about it."""

    shape: Polygon
    facts: dict = field(default_factory=dict)


class Land:
    """Divides the blocks among people, parks, green and everything else."""

    def __init__(self, ground: Ground, zones: Zones, rng: np.random.Generator, scale: float) -> None:
        self.ground, self.zones, self.rng, self.scale = ground, zones, rng, scale
        self.parks: list[Row] = []
        self.greens: list[Row] = []
        self.homes: list[Row] = []
        self.numbers = iter(range(1, 10**6))
        self.taken: set[int] = set()
        self.historic = shapely.union_all([ground.lattice.cell(*c) for c in zones.historic_cells()])
        self._riverside()
        self._large()
        self._estates()
        self._small()
        self._green()
        self._villages()

    # -- parks ---------------------------------------------------------------
    def _park(self, shapes: list[Polygon], kind: str, name: str, **facts: object) -> None:
        """One park of one or several rows; several share a park code."""
        n = next(self.numbers)
        for k, shape in enumerate(shapes, 1):
            self.parks.append(Row(shape, {
                "park_code": f"GY{n:04d}", "code": f"GY{n:04d}-{k}", "park_type": kind, "build_status": "建成",
                "name": name if len(shapes) == 1 else f"{name}（{'东南西北中'[k - 1]}区）", "open_to_public": "是", **facts}))

    def _riverside(self) -> None:
        """Strips between the bank roads and the river; the long ones are one park of several rows."""
        river, nx = self.ground.lattice.river, self.ground.lattice.nx
        for side, start, lengths, name in ((0, 0.38, (5, 4, 3), "澄江南岸滨江公园"), (0, 0.62, (4,), "鹭洲湿地公园"),
                                           (1, 0.34, (4,), "望江公园"), (1, 0.54, (3, 4), "江北体育公园")):
            u, shapes = round(start * nx), []
            for length in lengths:
                strip = shapely.union_all([self.ground.lattice.cell(i, river + side) for i in range(u, u + length)])
                shapes.append(self.ground.free(strip))
                u += length
            self._park([s for s in shapes if s.area > 1500], "综合公园", name)

    def _large(self) -> None:
        """Whole blocks, spread out; one is planned, one is built but not open."""
        wanted = max(2, round(LARGE_PARKS * self.scale))
        middles: list[tuple[float, float]] = []
        order = [n for n in self.rng.permutation(len(self.ground.blocks)) if self._suits_large(int(n))]
        for n in order:
            block = self.ground.blocks[n]
            at = block.land.representative_point()
            if len(middles) >= wanted:
                break
            if any(Point(m).distance(at) < 820 for m in middles):
                continue
            middles.append((at.x, at.y))
            self.taken.add(int(n))
            name = f"{COMMUNITIES[(7 * len(middles)) % len(COMMUNITIES)]}公园"
            facts = {4: {"build_status": "规划", "open_to_public": "否"}, 9: {"open_to_public": "否"}}.get(len(middles), {})
            self._park([block.land], "社区公园" if block.land.area < 50_000 else "综合公园", name, **facts)

    def _suits_large(self, n: int) -> bool:
        block = self.ground.blocks[n]
        return 20_000 < block.land.area < 90_000 and 0.15 < block.radius < 0.95

    def _small(self) -> None:
        """Corners cut from residential estates; some lie in the old town."""
        sizes = [s for size, n in SMALL_PARKS for s in [size] * max(1, round(n * self.scale))]
        old = [n for n, h in enumerate(self.homes) if h.shape.intersects(self.historic)]
        order = [int(n) for n in self.rng.permutation(len(self.homes))]
        for size in sizes:
            place = (old.pop() if 1000 < size < 2000 and old and self.rng.random() < 0.7
                     else next((n for n in order if self._lacks_park(n, size)), None))
            if place is None:
                return
            if place in order:
                order.remove(place)
            self._corner(self.homes[place], size * float(self.rng.uniform(0.92, 1.12)))
        self._pair(order)

    def _lacks_park(self, n: int, size: float) -> bool:
        """Room for it and, for one that serves, not beside another: offices spread what they build."""
        home = self.homes[n].shape
        return home.area > 5 * size and (size < 2000 or all(p.shape.distance(home) > 180 for p in self.parks))

    def _corner(self, home: Row, size: float) -> None:
        park = bite(home.shape, size)
        if not 0.3 * size < park.area:
            return
        name = home.facts["name"][:2] + ("口袋公园" if park.area < 1000 else "游园")
        home.shape = largest(snap(home.shape.difference(park.buffer(5, join_style="mitre"))))
        self._park([park], "游园", name)

    def _pair(self, order: list[int]) -> None:
        """A park of two rows below 5000 m² that reach the tier only together."""
        for n in order:
            home = self.homes[n]
            if home.shape.area > 40_000:
                first = bite(home.shape, 2900)
                rest = largest(snap(home.shape.difference(first.buffer(8, join_style="mitre"))))
                second = bite(rest, 2800)
                home.shape = largest(snap(rest.difference(second.buffer(5, join_style="mitre"))))
                self._park([first, second], "社区公园", home.facts["name"][:2] + "双园")
                return

    # -- people --------------------------------------------------------------
    def _estates(self) -> None:
        for n, block in enumerate(self.ground.blocks):
            if n in self.taken or not self._is_home(block):
                continue
            for part in halves(block, self.rng):
                piece = largest(snap(part))
                if piece.area < 2500:
                    continue
                density = (0.034 - 0.014 * block.radius) * float(self.rng.uniform(0.8, 1.2))
                k = len(self.homes)
                name = COMMUNITIES[k * 5 % len(COMMUNITIES)] + ESTATES[k // len(COMMUNITIES) % len(ESTATES)]
                self.homes.append(Row(piece, {"code": f"JZ{k + 1:04d}", "name": name, "density": density}))
            self.taken.add(n)

    def _is_home(self, block: Block) -> bool:
        """Homes everywhere but the very centre's shops and the works in the east."""
        lattice = self.ground.lattice
        east = block.cells[0][0] / lattice.nx > 0.68
        return bool(self.rng.random() < (0.2 if east else 0.45 if block.radius < 0.2 else 0.62))

    def _villages(self) -> None:
        """Hamlets along the outer roads, some reaching into the built-up area: only part of them is counted."""
        lattice, built = self.ground.lattice, self.ground.built_up
        edge = [(i, j) for i in range(2, lattice.nx - 2) for j in range(2, lattice.ny - 2)
                if (i, j) not in built and any((i + d, j) in built for d in (-1, 1, 2))]
        for n in self.rng.choice(len(edge), min(len(edge), round(14 * self.scale)), replace=False):
            i, j = edge[int(n)]
            shape = self.ground.free(lattice.patch(i - 0.35, j + 0.1, i + 0.75, j + 0.85))
            if shape.area > 3000 and not any(h.shape.intersects(shape) for h in (*self.homes, *self.parks)):
                k = len(self.homes) + 1
                self.homes.append(Row(shape, {"code": f"JZ{k:04d}", "density": 0.012,
                                              "name": COMMUNITIES[k * 3 % len(COMMUNITIES)] + "村"}))

    # -- other green ---------------------------------------------------------
    def _green(self) -> None:
        wanted = round(GREENS * self.scale)
        for n in self.rng.permutation(len(self.ground.blocks)):
            block = self.ground.blocks[int(n)]
            if len(self.greens) >= wanted:
                return
            if int(n) in self.taken or block.land.area < 6000:
                continue
            inner = block.land.buffer(-14)
            edge = self.rng.random() < 0.4 and inner.area > 0.4 * block.land.area
            strip = block.land.difference(inner) if edge else bite(block.land, 2600)
            shape = largest(snap(largest(strip) if edge else strip))
            if shape.area > 300:
                k = len(self.greens) + 1
                kind = "防护绿地" if edge else "附属绿地" if k % 4 else "广场绿地"
                self.greens.append(Row(shape, {"code": f"LD{k:04d}", "green_type": kind, "name": f"{kind}{k:03d}"}))


def bite(shape: Polygon, size: float) -> Polygon:
    """The corner of a polygon of about `size` m²: its part within a square of growing side at its south-west."""
    x0, y0, x1, y1 = shape.bounds
    corner = min(shape.exterior.coords, key=lambda c: (c[0] - x0) + (c[1] - y0))
    low, high = 0.0, max(x1 - x0, y1 - y0)
    for _ in range(40):
        side = (low + high) / 2
        part = shape.intersection(shapely.box(corner[0] - side, corner[1] - side, corner[0] + side, corner[1] + side))
        low, high = (side, high) if part.area < size else (low, side)
    return largest(snap(part))


def halves(block: Block, rng: np.random.Generator) -> list[Polygon]:
    """The block whole, or in two with a lane between."""
    if block.land.area < 45_000 or rng.random() < 0.45:
        return [block.land]
    x0, y0, x1, y1 = block.land.bounds
    wide = x1 - x0 > y1 - y0
    at = (x0 + x1) / 2 if wide else (y0 + y1) / 2
    lane = shapely.box(at - 5, y0, at + 5, y1) if wide else shapely.box(x0, at - 5, x1, at + 5)
    parts = block.land.difference(lane)
    return [p for p in getattr(parts, "geoms", [parts]) if isinstance(p, Polygon)]
