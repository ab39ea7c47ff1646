"""Bridge reports by CJJ 99: deductions of elements, or the scores of parts, into BCI, BSI and a grade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.errors import BadValue
from registry.kinds import Code, CodeList, Field
from registry.standards import bridge
from registry.standards.sheets.sheet import Findings, Said, Sheet

GRADES = CodeList("bridge_grade", "桥梁等级评定|Grade of a bridge", (
    Code("A", "A|A", "#2e9e5b", ("A级", "完好")), Code("B", "B|B", "#8bc34a", ("B级", "良好")), Code("C", "C|C", "#e0a100", ("C级",)),
    Code("D", "D|D", "#e2541b", ("D级",)), Code("E", "E|E", "#b3001b", ("E级", "危险")),
    Code("qualified", "合格级|Qualified", "#2e9e5b", ("合格",)), Code("unqualified", "不合格级|Unqualified", "#b3001b", ("不合格",))),
    source="CJJ 99-2017：Ⅱ～Ⅴ类 A～E，Ⅰ类合格、不合格")
PART = CodeList("bridge_part", "部位|Part", (
    Code("deck", "桥面系|Deck", aliases=("桥面",)), Code("span", "上部结构|Span", aliases=("跨", "桥跨", "上部")),
    Code("pier", "桥墩|Pier", aliases=("墩",)), Code("abutment", "桥台|Abutment", aliases=("台",))))
ELEMENT = CodeList("bridge_element", "构件|Element", (
    Code("pavement", "桥面铺装|Pavement", aliases=("铺装",)), Code("approach", "桥头平顺|Approach", aliases=("桥头",)),
    Code("joint", "伸缩装置|Joint", aliases=("伸缩缝",)), Code("drainage", "排水系统|Drainage", aliases=("排水",)),
    Code("sidewalk", "人行道|Sidewalk"), Code("railing", "栏杆或护栏|Railing", aliases=("栏杆", "护栏", "栏杆（护栏）")),
    Code("beam", "主梁|Beam", aliases=("主要承重构件", "主拱圈")), Code("lateral", "横向联系|Lateral connection"),
    Code("cap", "盖梁或台帽|Cap", aliases=("盖梁", "台帽")), Code("body", "墩身或台身|Body", aliases=("墩身", "台身")),
    Code("foundation", "基础|Foundation"), Code("bearing", "支座|Bearing")))
KIND = CodeList("bridge_weights", "评定桥型|Kind by which it is weighed", (
    Code("girder", "梁桥等|Girder and others", aliases=("梁桥", "梁式桥", "其他")), Code("arch", "拱桥|Arch"),
    Code("footbridge", "人行天桥|Footbridge", aliases=("天桥",))))
SCORES = ("bci_m", "bci_s", "bci_x")
# Reports write the word of a state for its letter: 合格 is C of a bridge of class Ⅱ to Ⅴ, and a grade of its own of class Ⅰ only.
_CLASS_ONE = {grade: grade for grade in (bridge.QUALIFIED, bridge.UNQUALIFIED)}
_OTHERS = {**{grade: grade for grade in bridge.GRADES}, bridge.QUALIFIED: "C", bridge.UNQUALIFIED: "D"}
FIELDS = (
    Field("kind", "评定桥型|Kind", "code", codes=KIND, aliases=("桥型",)),
    *(Field(key, label, "number", minimum=0, maximum=100, aliases=names) for key, label, names in (
        ("bci_m", "桥面系评分|BCI_m", ("BCIm", "桥面系BCI")), ("bci_s", "上部结构评分|BCI_s", ("BCIs", "上部结构BCI")),
        ("bci_x", "下部结构评分|BCI_x", ("BCIx", "下部结构BCI")), ("bci", "全桥评分|BCI", ("BCI值",)),
        ("bsi", "结构状况指数|BSI", ("BSI值",)))))
ROWS = (
    Field("part", "部位|Part", "code", codes=PART, aliases=("结构部位",)),
    Field("number", "部位编号|Number", "integer", minimum=1, maximum=2000, aliases=("跨号", "墩台号", "序号")),
    Field("element", "构件|Element", "code", codes=ELEMENT, aliases=("构件名称", "构件类型")),
    Field("mdp", "扣分（MDP）|Deduction", "number", minimum=0, maximum=100, aliases=("扣分", "MDP", "扣分值", "构件扣分")),
    Field("absent", "无此构件|Has none", "boolean", aliases=("没有此构件",)))


def judge(said: Said, asset: Said, edition: str | None) -> Findings:
    """BCI of the three parts by the weights of the kind of bridge, BSI the worst element; grade by the BCI.

    Ⅰ类养护 has no grade by score: the report says 合格 or 不合格. Parts without elements take the score that the report
    states; an element that the report passes over leaves its part unknown.
    """
    found = Findings("BCI = ω_m·BCI_m + ω_s·BCI_s + ω_x·BCI_x", tables=[bridge.table(edition)])
    kind = _kind(said, asset, found)
    parts = _parts(said)
    deck = _score("deck", kind, parts, said.get("bci_m"), found, edition)
    spans = _score("span", kind, parts, said.get("bci_s"), found, edition, asset.get("span_count"))
    sub = _substructure(kind, parts, said.get("bci_x"), found, edition)
    for key, score in zip(SCORES, (deck, spans, sub), strict=True):
        found.put(key, score)
    whole = bridge.bci(deck, spans, sub, kind, edition) if kind else None
    found.put("bci", whole := whole if whole is not None else said.get("bci"))
    worst = [bridge.worst_element(parts[p].values()) for p in parts]
    found.put("bsi", _bsi(worst, {deck, spans, sub}, said.get("bsi"), parts))
    found.put("bsi_grade", bridge.grade(found.scores.get("bsi"), edition))  # type: ignore[arg-type]
    if whole is None:
        found.doubt("桥面系、上部、下部三项不全，BCI 未知", "BCI is unknown: deck, superstructure and substructure are not all known")
    care = asset.get("maintenance_class")
    found.scale = None if care is None else _CLASS_ONE if care == "I" else _OTHERS
    if care == "I":
        found.clause = "Ⅰ类养护的城市桥梁：合格、不合格"
        found.doubt("Ⅰ类养护的桥梁由检测报告给出合格或不合格", "a bridge of maintenance class I is told qualified or not by the report")
    elif care is None:
        found.doubt("台账没有养护类别，不知能否按 BCI 评级", "the registry has no maintenance class, so nobody can say whether BCI grades it")
    else:
        found.put("bci_grade", bridge.grade(whole, edition))
        found.grade = bridge.grade(whole, edition)
    return found


def settle(row: dict[str, Any]) -> dict[str, Any]:
    """An element of a part that has it; which one of the deck need not be numbered."""
    part, element = row.get("part"), row.get("element")
    if part is None or element is None:
        raise BadValue(name="part", value=f"{part}/{element}", why_zh="应有部位和构件", why_en="part and element are needed")
    known = {e for weights in bridge.table().data[part].values() if isinstance(weights, Mapping) for e in weights}
    if element not in known:
        raise BadValue(name="element", value=element, why_zh=f"{PART.title_of(part).zh}没有这种构件",
                       why_en=f"no such element of a {part}")
    return {k: v for k, v in row.items() if not (k == "absent" and v is False)} | ({"number": 1} if row.get("number") is None else {})


# -- inside --------------------------------------------------------------------------------------
def _kind(said: Said, asset: Said, found: Findings) -> str | None:
    if said.get("kind"):
        return str(said["kind"])
    if asset.get("bridge_type") == "footbridge":
        return "footbridge"
    if asset.get("structure") is None:
        found.doubt("不知是梁桥、拱桥还是人行天桥，无法加权", "girder, arch or footbridge is not known, so nothing can be weighed")
        return None
    return "arch" if asset["structure"] == "arch" else "girder"


def _parts(said: Said) -> dict[str, dict[int, dict[str, float | None]]]:
    """part → number → element → deduction. What has neither deduction nor the word that there is none was not inspected."""
    made: dict[str, dict[int, dict[str, float | None]]] = {}
    for row in said.get("elements") or ():
        members = made.setdefault(row["part"], {}).setdefault(row["number"], {})
        if row.get("absent"):
            members[row["element"]] = None
        elif row.get("mdp") is not None:
            before = members.get(row["element"])
            members[row["element"]] = max(row["mdp"], before if before is not None else 0.0)
    return made


def _score(part: str, kind: str | None, parts: dict[str, dict[int, dict[str, float | None]]], stated: float | None, found: Findings,
           edition: str | None, count: int | None = None) -> float | None:
    members = list(parts.get(part, {}).values())
    if not members or kind is None:
        return stated if not members else None
    if count is not None and len(members) < count:
        found.doubt(f"台账有 {count} 跨，报告只有 {len(members)} 跨", f"the registry has {count} spans, the report {len(members)}")
        return None
    try:
        return bridge.part_score(part, kind, members, edition)
    except BadValue as error:  # an element that this kind of bridge is not weighed by, or no weights at all
        found.doubt(error.message("zh"), error.message("en"))
        return None


def _substructure(kind: str | None, parts: dict[str, dict[int, dict[str, float | None]]], stated: float | None, found: Findings,
                  edition: str | None) -> float | None:
    """The mean over all piers and abutments."""
    both = [p for p in ("pier", "abutment") if p in parts]
    if not both or kind is None:
        return stated if not both else None
    scores = []
    for part in both:
        for member in parts[part].values():
            scores.append(_score(part, kind, {part: {1: member}}, None, found, edition))
    return bridge.mean(scores)


def _bsi(worst: list[float | None], scores: set[float | None], stated: float | None, parts: Any) -> float | None:
    """The worst element of all three parts; without the elements of one, what the report states."""
    whole = "deck" in parts and "span" in parts and ("pier" in parts or "abutment" in parts)
    return bridge.bsi(worst) if whole and None not in scores else stated


BRIDGE_REPORT = Sheet("bridge_report", "桥梁检测报告|Bridge report", "regular", ("bridge",), FIELDS, ROWS, "elements",
                      ("part", "element", "mdp", "absent"), facts=("structure", "bridge_type", "maintenance_class", "span_count"),
                      grades=GRADES, family=bridge.FAMILY, judge=judge, settle=settle, names=("桥梁定期检测", "桥梁定检", "桥梁检测"))
