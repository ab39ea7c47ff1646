"""Coverage for auditors: two days beside each other, and the whole as a zip that recomputes itself."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from flask import Blueprint, Response, g

from api import i18n
from api.answers import Answer
from api.coverage import CHOICES, RULE, chosen, demand_shapes
from api.errors import VARY
from api.figures import BY, WHEN, absolute, partial
from api.filters import AS_OF_PARAM
from api.formats import HTML, JSON, ZIP
from api.operations import Asked, Operation, operation
from api.params import Param, Wrong
from api.slots import slot
from registry import coverage
from registry.errors import Forbidden, NotSignedIn
from registry.scope import Right

coverage_audits = Blueprint("coverage_audits", __name__)


def _day(raw: str) -> dt.date:
    try:
        return dt.date.fromisoformat(raw if len(raw) == 10 else "")
    except ValueError:
        raise Wrong("应为日期，例如 2024-01-01", "a date is needed, for example 2024-01-01") from None


_DATE = {"type": "string", "format": "date"}
FROM = Param("from", "前一日：这一天在用的设施|The earlier day: facilities in service on it", _DATE, _day, required=True, example="2020-01-01")
TO = Param("to", "后一日|The later day", _DATE, _day, required=True, example="2024-01-01")


@operation(coverage_audits, Operation(
    "coverage-compare", "/coverage/<rule>/compare", "两日对比|Two days compared", "figures", (JSON, HTML), "Comparison",
    (FROM, TO, *CHOICES, BY, AS_OF_PARAM), path=RULE, scratch=True,
    description="各区之差，以及新增、减少、变化的设施|The difference of each district, and which facilities came, went and changed"))
def _compare(asked: Asked, rule: str) -> Answer:
    demand_shapes(asked, rule)
    found = coverage.compare(asked.conn, rule, asked.city, asked.values["from"], asked.values["to"], sight=asked.figure_sight,
                             shown=asked.sight, **chosen(asked, rule))
    data = absolute(asked, partial(asked, found)) | {"links": asked.self_links()}
    title = i18n.say(f"{found['title']['zh']}：两日对比", f"{found['title']['en']}: two days compared")
    return Answer(data, title=title)


@operation(coverage_audits, Operation(
    "coverage-audit", "/coverage/<rule>/audit", "审计包|Audit bundle", "figures", (ZIP,), "Download", (*CHOICES, BY, *WHEN), path=RULE,
    scratch=True, right=Right.FIGURES, statuses=(401, 403, 409, 422), description="冻结的图层、规则、数字、逐块用地、哈希和一段只用 geopandas 的重算脚本；只给看得到全部的人|Frozen layers, "
    "rule, figure, parcels, hashes and a script that recomputes the percentage by geopandas alone; for those who see the whole"))
def _audit(asked: Asked, rule: str) -> Response:
    _demand_whole(asked, rule)
    with slot(), tempfile.TemporaryDirectory(prefix="registry-audit-") as folder:
        file = Path(folder) / "audit.zip"
        coverage.freeze(asked.conn, rule, asked.city, file, sight=asked.figure_sight, **chosen(asked, rule))
        body = file.read_bytes()
    made = Response(body, content_type=ZIP.content_type)
    made.headers["Content-Disposition"] = f'attachment; filename="{asked.city.key}-{coverage.find(rule).code}-audit.zip"'
    made.headers["Content-Language"], made.headers["Vary"] = g.lang, VARY
    return made


def _demand_whole(asked: Asked, rule: str) -> None:
    """The frozen layers are facilities and land as they are: for those who may see all of both."""
    asked.demand(Right.FIGURES)
    principal, kinds = asked.principal, coverage.kinds(coverage.find(rule))
    if principal.scope.unlimited and all(principal.mask(k).open for k in kinds):
        return
    if principal.token is None:
        raise NotSignedIn(why_zh="其中有不公开的内容", why_en="it holds what is not public")
    raise Forbidden(who=principal.name, what_zh="取整份图层（权限只到一部分）", what_en="take whole layers (their scope is a part)")
