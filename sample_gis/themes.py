"""What covers the town beside its assets: land by use, and the areas that a scheme has reached."""

from __future__ import annotations

import geopandas as gpd
import shapely

from sample_gis.land import Land
from sample_gis.tables import frame

# How far from the west of the built-up area a scheme has come, as a share of its width.
REACHED = (("海绵城市达标区", 0.46), ("智慧城管覆盖区", 0.88), ("排水管网覆盖区", 0.97))


def land_table(land: Land) -> gpd.GeoDataFrame:
    """Homes, parks and green as they are drawn; of the other blocks the middle is shops, the east works, every sixth an office."""
    rows = [("居住用地", r.shape) for r in land.homes] + [("绿地与广场用地", r.shape) for r in (*land.parks, *land.greens)]
    taken = shapely.union_all([shape for _, shape in rows])
    for n, block in enumerate(land.ground.blocks):
        free = block.land.difference(taken)
        if n not in land.taken and free.area > 3000:
            east = block.cells[0][0] / land.ground.lattice.nx > 0.68
            use = "商业服务业用地" if block.radius < 0.3 else "工业用地" if east else "公用设施用地" if n % 11 == 0 else (
                "公共管理与公共服务用地" if n % 6 == 0 else "物流仓储用地" if n % 7 == 0 else "商业服务业用地")
            rows.append((use, max(getattr(free, "geoms", [free]), key=lambda p: p.area)))
    return frame({"code": [f"YD{k + 1:04d}" for k in range(len(rows))], "use": [use for use, _ in rows],
                  "area": [round(shape.area, 1) for _, shape in rows]}, [shape for _, shape in rows])


def theme_table(town: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The western part of the built-up area that each scheme has reached."""
    whole = shapely.union_all(town.geometry.to_numpy())
    x0, y0, x1, y1 = whole.bounds
    shapes = [shapely.set_precision(whole.intersection(shapely.box(x0, y0, x0 + share * (x1 - x0), y1)), 0.001) for _, share in REACHED]
    return frame({"code": [f"ZT{k + 1:02d}" for k in range(len(REACHED))], "name": [name for name, _ in REACHED], "theme": [n for n, _ in REACHED]}, shapes)

