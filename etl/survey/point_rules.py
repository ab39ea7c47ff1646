"""Rules about points: numbers, kinds, places, and whether the lines there fit the point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from etl.survey.findings import Finding, Rule, found
from etl.survey.network import MISSING, Network
from etl.survey.reading import NONE
from registry.catalogue.pipe_codes import FEATURE
from registry.standards import pipe_survey


def bad(network: Network) -> np.ndarray:
    """Points that will not be loaded, as far as the survey itself tells: lines cannot end there."""
    p = network.points
    refused = ~np.isfinite(p.x) | ~np.isfinite(p.y) | np.fromiter((n is None for n in p.number), bool, len(p))
    refused |= (p.feature < NONE) | (p.attachment < NONE)
    for rule in (two_kinds, no_kind):
        for finding in rule(network):
            refused[finding.at] = True
    return refused


def number_twice(network: Network) -> Iterator[Finding]:
    """A number means one point; the first row keeps it."""
    p = network.points
    hit = p.first != np.arange(len(p))
    yield from found("survey_number_twice", hit, "number", p.number, other=lambda i: network.where(True, p.first[i]))


def two_kinds(network: Network) -> Iterator[Finding]:
    """特征 and 附属物 exclude one another (3.0.2, point table)."""
    p = network.points
    yield from found("survey_two_kinds", (p.feature != NONE) & (p.attachment != NONE), "feature")


def no_kind(network: Network) -> Iterator[Finding]:
    """One of them is filled, where the table has both."""
    p = network.points
    both = np.array([t.of_points and {"feature", "attachment"} <= t.columns.keys() for t in network.tables])
    hit = (p.feature == NONE) & (p.attachment == NONE) & (both[p.table] if len(p) else np.zeros(0, bool))
    yield from found("survey_no_kind", hit, "feature")


def same_place(network: Network) -> Iterator[Finding]:
    """Two numbers at one place and height."""
    p = network.points
    sound = np.isfinite(p.metres).all(axis=1) & np.isfinite(p.ground) & (p.first == np.arange(len(p)))
    index = np.flatnonzero(sound)
    step = pipe_survey.table().limit("same_place_m")
    place = np.round(np.column_stack([p.metres[index], p.ground[index]]) / step)
    _, first, group = np.unique(place, axis=0, return_index=True, return_inverse=True)
    other = np.arange(len(p))
    other[index] = index[first][group.ravel()]
    yield from found("survey_same_place", other != np.arange(len(p)), "number", p.number, other=lambda i: p.number[other[i]])


def moved(network: Network, off: np.ndarray) -> Iterator[Finding]:
    """A number that the registry has far away: another point, or the survey of another area. off: metres."""
    p = network.points
    yield from found("survey_moved", off > pipe_survey.table().limit("moved_m"), "number", p.number, off=off)


def isolated(network: Network) -> Iterator[Finding]:
    """A point that no line names."""
    p = network.points
    if network.has_lines:
        yield from found("survey_isolated", (p.lines == 0) & (p.first == np.arange(len(p))), "number", p.number)


def wrong_degree(network: Network) -> Iterator[Finding]:
    """三通 joins three lines, 四通 four, and so on by the table."""
    p = network.points
    for n, feature in enumerate(pipe_survey.table().features.values()):
        if feature.lines and network.has_lines:
            hit = (p.feature == n) & ~np.isin(p.lines, (0, *feature.lines))
            yield from found("survey_wrong_degree", hit, "feature", feature.label.zh, feature=feature.label,
                             expected="/".join(map(str, feature.lines)), found=p.lines)


def differing(network: Network) -> Iterator[Finding]:
    """At a point of one pipe its lines have one size and one material; at any but a manhole they meet at one height."""
    p, q = network.points, network.lines
    uniform = np.array([f.uniform for f in pipe_survey.table().features.values()] + [False, False])[p.feature]
    height = q.elevation
    for code, values, where in (("survey_size_differs", q.size, uniform),
                                ("survey_material_differs", np.where(q.material < 0, np.nan, q.material.astype(float)), uniform)):
        low, high = _spread(network, np.column_stack([values, values]))
        hit = where & (high - low > 1e-6)
        more = {"sizes": lambda i, low=low, high=high: f"{low[i]:g}/{high[i]:g}"} if code == "survey_size_differs" else {}
        yield from found(code, hit, "feature", feature=lambda i: FEATURE.codes[p.feature[i]].title, **more)
    low, high = _spread(network, height)
    hit = ~p.manhole & (p.attachment == NONE) & (high - low > pipe_survey.table().limit("node_height_m") + 1e-9)
    yield from found("survey_height_differs", hit, "number", p.number, off=high - low)


def _spread(network: Network, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of what the lines of each point say of their ends; NaN where none says anything."""
    low, high = np.full(len(network.points), np.inf), np.full(len(network.points), -np.inf)
    for side, ends in enumerate((network.lines.a, network.lines.b)):
        sound = (ends != MISSING) & (ends < len(network.points)) & np.isfinite(values[:, side])
        np.minimum.at(low, ends[sound], values[sound, side])
        np.maximum.at(high, ends[sound], values[sound, side])
    silent = ~np.isfinite(low)
    low[silent] = high[silent] = np.nan
    return low, high


RULES: tuple[Rule, ...] = (number_twice, two_kinds, no_kind, same_place, isolated, wrong_degree, differing)
