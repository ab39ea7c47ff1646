"""Records as pages: tables with titles in the reader's language, ids plain and leading to what they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api import i18n
from api.operations import Asked
from registry.kinds.records import CLAIM, DEFECT, INSPECTION

TITLES = {**{f.key: f.label for f in (*CLAIM, *DEFECT, *INSPECTION)},
    "id": "编号|Id", "asset_id": "设施编号|Id of the asset", "class": "类别|Class", "asset_code": "设施编码|Code of the asset",
    "asset_name": "设施名称|Name of the asset", "code": "编码|Code", "name": "名称|Name", "district": "区|District",
    "overdue": "超期|Overdue", "status": "状态|Status", "assigned_on": "派发日期|Assigned on", "repaired_on": "整改日期|Repaired on",
    "verified_on": "核验日期|Verified on", "closed_on": "销号日期|Closed on", "resolved_on": "裁定日期|Resolved on",
    "resolution": "裁定|Resolution", "version": "版本|Version", "ownership_status": "确权状态|Ownership status",
    "measurements": "测量值|Measurements", "scores": "得分|Scores", "warnings": "提醒|Warnings", "sheet": "检查表|Sheet",
    "clause": "条款|Clause", "tables": "所用的表|Tables used", "unknown": "不能得出|Cannot be told", "source_of_grade": "等级的来源|Source of the grade",
    "recorded_at": "登记时间|Recorded at", "recorded_by": "登记人|Recorded by", "supersedes": "更正了|Supersedes",
    "superseded_by": "已被更正|Superseded by", "batch": "批次|Batch", "owner": "权属单位|Owner", "keeper": "养护单位|Keeper",
    "level": "修复等级|Repair level", "ri": "修复指数 RI|RI", "mi": "养护指数 MI|MI", "condition": "状况等级|Condition", "length_m": "长度（m）|Length (m)",
    "medium": "介质|Medium", "material": "材质|Material", "diameter_mm": "管径（mm）|Diameter (mm)", "laid_year": "敷设年代|Year laid", "road_name": "所在道路|On the road",
    "media": "文件类型|Media type", "bytes": "字节|Bytes", "purpose": "用途|Purpose", "subject": "属于|Of", "subject_id": "其编号|Its id"}
# Numbers that are names, with the address of what they name where there is one.
IDS = {"asset_id": "/collections/{class}/items/{asset_id}", "inspection": "/inspections/{inspection}",
       "supersedes": "/inspections/{supersedes}", "superseded_by": "/inspections/{superseded_by}",
       "batch": "", "subject_id": "", "version": "", "id": ""}
OF_ID = {"defects": "/defects/{id}", "asset_defects": "/defects/{id}", "claims": "/claims/{id}", "inspections": "/inspections/{id}",
         "attachments": "/attachments/{id}", "works": "/works/{id}", "observations": "/observations/{id}", "ownerless": IDS["asset_id"].replace("asset_id", "id"),
         "overdue_inspections": IDS["asset_id"].replace("asset_id", "id"), "drain_repairs": IDS["asset_id"].replace("asset_id", "id")}


def heading(key: str) -> str:
    """The title of a member of a record; the member itself where none is declared."""
    return i18n.label(TITLES[key]) if key in TITLES else key


def rows(asked: Asked, listed: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the page of records needs: each row, with the ids in it as (text, address or nothing)."""
    return {"heading": heading, "rows": [_row(asked, row) for row in listed]}


def _row(asked: Asked, row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _Id(v, _address(asked, k, row)) if k in IDS and isinstance(v, int) else v for k, v in row.items() if k != "geometry"}


class _Id:
    """A number that is a name."""

    def __init__(self, number: int, href: str) -> None:
        self.number, self.href = str(number), href


def _address(asked: Asked, key: str, row: Mapping[str, Any]) -> str:
    path = OF_ID.get(asked.operation.id, "") if key == "id" else IDS[key]
    if not path or ("{class}" in path and not row.get("class")):
        return ""
    return asked.url(path.format(**row))
