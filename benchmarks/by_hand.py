"""What somebody would write by hand for each indicator: one statement by district, with its own reasons to leave rows out."""

from __future__ import annotations

from dataclasses import dataclass, replace

OPTIONS = {"old_pipe_share": {"older_than_years": 20}, "utility_tunnel_good_rate": {"good_grades": "A"}, "transfer_capacity_met": {"kg_per_person_day": 1}}
COUNTING = ("(a.retired_on IS NULL OR a.retired_on > current_date) AND a.state IS DISTINCT FROM 'removed' AND a.state IS DISTINCT FROM 'abandoned' "
            "AND (a.installed_on IS NULL OR a.installed_on <= current_date)")


@dataclass(frozen=True)
class Hand:
    """good: of the numerator; known: of the denominator. measure: of a row; beside: what is joined; counting: what counts at all.

    whole: measure of the denominator where it is another one. below: what the district's figure is over, where that is no sum of assets.
    apart: what tells the rows of the figure from those that it names as left out, with their number and measure.
    """

    cls: str
    good: str
    known: str
    measure: str = "1"
    beside: str = ""
    counting: str = COUNTING
    whole: str = ""
    below: str = "NULL::float8"
    apart: str = "true"


def sentence(hand: Hand) -> str:
    """The statement: district, whether it is of the figure, numerator, denominator of assets, what else it is over, rows, and the measure
    of what is left out by name."""
    return _sentence(hand, hand.beside, hand.counting, f"({hand.good})", f"({hand.known})", "count(*)")


def fuller(hand: Hand) -> str:
    """The statement that says as well how many do not count: a figure of the registry names all that it leaves out, and what lies elsewhere
    is found by no index. What is measured is so before the rows are sorted, or they would carry the shape of the zone."""
    beside = (f"{hand.beside} CROSS JOIN LATERAL (SELECT coalesce({hand.counting}, false) AS counts OFFSET 0) w "
              f"CROSS JOIN LATERAL (SELECT CASE WHEN w.counts THEN {hand.measure} END AS measure OFFSET 0) m")
    return _sentence(replace(hand, measure="m.measure"), beside, "true", f"w.counts AND ({hand.good})", f"w.counts AND ({hand.known})",
                     "count(*) FILTER (WHERE NOT w.counts)")


def _sentence(hand: Hand, beside: str, counting: str, good: str, known: str, rows: str) -> str:
    over = hand.whole or hand.measure
    left_out = "NULL" if hand.apart == "true" else f"sum({over})"
    return (f"SELECT a.district, {hand.apart} AS counts, sum({hand.measure}) FILTER (WHERE {good}) AS good, "
            f"sum({over}) FILTER (WHERE {known}) AS known, {hand.below} AS below, {rows} AS rows, {left_out} AS measure "
            f"FROM asset a {beside} WHERE a.class = '{hand.cls}' AND a.city = 'bench' AND {counting} GROUP BY 1, 2").replace(":", "\\:")


def _graded(cls: str, good: str, known: str, measure: str = "1", *, cycle: str = "12 months", counting: str = COUNTING) -> Hand:
    """A rate of grades that are not past their time: the newest inspection of each asset is looked up in one pass."""
    fresh = f"g.day + interval '{cycle}' >= current_date" if cycle else "g.day IS NOT NULL"
    return Hand(cls, f"({good}) AND {fresh}", f"({known}) AND {fresh}", measure,
                "LEFT JOIN (SELECT i.asset_id, max(i.inspected_on) AS day FROM inspection i WHERE coalesce(i.override_grade, i.grade) IS NOT NULL "
                "AND i.from_m IS NULL AND i.to_m IS NULL AND i.area_m2 IS NULL AND i.inspected_on <= current_date AND NOT EXISTS (SELECT FROM "
                "inspection c WHERE c.supersedes = i.id) GROUP BY 1) g ON g.asset_id = a.id", counting)


