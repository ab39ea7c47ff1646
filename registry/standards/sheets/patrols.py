"""Patrols of lamps, covers, toilets and utility tunnels: what the inspector saw, in the words of the class."""

from __future__ import annotations

from registry.kinds import Field
from registry.standards.sheets.sheet import Sheet

# The state is the inspection's own field; what stands here is what is noted besides.
LAMP_PATROL = Sheet("lamp_patrol", "路灯巡检表|Patrol of lamps", "patrol", ("streetlight",), borrows=("lit",), names=("路灯巡检", "路灯巡查"))
COVER_PATROL = Sheet("cover_patrol", "井盖巡查表|Patrol of manhole covers", "patrol", ("manhole",), borrows=("defect", "has_net"),
                     names=("井盖巡查", "窨井巡查"))
TOILET_PATROL = Sheet("toilet_patrol", "公厕巡查表|Patrol of toilets", "patrol", ("toilet",), names=("公厕巡查",))
# No public grading of utility tunnels is known (GB 51354): the bureau names its own with each grade.
UTILITY_TUNNEL = Sheet("utility_tunnel_check", "综合管廊检查表|Check of utility tunnels", "regular", ("utility_tunnel",), (
    Field("grade_scheme", "分级办法|Grading scheme", required=True, max_length=200, aliases=("评级办法", "分级标准")),), names=("管廊检查", "综合管廊检查"))
