"""A coverage as a file that an auditor can recompute without the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from registry.coverage import audit, report, rules, straight
from registry.errors import BadFile
from registry.scope import WHOLE, Sight
from registry.standards.service import ServiceRule
from registry.store.cities import City


def freeze(conn: Connection, rule: str | ServiceRule, city: City, file: Path, *, edition: str | None = None,
           by: str = rules.DISTRICT, sight: Sight = WHOLE, without: Iterable[str] = (),
           zone_edition: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Write the zip of an audited coverage: frozen layers, rule, figure, parcels and a script that recomputes it.

    Gives the figure. Errors of `coverage`; CheckFailed where exact and raster differ; MixedDatum; BadFile where it cannot be written,
    or where there is nothing to be served and so no figure.
    """
    found = rules.find(rule)
    rules.check_grouping(found, by)
    run = straight.prepare(conn, found, city, edition=edition, sight=sight, without=without, zone_edition=zone_edition)
    figure = report.told(run, by, audited=True)
    if figure["value"] is None:
        raise BadFile(file=file.name, why_zh=f"没有可审计的数字：{figure['reason']['zh']}",
                      why_en=f"there is no figure to audit: {figure['reason']['en']}")
    try:
        audit.write(run, figure, file)
    except OSError as error:
        raise BadFile(file=file, why_zh=f"不能写入（{error.strerror}）", why_en=f"cannot be written ({error.strerror})") from error
    return figure