_RI = "(a.scores ->> 'ri')::float8"
# Not in WHERE, where an index would find them: a share of drains says how many pipes, and how long, it left out as none.
_DRAIN = "coalesce(a.attrs ->> 'medium' IN ('drainage', 'rain', 'sewage', 'combined'), false)"
_LAID = "coalesce((a.attrs ->> 'laid_year')::int, extract(year FROM a.installed_on)::int)"
_AGE = f"extract(year FROM current_date) - {_LAID}"
_ZONE = "CROSS JOIN (SELECT ST_Union(z.geom) AS geom FROM zone z WHERE z.city = 'bench' AND z.kind = '{kind}') u"
_BELOW = ("(SELECT sum({what}) FROM zone z JOIN zone d ON d.city = 'bench' AND d.kind = 'district' AND ST_Intersects(d.geom, {where}) "
          "WHERE z.city = 'bench' AND z.kind = '{kind}' AND d.code = a.district)")
_AREA = {"what": "ST_Area(ST_Intersection(z.geom, d.geom)::geography)", "where": "z.geom"}
_PEOPLE = {"what": "z.population", "where": "ST_PointOnSurface(z.geom)"}
_TONNES = {**_PEOPLE, "what": "z.population * 1 / 1000.0"}
_NEWEST = ("JOIN (SELECT DISTINCT ON (i.asset_id) i.asset_id, i.inspected_on AS day, {what} FROM inspection i WHERE i.form = '{form}' AND {said} "
           "AND i.inspected_on <= current_date AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id) "
           "ORDER BY i.asset_id, i.inspected_on DESC, i.id DESC) n ON n.asset_id = a.id")
_AMOUNT = "(i.measurements ->> 'carriageway_amount')::float8"
# By the newest sheet of each road; nothing is taken where a factor is not said.
_SHEETS = _NEWEST.format(form="road_damage", said=f"{_AMOUNT} > 0", what=(
    f"{_AMOUNT} AS amount, (SELECT CASE WHEN bool_or(e ->> 'factor' IS NULL) THEN NULL ELSE sum((e ->> 'amount')::float8 * (e ->> 'factor')::float8) END "
    "FROM jsonb_array_elements(i.measurements -> 'damages') e WHERE e ->> 'facility' = 'carriageway') AS taken"))
_SIDEWALKS = _NEWEST.format(form="sidewalk", said="i.scores ->> 'fci_grade' IS NOT NULL", what="i.scores ->> 'fci_grade' AS grade")
_PATROLS = _NEWEST.format(form="lamp_patrol", said="i.measurements ->> 'lit' IS NOT NULL", what="i.measurements ->> 'lit' AS lit")
_LIT = "CASE WHEN n.day >= coalesce((a.attrs ->> 'lit_checked_on')::date, '-infinity') THEN n.lit ELSE a.attrs ->> 'lit' END"
_FRESH = "n.day + interval '12 months' >= current_date"
_OPERATING = " AND coalesce(a.attrs ->> 'build_status', 'operating') = 'operating'"
_NO_ALLEY = " AND a.attrs ->> 'road_class' IS DISTINCT FROM 'alley'"
_BUILT = " AND coalesce(a.attrs ->> 'build_status', 'built') = 'built'"


def _inside(cls: str, measure: str, share: str | None, counting: str = COUNTING, *, over: dict[str, str] = _AREA, kind: str = "built_up_area") -> Hand:
    """What lies in the zone, across its edge by the part that lies inside, and the area or the people that it is over."""
    part = "" if share is None else (f" * CASE WHEN ST_Covers(u.geom, a.geom) THEN 1 ELSE {share}(ST_Intersection(a.geom, u.geom)::geography) "
                                     f"/ {share}(a.geom::geography) END")
    return Hand(cls, "true", "true", f"{measure}{part}", _ZONE.format(kind=kind), f"{counting} AND ST_Intersects(a.geom, u.geom)",
                below=_BELOW.format(kind=kind, **over))


def _level(low: float | None, high: float | None) -> str:
    return " AND ".join([f"{_RI} > {low}"] * (low is not None) + [f"{_RI} <= {high}"] * (high is not None))


