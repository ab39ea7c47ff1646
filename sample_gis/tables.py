"""The rows of every class: geometry joined with what offices keep about it, under the registry's field keys."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from sample_gis.attributes import CLASS_SHARES, Attributes
from sample_gis.blocks import Ground
from sample_gis.bridges import Span, bridges, tunnels, utility_tunnels
from sample_gis.lamps import Lamps
from sample_gis.land import Land
from sample_gis.names import DISTRICTS, office
from sample_gis.pipes import MEDIA, Pipes
from sample_gis.places import stations, toilets
from sample_gis.streets import CLASS_ZH, Network

PART_LAMP, PART_TOILET = "0118", "0301"
SWEEPING = {"快速路": ("一级", 2), "主干路": ("一级", 2), "次干路": ("二级", 1), "支路": ("三级", 1), "街巷": ("四级", 0)}
SURFACES = {"街巷": (("水泥", "砌块", "沥青", "土路"), (45, 25, 25, 5)), "支路": (("沥青", "水泥"), (80, 20))}


def frame(rows: dict, shapes) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry=list(shapes), crs="EPSG:4549").astype(
        dict.fromkeys(rows, object))  # plain objects: what is missing stays None


def road_table(network: Network, a: Attributes) -> gpd.GeoDataFrame:
    """One row a segment; length and area as the office surveyed them."""
    parts = network.segments()
    n, shapes = len(parts), [line for _, _, line in parts]
    classes = [CLASS_ZH[r.road_class] for r, _, _ in parts]
    d = a.district(shapes)
    lengths = [round(line.length, 1) for line in shapes]
    widths = [r.width for r, _, _ in parts]
    surface = [a.pick(1, *SURFACES.get(c, (("沥青", "水泥"), (96, 4))))[0] for c in classes]
    return frame({
        "code": [f"{r.code}-{k:02d}" for r, k, _ in parts], "road_code": [r.code for r, _, _ in parts],
        "name": [r.name for r, _, _ in parts], "road_class": classes, "width_m": widths, "length_m": lengths,
        "area_m2": [round(x * w, 1) for x, w in zip(lengths, widths, strict=True)], "surface": surface,
        "is_key": ["是" if c in ("快速路", "主干路") else "否" for c in classes],
        "lanes": [max(1, round(w / 5.5)) for w in widths],
        "maintenance_grade": [{"快速路": "Ⅰ等", "主干路": "Ⅰ等", "次干路": "Ⅱ等"}.get(c, "Ⅲ等") for c in classes],
        "sweeping_grade": [SWEEPING[c][0] for c in classes],
        "mechanised_sweeping": ["是" if SWEEPING[c][1] or s else "否" for c, s in
                                zip(classes, a.rng.random(n) < 0.3, strict=True)],
        "sweeping_per_day": [SWEEPING[c][1] for c in classes],
        "void_grade": a.pick(n, ("无脱空", "轻微", "中等", "未检测"), (55, 8, 2, 35)),
        "state": a.fixed_states(n, np.array([CLASS_SHARES[c][1] for c in classes])),
        "owner": a.owners(d, "road"), "keeper": a.keepers(d, "road"), "ownership_type": a.kinds_of_owner(n),
        "authority_level": ["市级" if c in ("快速路", "主干路") else "区级" for c in classes],
        "ownership_status": a.ownership(n), "installed_on": a.dates(n), "source_id": [f"SZ{k + 1:05d}" for k in range(n)],
        "contract_section": [f"{DISTRICTS[k][1]}{1 + j % 3}标段" for j, k in enumerate(d)],
        "carriageway_area": [round(x * w * 0.72, 1) for x, w in zip(lengths, widths, strict=True)],
        "sidewalk_area": [round(x * w * 0.2, 1) if w > 10 else None for x, w in zip(lengths, widths, strict=True)],
        # Every road but some lanes has its lamps; of a few nobody says.
        "lamps": [None if k % 41 == 40 else "不需装灯" if c == "快速路" and k % 13 == 12 else
                  "未装灯" if c == "街巷" and k % 9 == 8 else "已装灯" for k, c in enumerate(classes)],
    }, shapes)


def _spans(spans: list[Span], keys: tuple[str, ...]) -> dict:
    return {k: [s.facts.get(k) for s in spans] for k in keys}


def bridge_table(network: Network, waters, a: Attributes, scale: float) -> gpd.GeoDataFrame:
    spans = bridges(network, waters, a.rng, scale)
    n, d = len(spans), a.district([s.line for s in spans])
    facts = _spans(spans, ("name", "length", "width", "size", "care", "spans", "rail", "kind"))
    return frame({
        "code": [f"QL{k + 1:04d}" for k in range(n)], **facts, "road_name": [s.road.name for s in spans],
        "road_class": [CLASS_ZH[s.road.road_class] for s in spans],
        "structure": ["斜拉桥" if s >= 1000 else a.pick(1, ("梁桥", "拱桥", "刚构桥"), (80, 15, 5))[0] for s in facts["length"]],
        "rail_renovated": [f"2024{k % 12 + 1:02d}15" if r == "Ⅰ类" else None for k, r in enumerate(facts["rail"])],
        "load": a.pick(n, ("城-A级", "城-B级", "汽车-20级"), (50, 35, 15)),
        "built": a.dates(n, "{:04d}{:02d}", missing=0.05), "state": a.fixed_states(n, 0.96),
        "owner": a.owners(d, "road"), "keeper": a.keepers(d, "road"), "ownership_status": a.ownership(n),
        "investment": [round(x * w * 0.9, 1) for x, w in zip(facts["length"], facts["width"], strict=True)],
    }, [s.line for s in spans])


def tunnel_table(network: Network, a: Attributes) -> gpd.GeoDataFrame:
    spans = tunnels(network)
    n = len(spans)
    return frame({**_spans(spans, ("name", "length", "width")), "code": [f"SD{k + 1:03d}" for k in range(n)],
                  "type": ["山岭", "下穿"], "road_class": [CLASS_ZH[s.road.road_class] for s in spans],
                  "lanes": [4] * n, "state": ["完好"] * n, "owner": [office("road")] * n,
                  "keeper": [office("road")] * n, "built": ["2009-09-28", "2018-06-30"]}, [s.line for s in spans])


def utility_tunnel_table(network: Network, a: Attributes) -> gpd.GeoDataFrame:
    spans = utility_tunnels(network)
    n = len(spans)
    facts = _spans(spans, ("name", "length", "status", "start", "end"))
    running = [s == "运营" for s in facts["status"]]
    return frame({
        **facts, "code": [f"GL{k + 1:02d}" for k in range(n)],
        "kind": ["干线" if x >= 2000 else "支线" for x in facts["length"]],
        "rooms": ["综合舱、电力舱、燃气舱" if x >= 2000 else "综合舱、电力舱" for x in facts["length"]],
        "room_count": [3 if x >= 2000 else 2 for x in facts["length"]],
        "lines": ["给水、电力、通信、燃气" if x >= 2000 else "给水、电力、通信" for x in facts["length"]],
        "rate": [round(float(a.rng.uniform(55, 90)), 1) if r else None for r in running],
        "section": ["7.2×3.6" if x >= 2000 else "5.4×3.2" for x in facts["length"]],
        "state": ["完好" if r else None for r in running],
        "owner": [office("tunnel")] * n, "keeper": [office("tunnel") if r else None for r in running],
        "built": [f"20{17 + k:02d}1220" if r else None for k, r in enumerate(running)],
        "investment": [round(x / 17.7 * 100, 0) for x in facts["length"]],
    }, [s.line for s in spans])


def lamp_table(network: Network, a: Attributes, scale: float) -> gpd.GeoDataFrame:
    lamps = Lamps.make(network, a.rng, scale)
    shapes = gpd.points_from_xy(*lamps.places.T)
    n, d = len(shapes), a.district(shapes)
    roads = [network.roads[k] for k in lamps.road]
    classes = [CLASS_ZH[r.road_class] for r in roads]
    lit = a.lit(classes)
    state = ["破损" if x == "不亮" and s == "完好" and bad else s for x, s, bad in
             zip(lit, a.states(n, 0.968), a.rng.random(n) < 0.5, strict=True)]
    return frame({
        "code": a.part_codes(d, [PART_LAMP] * n), "district": [DISTRICTS[k][0] for k in d], "road_class": classes,
        "road_name": [r.name for r in roads], "lit": lit, "state": state, "grid": a.grid(shapes),
        "source": a.pick(n, ("LED", "高压钠灯", "金卤灯"), (62, 34, 4)),
        "power": [{"快速路": 250, "主干路": 200, "次干路": 150, "支路": 100}.get(c, 60) for c in classes],
        "single": a.pick(n, ("是", "否"), (40, 60)), "owner": a.owners(d, "lamp", 0.06),
        "keeper": a.keepers(d, "lamp"), "ownership_status": a.ownership(n), "note": [None] * n,
        "kind": ["景观照明" if k % 23 == 22 else "功能照明" for k in range(n)],
        "installed_on": a.dates(n, first=1998, missing=0.05), "checked": [f"202411{k % 28 + 1:02d}" for k in range(n)],
    }, shapes)


def manhole_table(pipes: Pipes, a: Attributes) -> gpd.GeoDataFrame:
    shapes = pipes.points()
    n, d = len(shapes), a.district(shapes)
    media = pipes.media
    owner = [MEDIA[m][6] for m in media]
    state = a.states(n, 0.955)
    defect = {"完好": "无", "破损": "破损", "丢失": "缺失", "废弃": "废弃未填埋"}
    places = ["车行道" if abs(MEDIA[m][2]) < 0.6 and r.road_class != "alley" else "人行道"
              for m, r in zip(media, pipes.roads, strict=True)]
    return frame({
        "code": a.part_codes(d, [MEDIA[m][3] for m in media]), "purpose": media, "grid": a.grid(shapes),
        "node": [f"J{k + 1:06d}" for k in range(n)], "position": places, "state": state,
        "net": a.holes(a.pick(n, ("有", "无"), (70, 30)), 0.05), "defect": [defect.get(s) for s in state],
        "load": ["D400" if p == "车行道" else "B125" for p in places],
        "material": a.pick(n, ("球墨铸铁", "复合材料", "混凝土"), (70, 20, 10)),
        "shape": a.pick(n, ("圆形", "方形"), (85, 15)), "owner": a.owners(d, owner, 0.05),
        "keeper": a.keepers(d, owner), "ownership_status": a.ownership(n), "installed_on": a.dates(n, first=1990),
        "road_name": [r.name for r in pipes.roads],
    }, shapes)


def pipe_table(pipes: Pipes, a: Attributes) -> gpd.GeoDataFrame:
    """One row from manhole to manhole; a road's pipes share material, size and year."""
    rows, n = pipes.pipes, len(pipes.pipes)
    shapes = [p.line for p in rows]
    d = a.district(shapes)
    style: dict[tuple[str, str], tuple] = {}
    for p in rows:
        if (p.medium, p.road.code) not in style:
            _, _, _, _, materials, sizes, _ = MEDIA[p.medium]
            style[p.medium, p.road.code] = (*a.pick(1, materials), *a.pick(1, sizes), int(a.years(1)[0]))
    looks = [style[p.medium, p.road.code] for p in rows]
    owner = [MEDIA[p.medium][6] for p in rows]
    depth = np.round(a.rng.uniform(0.8, 3.2, (n, 2)), 2)
    heads = {"雨水": "YS", "污水": "WS", "合流": "HS", "给水": "JS", "燃气": "RQ", "供热": "RL", "电力": "DL", "通信": "TX"}
    pressure = {"燃气": "中压A", "给水": "低压", "供热": "中压", "雨水": "无压", "污水": "无压", "合流": "无压"}
    return frame({
        "code": [f"{heads[p.medium]}{k + 1:06d}" for k, p in enumerate(rows)], "medium": [p.medium for p in rows],
        "letters": [heads[p.medium] for p in rows], "material": [x[0] for x in looks], "size": [x[1] for x in looks],
        "year": a.holes([x[2] for x in looks], 0.06), "length": [round(s.length, 2) for s in shapes],
        "depth_a": depth[:, 0].tolist(), "depth_b": depth[:, 1].tolist(), "pressure": [pressure.get(p.medium) for p in rows],
        "start": [f"J{p.start + 1:06d}" for p in rows], "end": [f"J{p.end + 1:06d}" for p in rows],
        "embedding": ["管块" if p.medium in ("电力", "通信") else "直埋" for p in rows],
        "mixed": ["是" if m else "否" for m in a.rng.random(n) < 0.015],
        "encroached": ["是" if m else "否" for m in a.rng.random(n) < 0.008],
        "state": a.fixed_states(n, 0.965), "owner": a.owners(d, owner, 0.03), "keeper": a.keepers(d, owner),
        "road_name": [p.road.name for p in rows],
        "laid": a.holes([f"{x[2]:04d}0615" for x in looks], 0.06),
    }, shapes)


