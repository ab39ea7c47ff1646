"""A figure as a table: the whole in the first line, its groups in the others, each with all that is needed to trace it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = ("code", "class", "key", "title_zh", "title_en", "value", "numerator", "denominator", "unrated_count", "unrated_measure",
           "unit", "basis", "measure_unit", "denominator_unit", "bounds_low", "bounds_high", "excluded", "unrated_reasons", "reason",
           "method", "standard", "clause", "table", "options", "where", "zone_edition", "as_of", "partial",
           "evidence_counted", "evidence_failing", "evidence_unrated")
# What a line has of the whole figure where it says nothing of its own.
_OF_WHOLE = ("unit", "basis", "measure_unit", "denominator_unit", "standard")


def of(figure: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Header and lines of a figure as its JSON says it; a class that is told by a group has its groups below it."""
    return COLUMNS, [tuple(line[name] for name in COLUMNS) for line in _lines(figure)]


def _lines(figure: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield _line(figure, figure, {"key": "total", "title": {"zh": "合计", "en": "Total"}, "class": figure["class"]})
    for row in figure["by"]:
        cls = row.get("class") or (row["key"] if "standard" in row else figure["class"])
        yield _line(figure, row, row | {"class": cls})
        for nested in row.get("by", ()):
            yield _line(figure, {name: row.get(name) for name in _OF_WHOLE} | nested, nested | {"class": cls})


def _line(figure: Mapping[str, Any], said: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: said[name] if said.get(name) is not None else figure.get(name) for name in _OF_WHOLE}
    unrated, bounds, evidence = said.get("unrated") or {}, said.get("bounds") or {}, said.get("evidence") or {}
    standard, scope = own["standard"] or {}, figure["scope"]
    return {
        "code": figure["code"], "class": named["class"], "key": named["key"], "title_zh": named["title"]["zh"], "title_en": named["title"]["en"],
        **{name: said.get(name) for name in ("value", "numerator", "denominator")},
        "unrated_count": unrated.get("count"), "unrated_measure": unrated.get("measure"), "unit": own["unit"], "basis": own["basis"],
        "measure_unit": _words(own["measure_unit"]), "denominator_unit": _words(own["denominator_unit"]),
        "bounds_low": bounds.get("low"), "bounds_high": bounds.get("high"), "excluded": _reasons(said.get("excluded")),
        "unrated_reasons": _reasons(said.get("unrated_reasons")), "reason": _words(said.get("reason")), "method": figure["method"],
        "standard": standard.get("code"), "clause": standard.get("clause"), "table": standard.get("table"),
        "options": _pairs(scope.get("options")), "where": _pairs(scope.get("where")), "zone_edition": _pairs(figure["zone_edition"]),
        "as_of": figure["as_of"], "partial": figure.get("partial"),
        **{f"evidence_{which}": evidence.get(which) for which in ("counted", "failing", "unrated")}}


def _words(label: Mapping[str, str] | None) -> str | None:
    return " ".join(dict.fromkeys((label["zh"], label["en"]))) if label else None


def _reasons(rows: Any) -> str | None:
    """`removed 57; abandoned 100`: how many assets by reason."""
    return "; ".join(f"{r['reason']} {r['count']}" for r in rows or ()) or None


def _pairs(said: Mapping[str, Any] | None) -> str | None:
    return "; ".join(f"{name}={','.join(map(str, v)) if isinstance(v, list | tuple) else v}" for name, v in (said or {}).items()) or None
