"""The shape of an answer of siting in OpenAPI: every member says what it is."""

from __future__ import annotations

from typing import Any

from api.components import COUNT, FREE, LINKS, MAYBE, NUMBER, TEXT, TITLES, Schema, array, obj, ref
from registry.kinds import Label


def schemas(lang: str) -> dict[str, Schema]:
    """`Sites`, in one language."""
    def told(schema: Schema, title: str) -> Schema:
        return {"allOf": [schema], "description": Label.of(title).get(lang)} if "$ref" in schema else {
            **schema, "description": Label.of(title).get(lang)}

    def maybe(schema: Schema) -> Schema:
        return {**schema, "nullable": True}

    site = obj("type id geometry properties", type={"type": "string", "enum": ["Feature"]}, id=COUNT, geometry=ref("Geometry"),
               properties=obj(
                   "rank gain_people covered_percent candidate_id radius_m",
                   rank=told(COUNT, "次序：先建哪处|Order: which to build first"),
                   gain_m2=told(NUMBER, "比前几处多覆盖的面积，真实面积；线路为 gain_m|Area that it covers beyond those before it, exact; of lines gain_m"),
                   gain_m=told(NUMBER, "比前几处多覆盖的线路长度|Length of lines that it covers beyond those before it"),
                   gain_people=told(MAYBE, "同上，人口；未知为 null|The same in people; null where unknown"),
                   covered_percent=told(MAYBE, "建到这处为止的覆盖率|Coverage with this and those before it"),
                   candidate_id=TEXT, radius_m=NUMBER, area_m2=told(NUMBER, "设施本身的面积|Area of the facility itself"),
                   fixed={"type": "boolean"}, cost=MAYBE, candidate_name=maybe(TEXT), candidate=maybe(TEXT)))
    solver = obj("name version status incumbent bound gap seconds time_limit_s", name=TEXT, version=TEXT,
                 status=told({"type": "string", "enum": ["optimal", "time_limit", "greedy", "infeasible"]},
                             "optimal 只在证明之后|optimal only where that is proven"),
                 incumbent=told(NUMBER, "所选的值：按块的权重，LSCP 为处数或费用|Value of the choice by pieces; of LSCP sites or cost"),
                 incumbent_by={"type": "string", "enum": ["greedy", "milp"]}, bound=told(NUMBER, "任何选择不会更好的界|No choice is beyond it"),
                 gap=told(NUMBER, "界与值之差除以较大者|Difference of bound and value by the larger of them"),
                 greedy=MAYBE, seconds=NUMBER, time_limit_s=NUMBER)
    members: dict[str, Any] = {
        "type": {"type": "string", "enum": ["FeatureCollection"]}, "features": array(site), "links": LINKS,
        "numberReturned": COUNT, "numberMatched": COUNT, "timeStamp": {"type": "string", "format": "date-time"},
        "partial": {"type": "boolean"}, "rule": TEXT, "title": TITLES, "indicator": TEXT, "class": TEXT, "edition": FREE, "scope": FREE,
        "basis": told(TEXT, "百分比的分母：area、length、population|What the percentage is of"),
        "on": TEXT, "method": {"type": "string", "enum": ["mclp", "lscp"]}, "method_title": TITLES, "weight": TEXT,
        "before_percent": told(MAYBE, "现在的覆盖率|Coverage now"), "after_percent": told(MAYBE, "都建之后|With all of them"),
        "denominator_m2": NUMBER, "covered_m2": NUMBER, "uncovered_m2": NUMBER, "gain_m2": NUMBER, "gain_people": MAYBE,
        "left_m2": told(NUMBER, "都建之后仍未覆盖的|Uncovered with all of them"), "people": MAYBE, "people_covered": MAYBE,
        "uncoverable_m2": told(MAYBE, "没有备选点够得着的；MCLP 生成备选点时未知|Beyond every candidate; unknown for MCLP with generated ones"),
        **{f"{name}_m": told(NUMBER, "同上，线路（m）|The same of lines (m)") for name in ("denominator", "covered", "uncovered", "gain", "left")},
        "uncoverable_m": told(MAYBE, "同上，线路（m）|The same of lines (m)"),
        "uncoverable_parcels": COUNT, "uncoverable": told(array(FREE), "这些地块，大的在前，至多 200 个|These parcels, the larger first, at most 200"),
        "shortfall": told({**FREE, "nullable": True}, "选出的比要的少时，原因|Why there are fewer sites than were asked for"),
        "curve": told(array(obj("sites gain_people covered_percent", sites=COUNT, gain_m2=NUMBER, gain_m=NUMBER, gain_people=MAYBE,
                                covered_percent=MAYBE)), "增益曲线，从 0 处起|The gain curve, from no site on"),
        "solver": solver,
        "certificate_ratio": told(MAYBE, "求证之前已知：贪心的值与其界之比|Known before the proof: greedy value to its own bound"),
        "reductions": told(FREE, "矩阵的行：化简前后|Rows of the matrix before and after merging"),
        "constraints": told(FREE, "所问的约束|The constraints that were asked"),
        "candidates": told(FREE, "备选点的来源、个数、除去的|Where candidates are from, how many, which fell away"),
        "facility": told(FREE, "新建设施的档、半径和最小规模|Tier, radius and least size of what is built"),
        "demand": told(FREE, "盲区切成的块|The pieces that blind spots were cut into"),
        "matrix_sha256": told(TEXT, "矩阵、权重和约束的摘要|Digest of matrix, weights and constraints"), "seed": COUNT, "quad_segs": COUNT,
        "crs": FREE, "zone_edition": FREE, "engine": FREE}
    return {"Sites": obj("type features links method before_percent after_percent solver constraints", **members)}
