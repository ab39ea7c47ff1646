"""Coverage on foot over HTTP: beside the straight line, what only that one serves, and the streets reached."""

from __future__ import annotations

from flask import Blueprint

from api import coverage as straight
from api import crs, i18n
from api.answers import Answer
from api.figures import BY, WHEN, absolute, partial
from api.filters import DISTRICT
from api.formats import HTML, JSON
from api.operations import Asked, Operation, operation
from registry import coverage
from registry.coverage.network import answer, kept, layers
from registry.errors import NotSignedIn

walks = Blueprint("walks", __name__)

_NOTE = ("不是考核用的直线覆盖率，只与其并列；按临路点计，不按显示的图形计|Not the audited straight-line figure, only beside it; counted "
         "at access points, never by what is drawn")


@operation(walks, Operation("walking", "/coverage/<rule>/walking", "步行可达|Coverage on foot", "figures", (JSON, HTML), "Walking",
                            (straight.EDITION, BY, *WHEN), path=straight.RULE, scratch=True, description=_NOTE))
def _walking(asked: Asked, rule: str) -> Answer:
    _streets(asked, rule)
    found = answer.answer(asked.conn, rule, asked.city, edition=asked.values["edition"], sight=asked.figure_sight, shown=asked.sight,
                          **({"by": asked.values["by"]} if asked.values["by"] else {}))
    data = absolute(asked, partial(asked, found)) | {"links": asked.self_links()}
    return Answer(data, "walking.html", i18n.say(found["title"]["zh"], found["title"]["en"]))


@operation(walks, Operation("walking_difference", "/coverage/<rule>/walking/difference", "直线可达而步行不可达|Served by the straight line only",
                            "figures", straight.AREAS, "Areas", (straight.EDITION, DISTRICT, *WHEN, crs.CRS_PARAM), path=straight.RULE,
                            scratch=True))
def _difference(asked: Asked, rule: str) -> Answer:
    _streets(asked, rule)
    found = layers.difference(asked.conn, rule, asked.city, edition=asked.values["edition"], district=asked.values["district"],
                              sight=asked.figure_sight)
    return straight.areas(asked, rule, found, i18n.say("直线可达而步行不可达", "Served by the straight line only"))


@operation(walks, Operation("walking_reached", "/coverage/<rule>/walking/reached", "步行可达的路段|Streets reached on foot", "figures",
                            straight.AREAS, "Areas", (straight.EDITION, *WHEN, crs.CRS_PARAM), path=straight.RULE, scratch=True,
                            description="只供显示，不据以计数|For display only: nothing is counted by it"))
def _reached(asked: Asked, rule: str) -> Answer:
    _streets(asked, rule)
    found = layers.reached(asked.conn, rule, asked.city, edition=asked.values["edition"], sight=asked.sight)
    return straight.areas(asked, rule, found, i18n.say("步行可达的路段", "Streets reached on foot"))


def _streets(asked: Asked, rule: str) -> None:
    """The walk tells where streets, entrances and land lie: only of what is seen whole."""
    straight.demand_shapes(asked, rule)
    found = coverage.find(rule)
    made_of = [*kept.walkable(), *kept.ways_in(found.facility)]
    if not all(asked.principal.mask(kind.key).open for kind in made_of):
        raise NotSignedIn(why_zh="其中有不公开的位置", why_en="it would tell places that are not public")
