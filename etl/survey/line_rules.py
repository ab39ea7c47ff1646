"""Rules about lines: their ends, heights, slope, length, and what a line of its medium has to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from etl.survey.findings import Finding, Rule, found
from etl.survey.network import MISSING, Network
from etl.survey.reading import NEEDED
from registry.catalogue.pipe_codes import MEDIUM
from registry.catalogue.pipes import PIPE
from registry.kinds import Label
from registry.standards import pipe_survey

_ENDS = ("start", "end")
_FAMILIES = pipe_survey.table().families


def loop(network: Network) -> Iterator[Finding]:
    """A line joins two points."""
    q = network.lines
    hit = (q.a == q.b) & (q.a != MISSING)
    for i, (start, end) in q.ends.items():
        hit[i] |= start is not None and start == end
    yield from found("survey_loop", hit, "end_node", _number(network, 1))


def ends(network: Network) -> Iterator[Finding]:
    """Both ends are points of the survey, or of the registry from one before; and points that were loaded."""
    for side, name in enumerate(_ENDS):
        index = (network.lines.a, network.lines.b)[side]
        number = _number(network, side)
        blank = np.zeros(len(index), bool)
        for i, told in network.lines.ends.items():
            blank[i] = told[side] is None and index[i] == MISSING
        yield from found("required", blank, f"{name}_node")
        yield from found("survey_end_missing", (index == MISSING) & ~blank, f"{name}_node", number, end=number)
        refused = np.append(network.refused, False)[index]  # MISSING is the last
        yield from found("survey_end_refused", refused, f"{name}_node", number, end=number)


def twice(network: Network) -> Iterator[Finding]:
    """Between two points runs one line of a medium, in whichever direction it is told; the first row stands."""
    q = network.lines
    other = network.first_lines()
    again = other != np.arange(len(q))
    turned = again & (q.a != q.a[other])
    for code, hit in (("survey_line_twice", again & ~turned), ("survey_line_reversed", turned)):
        yield from found(code, hit, "end_node", _number(network, 1), other=lambda i: network.where(False, other[i]))


def height(network: Network) -> Iterator[Finding]:
    """地面高程 = 埋深 + 管线高程 at each end."""
    q, survey = network.lines, pipe_survey.table()
    for side, name in enumerate(_ENDS):
        ground = network.at_ends(network.ground, side)
        off = ground - q.depth[:, side] - q.elevation[:, side]
        yield from found("survey_height", np.abs(off) > survey.limit("height_m") + 1e-9, f"{name}_elevation_m",
                         q.elevation[:, side], ground=ground, depth=q.depth[:, side], elevation=q.elevation[:, side], off=off)


def against_flow(network: Network) -> Iterator[Finding]:
    """What runs by gravity does not rise along its flow."""
    q = network.lines
    z = network.heights
    rise = (z[:, 1] - z[:, 0]) * q.flow
    hit = gravity(network) & (q.flow != 0) & (rise > pipe_survey.table().limit("against_flow_m") + 1e-9)
    yield from found("survey_against_flow", hit, "flow_direction", rise=rise)


def narrows(network: Network) -> Iterator[Finding]:
    """Along the flow of a gravity line the section does not become smaller."""
    q, size = network.lines, len(network.xy)
    runs = gravity(network) & (q.flow != 0) & np.isfinite(q.size) & (q.a != MISSING) & (q.b != MISSING)
    above, below = np.where(q.flow > 0, q.a, q.b), np.where(q.flow > 0, q.b, q.a)
    largest = np.full(size, -np.inf)
    np.maximum.at(largest, below[runs], q.size[runs])
    feeding = np.where(runs, largest[above], np.nan) if size else np.full(len(q), np.nan)
    # Of several ways on only the widest has to take what comes.
    widest = np.full(size, -np.inf)
    np.maximum.at(widest, above[runs], q.size[runs])
    hit = runs & (feeding > q.size + 1e-6) & ((q.size >= widest[above]) if size else False)
    yield from found("survey_narrows", hit, "diameter_mm", q.size, above=lambda i: f"{feeding[i]:g}", here=lambda i: f"{q.size[i]:g}")


def lengths(network: Network) -> Iterator[Finding]:
    """Length in space and slope, within what is usual."""
    survey = pipe_survey.table()
    z = network.heights
    flat = np.hypot(*(network.at_ends(network.metres, 1) - network.at_ends(network.metres, 0)).T)
    fall = np.abs(np.where(np.isfinite(z).all(axis=1), z[:, 1] - z[:, 0], 0))
    length = np.hypot(flat, fall)
    loops = network.lines.a == network.lines.b
    for code, limit, hit in (("survey_long", "longest_m", length > survey.limit("longest_m")),
                             ("survey_short", "shortest_m", (length < survey.limit("shortest_m")) & ~loops)):
        yield from found(code, hit, None, length=length, limit=f"{survey.limit(limit):g}")
    slope = np.degrees(np.arctan2(fall, flat))
    hit = (slope > survey.limit("steepest_deg")) & ~loops
    yield from found("survey_steep", hit, None, slope=lambda i: f"{slope[i]:.1f}", limit=f"{survey.limit('steepest_deg'):g}")


def depth(network: Network) -> Iterator[Finding]:
    """Depths between the surface and the deepest that is believed."""
    limit = pipe_survey.table().limit("deepest_m")
    for side, name in enumerate(_ENDS):
        said = network.lines.depth[:, side]
        yield from found("survey_depth", (said < 0) | (said > limit), f"{name}_depth_m", said, limit=f"{limit:g}")


def other_family(network: Network) -> Iterator[Finding]:
    """A line ends at points of its own kind of pipe."""
    family = np.array([next((n for n, f in enumerate(_FAMILIES) if m in f.media), -1) for m in MEDIUM.values] + [-1, -1])
    of_line, of_point = family[network.lines.medium], family[network.medium]
    for side, name in enumerate(_ENDS):
        point = network.at_ends(of_point, side, absent=-1)
        hit = (point >= 0) & (of_line >= 0) & (point != of_line)
        at = (network.lines.a, network.lines.b)[side]
        yield from found("survey_other_family", hit, f"{name}_node", _number(network, side), end=_number(network, side),
                         line=lambda i: _medium(network.lines.medium[i]), point=lambda i, at=at: _medium(network.medium[at[i]]))


def needs(network: Network) -> Iterator[Finding]:
    """What 3.0.2 wants to be surveyed of a kind of pipe, for tables that have a column for it."""
    q = network.lines
    for n, key in enumerate(NEEDED):
        families = [f for f in _FAMILIES if key in f.needs]
        wanted = np.isin(q.medium, [MEDIUM.values.index(m) for f in families for m in f.media])
        columned = np.array([key in t.columns for t in network.tables])
        hit = wanted & ~q.says[:, n] & (columned[q.table] if len(q) else np.zeros(0, bool))
        yield from found("survey_needs", hit, PIPE.by_key[key].key, medium=lambda i: _medium(q.medium[i]))


def off_point(network: Network) -> Iterator[Finding]:
    """What is drawn ends at its points."""
    limit = pipe_survey.table().limit("off_point_m")
    drawn = network.lines.drawn
    for side, name in enumerate(_ENDS):
        there = network.at_ends(network.xy, side)
        off = np.hypot(*(network.scale * (drawn[:, 2 * side:2 * side + 2] - there)).T)
        number = _number(network, side)
        yield from found("survey_off_point", off > limit, f"{name}_node", number, end=number, off=off)


def gravity(network: Network) -> np.ndarray:
    """Which lines run by gravity."""
    media = [MEDIUM.values.index(m) for f in _FAMILIES if f.gravity for m in f.media]
    return np.isin(network.lines.medium, media)


def _number(network: Network, side: int) -> Callable[[int], Any]:
    return lambda i: network.ends_of(i)[side]


def _medium(index: Any) -> Label:
    return MEDIUM.codes[index].title


RULES: tuple[Rule, ...] = (loop, ends, twice, height, against_flow, narrows, lengths, depth, other_family, needs, off_point)
