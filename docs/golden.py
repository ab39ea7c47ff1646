"""The golden values of the standards and plans, each with the function of ours that has to give it: a page and a test read them here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from registry import plans
from registry.plans.contradictions import computed
from registry.standards import bridge, damage, drain, road, water_loss
from registry.standards.damage import Damage
from registry.standards.drain import Defect
from registry.standards.water_loss import Volumes

DECK = ("pavement", "approach", "joint", "drainage", "sidewalk", "railing")
EPS = 1e-6  # how far below an edge the other side of it is tried


@dataclass(frozen=True)
class Golden:
    """What is asked, of which standard and by which words; expected: a number, a grade, or both of them."""

    standard: str
    what: str
    expected: Any
    compute: Callable[[], Any]

    @property
    def value(self) -> Any:
        return self.compute()

    @property
    def holds(self) -> bool:
        """Whether ours is the expected one; numbers to nine digits."""
        return _same(self.value, self.expected)


def every() -> Iterator[Golden]:
    """All of them, standard by standard."""
    yield from (*_roads(), *_bridges(), *_drains(), *_water(), *_plans())


# -- inside --------------------------------------------------------------------------------------
def _roads() -> Iterator[Golden]:
    s = "CJJ 36-2016"
    yield Golden(s, "RQI = 4.98 − 0.34 × IRI，IRI 3.0", 3.96, lambda: road.rqi(3.0))
    yield Golden(s, "IRI = σ / 0.6，σ 1.8 mm", 3.0, lambda: road.iri_of_sigma(1.8))
    yield Golden(s, "PQI，主干路，RQI 3.8、PCI 82", (78.4, "B"), lambda: _graded("arterial"))
    yield Golden(s, "PQI，支路，RQI 3.8、PCI 82", (79.6, "B"), lambda: _graded("branch"))
    yield Golden(s, "ω(1) = 1：一种破损扣 20，PCI", 80.0, lambda: road.aggregate([20.0]))
    yield Golden(s, "ω(0.5) = 0.75：两种各扣 20，PCI", 70.0, lambda: road.aggregate([20.0, 20.0]))
    yield Golden(s, "完好率（面积损坏法），F 1000，Fᵢ 10，Kᵢ 2", 98.0,
                 lambda: damage.intact_percent("carriageway", 1000, [Damage("坑槽", 10, 2)]))
    for index, cls, edges in (("pqi", "expressway", (90, 75, 65)), ("pqi", "arterial", (85, 70, 60)), ("pqi", "secondary", (85, 70, 60)),
                              ("pqi", "branch", (80, 65, 60)), ("pci", "expressway", (90, 75, 65)), ("pci", "arterial", (85, 70, 60)),
                              ("pci", "branch", (80, 65, 60)), ("rqi", "expressway", (4.10, 3.60, 2.50)),
                              ("rqi", "arterial", (3.60, 3.00, 2.40)), ("rqi", "branch", (3.40, 2.80, 2.20))):
        yield _edges(s, f"{index.upper()} {cls}", edges, "ABCD", lambda x, i=index, c=cls: road.grade(i, x, c))
    for measure, cls, edges in (("bpn", "expressway", (42, 37, 34)), ("bpn", "arterial", (40, 35, 32)), ("sfc", "expressway", (.42, .37, .34)),
                                ("sfc", "arterial", (.40, .35, .32))):
        yield _edges(s, f"{measure.upper()} {cls}", edges, "ABCD", lambda x, m=measure, c=cls: road.skid_grade(c, **{m: x}))
    yield _edges(s, "FCI", (80, 65, 50), "ABCD", road.sidewalk_grade)


def _bridges() -> Iterator[Golden]:
    s = "CJJ 99-2017"
    for kind, said in (("girder", 82.90), ("arch", 82.55), ("footbridge", 83.25)):
        yield Golden(s, f"BCI，{kind}，BCI_m 92、BCI_s 85、BCI_x 78", (said, "B"), lambda k=kind: _with(bridge.bci(92, 85, 78, k), bridge.grade))
    yield Golden(s, "BCI_m，扣分 25/0/40/0/15/25", 78.5,
                 lambda: bridge.element_score("deck", "girder", dict(zip(DECK, (25, 0, 40, 0, 15, 25), strict=True))))
    yield Golden(s, "BSI，构件最大扣分 45", 55.0, lambda: bridge.worst_element([{"beam": 10, "lateral": 5}, {"beam": 45, "lateral": 0}]))
    yield _edges(s, "BCI、BSI", (90, 80, 66, 50), "ABCDE", bridge.grade)


def _drains() -> Iterator[Golden]:
    s = "CJJ 181-2012"
    for code, points in (("PL", (.5, 2, 5, 10)), ("BX", (1, 2, 5, 10)), ("FS", (.5, 2, 5)), ("CK", (.5, 2, 5, 10)), ("QF", (.5, 2, 5, 10)),
                         ("TJ", (1, 3, 5, 10)), ("TL", (1, 3)), ("AJ", (.5, 2, 5)), ("CR", (.5, 2, 5)), ("SL", (.5, 2, 5, 10)),
                         ("CJ", (.5, 2, 5, 10)), ("JG", (.5, 2, 5, 10)), ("ZW", (.1, 2, 5, 10)), ("CQ", (1, 3, 5, 10)), ("SG", (.5, 2, 5, 10))):
        yield Golden(s, f"{code} 各级分值 P", points, lambda c=code, n=len(points): tuple(drain.score(Defect(c, level, 0)) for level in range(1, n + 1)))
    yield Golden(s, "RI，F 5、K 6、E 3、T 0", (4.25, "III"), lambda: _with(drain.repair_index(5, 6, 3, 0), drain.repair_level))
    yield Golden(s, "MI，G 5、K 6、E 3", (5.05, "III"), lambda: _with(drain.maintenance_index(5, 6, 3), drain.repair_level))
    yield Golden(s, "RI，F 10、K 10、E 6、T 8", (9.50, "IV"), lambda: _with(drain.repair_index(10, 10, 6, 8), drain.repair_level))
    yield Golden(s, "F 以 10 为限：1 m 以内 8 处 PL 4 级", 10.0, lambda: drain.assess([Defect("PL", 4, 5 + n / 2) for n in range(8)], 30).value)
    yield Golden(s, "F 的分级：1、3、6 属于较轻的一级，其上属于较重的一级", ("I", "II", "II", "III", "III", "IV"),
                 lambda: tuple(drain.level_of_value(x) for x in (1, 1 + EPS, 3, 3 + EPS, 6, 6 + EPS)))
    yield Golden(s, "RI、MI 的分级：1、4、7 属于较轻的一级，其上属于较重的一级", ("I", "II", "II", "III", "III", "IV"),
                 lambda: tuple(drain.repair_level(x) for x in (1, 1 + EPS, 4, 4 + EPS, 7, 7 + EPS)))
    yield Golden(s, "E：D 599、600、1000、1001、1500、1501", (0, 3, 3, 6, 6, 10),
                 lambda: tuple(drain.size_points(mm) for mm in (599, 600, 1000, 1001, 1500, 1501)))


def _water() -> Iterator[Golden]:
    s = "CJJ 92-2016（2018）"
    yield Golden(s, "R_WL，供水 12 000、用户 10 620 万 m³", 11.5, lambda: water_loss.overall_percent(Volumes(12_000, 10_620)))
    yield Golden(s, "R_BL 的分级：10、12 在其级内，其上不在", ("一级", "二级", "二级", None),
                 lambda: tuple(water_loss.grade(x) for x in (10, 10 + EPS, 12, 12 + EPS)))


def _plans() -> Iterator[Golden]:
    shaoxing = {c.id: c for c in plans.find("shaoxing_14").contradictions}
    for id_, name, said in (("old_pipes_share", "percent", 100 * 17.5 / 26), ("projects_sum", "sum", 60), ("flood_points_left", "left", 13),
                            ("bike_renewal", "years", 6)):
        yield Golden("绍兴规划", shaoxing[id_].label.zh, said, lambda i=id_, n=name: computed(shaoxing[i])[n])
    yield Golden("绍兴规划", "管廊 11 段之和 km", 17.7,
                 lambda: sum(p["value"] for t in plans.find("shaoxing_14").targets if t.id == "utility_tunnels" for p in t.parts))


def _graded(cls: str) -> tuple[float | None, str | None]:
    return _with(road.pqi(3.8, 82, cls), lambda x: road.grade("pqi", x, cls))


def _with(score: float | None, grade: Callable[[float | None], str | None]) -> tuple[float | None, str | None]:
    return score, grade(score)


def _edges(standard: str, what: str, edges: tuple[float, ...], grades: str, grade: Callable[[float], str | None]) -> Golden:
    """Each edge lies in the better grade, and what is just below it in the next."""
    expected = tuple(pair for better, worse in zip(grades, grades[1:], strict=False) for pair in (better, worse))
    return Golden(standard, f"{what} 的界限 {' / '.join(f'{e:g}' for e in edges)}：在界上、在界下", expected,
                  lambda: tuple(grade(x) for e in edges for x in (e, e - EPS)))


def _same(value: Any, expected: Any) -> bool:
    if isinstance(expected, tuple):
        return isinstance(value, tuple) and len(value) == len(expected) and all(map(_same, value, expected))
    if isinstance(expected, int | float) and isinstance(value, int | float):
        return abs(value - expected) <= 1e-9 * max(1.0, abs(expected))
    return bool(value == expected)