HAND = {
    "intact_rate": Hand("streetlight", "a.state = 'intact'", "a.state IN ('intact', 'damaged', 'missing')"),
    "lighting_rate": Hand("streetlight", f"{_LIT} = 'lit' AND a.state IS DISTINCT FROM 'missing'", f"{_LIT} IN ('lit', 'unlit') OR a.state = 'missing'",
                          beside=f"LEFT {_PATROLS}", counting=COUNTING + " AND a.attrs ->> 'lamp_kind' IS DISTINCT FROM 'landscape'"),
    "energy_saving_lamp_share": Hand("streetlight", "a.attrs ->> 'light_source' IN ('led', 'solar', 'induction', 'energy_saving')",
                                     "a.attrs ->> 'light_source' IS NOT NULL"),
    "led_share": Hand("streetlight", "a.attrs ->> 'light_source' = 'led'", "a.attrs ->> 'light_source' IS NOT NULL"),
    "single_lamp_control_share": Hand("streetlight", "(a.attrs ->> 'single_lamp_control')::boolean", "a.attrs ->> 'single_lamp_control' IS NOT NULL"),
    "contracted_share": Hand("streetlight", "a.attrs ->> 'contract_section' <> ''", "a.attrs ->> 'contract_section' <> ''"),
    "ownership_settled_rate": Hand("streetlight", "a.ownership_status = 'confirmed'", "a.ownership_status IS NOT NULL"),
    "record_completeness": Hand("streetlight", "a.code <> '' AND a.name <> '' AND a.supervisor <> '' AND a.grid <> '' AND a.state <> 'unknown' "
                                "AND a.installed_on IS NOT NULL", "true"),
    "grid_completeness": Hand("streetlight", "a.grid <> ''", "true"),
    "bridge_qualified_rate": _graded("bridge", "a.grade IN ('A', 'B', 'C')", "a.grade IN ('A', 'B', 'C', 'D', 'E')"),
    "bridge_good_rate": _graded("bridge", "a.grade IN ('A', 'B')", "a.grade IN ('A', 'B', 'C', 'D', 'E')"),
    "bridge_intact_rate": _graded("bridge", "a.grade = 'A'", "a.grade IN ('A', 'B', 'C', 'D', 'E')"),
    "railing_hazard_cleared_rate": Hand("bridge", "(a.attrs ->> 'guardrail_renovated_on')::date <= current_date",
                                        "(a.attrs ->> 'guardrail_renovated_on')::date <= current_date OR a.attrs ->> 'guardrail_risk' IN ('I', 'II')"),
    "overdue_share": Hand("road", "coalesce(g.day, a.installed_on) + interval '12 months' < current_date", "true", beside=(
        "LEFT JOIN (SELECT i.asset_id, max(i.inspected_on) AS day FROM inspection i WHERE i.form IN ('regular', 'structural', 'sidewalk', 'road_distress', 'road_damage', 'road_test') AND i.from_m IS NULL "
        "AND i.inspected_on <= current_date AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id) GROUP BY 1) g ON g.asset_id = a.id")),
    "drain_level_i_share": Hand("pipe", _level(None, 1), f"{_RI} IS NOT NULL", "a.length_m", apart=_DRAIN),
    "drain_level_ii_share": Hand("pipe", _level(1, 4), f"{_RI} IS NOT NULL", "a.length_m", apart=_DRAIN),
    "drain_level_iii_share": Hand("pipe", _level(4, 7), f"{_RI} IS NOT NULL", "a.length_m", apart=_DRAIN),
    "drain_level_iv_share": Hand("pipe", _level(7, None), f"{_RI} IS NOT NULL", "a.length_m", apart=_DRAIN),
    "drain_repair_needed_share": Hand("pipe", _level(4, None), f"{_RI} IS NOT NULL", "a.length_m", apart=_DRAIN),
    "drain_inspected_share": Hand("pipe", f"{_RI} IS NOT NULL", "true", "a.length_m", apart=_DRAIN),
    "pipe_length": Hand("pipe", "true", "true", "a.length_m"),
    "old_pipe_share": Hand("pipe", f"{_AGE} > 20", f"{_LAID} IS NOT NULL", "a.length_m"),
    "total_length": Hand("road", "true", "true", "a.length_m"),
    "utility_tunnel_length": Hand("utility_tunnel", "true", "true", "a.length_m", counting=COUNTING + _OPERATING),
    "utility_tunnel_occupancy": Hand("utility_tunnel", "true", "true", "a.length_m * (a.attrs ->> 'admission_rate_percent')::float8 / 100",
                                     counting=COUNTING + _OPERATING + " AND a.attrs ->> 'admission_rate_percent' IS NOT NULL", whole="a.length_m"),
    "road_graded_rate": _graded("road", "a.grade IN ('A', 'B')", "a.grade IN ('A', 'B', 'C', 'D')", "a.area_m2"),
    "road_intact_rate": _graded("road", "a.grade IN ('A', 'B')", "a.grade IN ('A', 'B', 'C', 'D')", "a.area_m2"),
    "road_damage_rate": Hand("road", f"n.taken IS NOT NULL AND {_FRESH}", f"n.taken IS NOT NULL AND {_FRESH}", "greatest(0, n.amount - n.taken)", _SHEETS,
                             whole="n.amount"),
    "sidewalk_graded_rate": Hand("road", f"n.grade IN ('A', 'B') AND {_FRESH}", _FRESH, "(a.attrs ->> 'sidewalk_area_m2')::float8", _SIDEWALKS),
    "lamp_installation_rate": Hand("road", "a.attrs ->> 'lamps_installed' = 'installed'", "a.attrs ->> 'lamps_installed' IN ('installed', 'lacking')",
                                   "a.length_m"),
    "asset_count": Hand("streetlight", "true", "true"),
    "utility_tunnel_good_rate": _graded("utility_tunnel", "a.grade = 'A'", "a.grade IS NOT NULL", "a.length_m", cycle="", counting=COUNTING + _OPERATING),
    "mechanised_sweeping_rate": Hand("road", "(a.attrs ->> 'mechanised_sweeping')::boolean", "a.attrs ->> 'mechanised_sweeping' IS NOT NULL", "a.area_m2"),
    "sweeping_frequency_met": Hand("road", "(a.attrs ->> 'sweeping_per_day')::float8 >= 1", "a.attrs ->> 'sweeping_per_day' IS NOT NULL", "a.length_m"),
    "road_density": _inside("road", "a.length_m", "ST_Length", COUNTING + _NO_ALLEY),
    "managed_road_density": _inside("road", "a.length_m", "ST_Length", COUNTING + _NO_ALLEY + " AND a.keeper <> ''"),
    "road_area_rate": _inside("road", "a.area_m2", "ST_Length"),
    "toilet_density": _inside("toilet", "1", None),
    "park_green_per_capita": _inside("park", "a.area_m2", "ST_Area", COUNTING + _BUILT, over=_PEOPLE),
    "green_ratio": _inside("green", "a.area_m2", "ST_Area", COUNTING + " AND a.attrs ->> 'green_type' IS DISTINCT FROM 'G1'"),
    "integrated_station_share": Hand("transfer_station", "a.attrs ->> 'integrated' = 'comprehensive'", "a.attrs ->> 'integrated' IS NOT NULL"),
    "transfer_station_converted_share": Hand("transfer_station", "a.attrs ->> 'integrated' = 'comprehensive' AND a.attrs ->> 'renovated_on' IS NOT NULL",
                                             "a.attrs ->> 'integrated' = 'single' OR a.attrs ->> 'integrated' = 'comprehensive' "
                                             "AND a.attrs ->> 'renovated_on' IS NOT NULL"),
    "transfer_capacity_met": _inside("transfer_station", "(a.attrs ->> 'capacity_t_per_d')::float8", None, over=_TONNES),
    "toilet_density_by_land_use": _inside("toilet", "1", None, kind="land"),
    "transfer_capacity": Hand("transfer_station", "true", "true", "(a.attrs ->> 'capacity_t_per_d')::float8")}