def toilet_table(ground: Ground, land: Land, a: Attributes, scale: float) -> gpd.GeoDataFrame:
    rows = toilets(ground, land, a.rng, scale)
    shapes = [p for p, _, _ in rows]
    n, d = len(rows), a.district(shapes)
    kinds = [k for _, k, _ in rows]
    full = ["是" if x < {"一类": .9, "二类": .5, "三类": .2}[k] else "否" for k, x in zip(kinds, a.rng.random(n), strict=True)]
    return frame({
        "code": a.part_codes(d, [PART_TOILET] * n), "name": [f"{at}{k + 1:03d}号公厕" for k, (_, _, at) in enumerate(rows)],
        "kind": kinds, "form": a.pick(n, ("独立式", "附属式", "活动式"), (70, 25, 5)), "all_day": full,
        "hours": ["00:00-24:00" if f == "是" else "06:00-22:00" for f in full], "accessible": a.pick(n, ("有", "无"), (75, 25)),
        "family": ["有" if k == "一类" else "无" for k in kinds], "alliance": a.pick(n, ("是", "否"), (12, 88)),
        "men": a.rng.integers(2, 9, n).tolist(), "women": a.rng.integers(4, 14, n).tolist(),
        "section": ["自管" if k % 9 == 8 else f"{DISTRICTS[x][1]}{k % 3 + 1}标段" for k, x in enumerate(d)],
        "state": a.states(n, 0.97), "district": [DISTRICTS[k][0] for k in d], "owner": a.owners(d, "sanitation"),
        "keeper": a.keepers(d, "sanitation"), "installed_on": a.dates(n, "{:04d}-{:02d}-{:02d}", first=1992),
    }, shapes)


def station_table(ground: Ground, land: Land, a: Attributes, scale: float) -> gpd.GeoDataFrame:
    rows = stations(ground, land, a.rng, scale)
    shapes = [p for p, _, _ in rows]
    n, d = len(rows), a.district(shapes)
    load = [float(t) for _, _, t in rows]
    return frame({
        "code": [f"ZYZ{k + 1:03d}" for k in range(n)], "name": [f"{k + 1}号垃圾转运站" for k in range(n)],
        "mode": [m for _, m, _ in rows], "load": load, "kind": a.pick(n, ("单一性", "综合性"), (60, 40)),
        "size": ["大型" if t > 450 else "中型" if t >= 150 else "小型" for t in load],
        "area": [round(400 + 14 * t, 1) for t in load], "state": a.fixed_states(n, 0.9),
        "owner": a.owners(d, "sanitation", 0), "keeper": a.keepers(d, "sanitation"),
        "built": a.dates(n, "{:04d}-{:02d}-{:02d}", first=1996, missing=0),
    }, shapes)
