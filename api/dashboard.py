"""The dashboard on the web: every indicator that can be told of the city, beside the targets of a plan."""

from __future__ import annotations

from flask import Blueprint

from api import i18n
from api.answers import Answer
from api.figures import WHEN, absolute
from api.formats import HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import Param, choice, text
from registry import plans
from registry.plans.dashboard import BY
from registry.plans.dashboard import dashboard as look
from registry.scope import Sight

dashboards = Blueprint("dashboards", __name__)
PLAN = Param("plan", "也列出这份规划的目标，例如 shaoxing_14|With the targets of this plan, for example shaoxing_14",
             {"type": "string", "maxLength": 64}, text(64), example="shaoxing_14")


@operation(dashboards, Operation("dashboard", "/dashboard", "一览|Dashboard", "figures", (JSON, HTML), "Dashboard",
                                 (choice("by", "按区|By district", BY), PLAN, *WHEN), scratch=True,
                                 description="各值与 /indicators 相同；不能说明的列在 untold，带原因|Values are those of /indicators; what cannot be "
                                             "told stands in untold, with the reason"))
def _dashboard(asked: Asked) -> Answer:
    plan = plans.find(asked.values["plan"]) if asked.values["plan"] else None
    # It sees to it itself with whose eyes each figure is computed.
    sight = Sight(asked.principal, asked.values["as_of"], asked.values["datetime"])
    data = absolute(asked, look(asked.conn, asked.city, by=asked.values["by"], plan=plan, sight=sight)) | {"links": asked.self_links()}
    return Answer(data, "dashboard.html", i18n.say("一览", "Dashboard"), more={"plans": [p.as_dict() for p in plans.every()]})
