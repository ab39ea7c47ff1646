"""The command of what-if: the coverage with facilities of a file added and others removed, in thought."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from registry import console, coverage, db
from registry.commands.city import chosen, city_option
from registry.commands.cluster import json_option
from registry.commands.figures import SHOWN, TOTAL
from registry.commands.inventory import both, label
from registry.coverage import Added
from registry.errors import BadFile, BadValue

MOST_MB = 20


@click.command("what-if")
@click.argument("rule")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--remove", type=int, multiple=True, metavar="ID", help="拿掉的设施编号，可多次 · Id of a facility to take away; may be repeated.")
@click.option("--edition", default=None, help="标准版本 · Edition of the standard.")
@city_option
@json_option
def what_if(rule: str, file: Path | None, remove: tuple[int, ...], edition: str | None, city: str | None, as_json: bool) -> None:
    """假如增减设施，覆盖率会怎样；什么也不写入 · Coverage with facilities of a GeoJSON FILE added, others removed; nothing is written."""
    if file is None and not remove:
        raise BadValue(name="FILE", value="", why_zh="给出 GeoJSON 文件，或用 --remove", why_en="give a GeoJSON file, or --remove")
    add = _read(file) if file else []
    with db.connect() as conn:
        told = coverage.what_if(conn, rule, chosen(conn, city), add=add, remove=remove, edition=edition)
    if as_json:
        console.print_json(told)
    else:
        _show(told)


# -- inside --------------------------------------------------------------------------------------
def _show(told: dict[str, Any]) -> None:
    gain, (per, unit) = ("gain_m", SHOWN["length"]) if told["basis"] == "length" else ("gain_m2", SHOWN["area"])
    rows = [[label(r["title"]) if r is not told else TOTAL, r["before"]["value"], r["after"]["value"], r[gain] / per,
             None if r["gain_people"] is None else round(r["gain_people"])] for r in (*told["by"], told)]
    console.table(f"{told['title']['zh']} · {told['title']['en']} — +{told['added']} −{len(told['removed'])}",
                  [both("区域", "Zone"), both("现在 %", "Now %"), both("之后 %", "Then %"), both(f"增加 {unit}", "Gained"),
                   both("增加人口", "People gained")], rows)


def _read(file: Path) -> list[Added]:
    """The features of a FeatureCollection, a feature, or a bare geometry."""
    try:
        if file.stat().st_size > MOST_MB * 2**20:
            raise _wrong(file, f"大于 {MOST_MB} MB", f"it is larger than {MOST_MB} MB")
        said = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(file, f"打不开（{error.strerror}）", f"cannot be opened ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(file, "不是 JSON", "it is not JSON") from error
    kind = said.get("type") if isinstance(said, dict) else None
    features = said.get("features") if kind == "FeatureCollection" else [said if kind == "Feature" else {"geometry": said}]
    if not isinstance(features, list) or not features or not all(
            isinstance(f, dict) and isinstance(f.get("properties") or {}, dict) for f in features):
        raise _wrong(file, "不是 GeoJSON，或没有要素", "it is no GeoJSON, or has no features")
    return [Added(f.get("geometry"), f.get("properties") or {}) for f in features]


def _wrong(file: Path, zh: str, en: str) -> BadFile:
    return BadFile(file=file, why_zh=zh, why_en=en)


COMMANDS = (what_if,)
