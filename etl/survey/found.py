"""Surveys among the layers of a path: which layers are tables of one, and what is to be loaded of them in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.layer import Layer, Note
from etl.mapping import LayerMapping, Mapping
from etl.survey.forms import CLASSES, Table, tables
from etl.survey.layers import LineLayer, PointLayer
from etl.survey.survey import Survey
from registry.catalogue import Catalogue
from registry.kinds import FeatureKind


@dataclass(frozen=True)
class Found:
    """A table, or its part of one class, as a layer to be loaded. `survey`: takes the reports of its points."""

    layer: Layer
    kind: FeatureKind
    entry: LayerMapping
    detected: Note
    several: bool
    survey: Survey | None


def split(layers: Sequence[Layer], wanted: str | None, known: Mapping | None,
          all_kinds: Catalogue, rejects: Path | None = None) -> tuple[list[Found], list[Layer]]:
    """(what surveys there are to load, points before lines; the layers that are none). `rejects`: of the findings."""
    some = tables(layers, wanted, known)
    if not some:
        return [], list(layers)
    survey = Survey(some, rejects)
    taken = {id(t.layer) for t in some}
    found: list[Found] = []
    for n, table in enumerate(some):
        kinds = [all_kinds.kind(key) for key in CLASSES[table.form.key]]
        if table.of_points:
            made = [PointLayer(survey, n, kind) for kind in kinds]
            found += [Found(layer, layer.kind, layer.entry, _why(table), True, survey) for layer in made if layer.rows]
        else:
            layer = LineLayer(survey, n, kinds[0])
            found.append(Found(layer, kinds[0], layer.entry, _why(table), False, None))
    found.sort(key=lambda f: f.survey is None)
    return found, [layer for layer in layers if id(layer) not in taken]


def _why(table: Table) -> Note:
    title = table.form.title
    shown = ("number", "feature", "attachment") if table.of_points else ("start_node", "end_node")
    columns = [table.columns[k] for k in shown if k in table.columns]
    return (f"{title.zh}（CJJ 61）：有列 {'、'.join(columns)}", f"{title.en.lower()} of a survey (CJJ 61): it has {', '.join(columns)}")
