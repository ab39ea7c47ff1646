"""Functions of our own (conformance class Functions): what CQL2 lacks and field staff ask for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely

from registry.cql.terms import Context, Operator, Term, refused
from registry.kinds import Label

# Metres of a degree of latitude are 110,574 at least; a box that is too large by a little loses nothing.
_METRES_PER_DEGREE = 110_000.0
FARTHEST_M = 1_000_000
_PIECE_DEGREES, _MOST_PIECES = 0.01, 1_000


@dataclass(frozen=True)
class Argument:
    """One argument as `/functions` tells of it; types: names of Features Part 3."""

    title: Label
    types: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """A function with its place in `/functions`."""

    name: str
    description: Label
    arguments: tuple[Argument, ...]
    returns: tuple[str, ...]
    compile: Callable[[Context, str, list[Any]], Term]


def dwithin(ctx: Context, _: str, args: list[Any]) -> Term:
    """Whether two geometries are at most so many metres apart, on the ellipsoid of CGCS2000.

    Against a literal a box around it is asked first, which the index of places answers.
    """
    one, other = (ctx.typed(a, "geometry") for a in args[:2])
    metres = ctx.typed(args[2], "number")
    if not metres.literal or not 0 <= metres.value <= FARTHEST_M:
        raise refused("dwithin", f"距离应为 0～{FARTHEST_M} 米的数", f"the distance must be a number from 0 to {FARTHEST_M} metres")
    one, other = _dense(one), _dense(other)
    near = " AND ".join(_near(ctx, a, b, metres.value) for a, b in ((one, other), (other, one)) if b.literal and not a.literal)
    sides = ", ".join(f"CAST({ctx.sql(t)} AS geography)" for t in (one, other))
    exact = f"ST_DWithin({sides}, {ctx.bind(float(metres.value), 'CAST({} AS double precision)')})"
    return Term(f"({near} AND {exact})" if near else f"({exact})", "boolean")


def _dense(term: Term) -> Term:
    """A literal with its edges in short pieces: on the ellipsoid a long edge would leave the straight line in degrees."""
    if not term.literal:
        return term
    shape = shapely.from_wkb(term.value)
    west, south, east, north = shape.bounds
    piece = max(_PIECE_DEGREES, (east - west + north - south) / _MOST_PIECES)
    return dataclasses.replace(term, value=shapely.to_wkb(shapely.segmentize(shape, piece)))


def _near(ctx: Context, property_: Term, literal: Term, metres: float) -> str:
    """The condition that a property touches the box of what may be near the literal."""
    west, south, east, north = shapely.from_wkb(literal.value).bounds
    up = metres / _METRES_PER_DEGREE
    south, north = max(-90.0, south - up), min(90.0, north + up)
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    aside = up / narrowest if narrowest > up / 180 else 360.0
    boxes = [(west - aside, east + aside)]
    if aside < 360:  # over the 180° line there are places too
        boxes += [(180.0 + (west - aside + 180.0), 180.0)] if west - aside < -180 else []
        boxes += [(-180.0, east + aside - 360.0)] if east + aside > 180 else []
    tests = [f"{property_.sql} && " + ctx.bind(shapely.to_wkb(shapely.box(left, south, right, north)), "ST_GeomFromWKB({}, 4490)")
             for left, right in boxes]
    return f"({' OR '.join(tests)})"


FUNCTIONS = (Function(
    "dwithin", Label("两个图形相距不超过若干米（椭球面上）", "Whether two geometries are at most so many metres apart, on the ellipsoid"),
    (Argument(Label("图形", "geometry"), ("geometry",)), Argument(Label("另一图形", "the other geometry"), ("geometry",)),
     Argument(Label("距离（米）", "distance in metres"), ("number",))), ("boolean",), dwithin),)
OPERATORS = {f.name: Operator(f.compile, len(f.arguments)) for f in FUNCTIONS}
