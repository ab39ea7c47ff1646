"""The commands that list cities and add one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
import shapely

from registry import console, db, geo, moment, settings
from registry.commands.cluster import json_option
from registry.errors import BadValue
from registry.scope import Sight
from registry.store import cities


def city_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--city` of every command about one city."""
    return click.option("--city", default=None, help="城市，默认取 REGISTRY_CITY · City (default: REGISTRY_CITY).")(command)


def chosen(conn: Any, key: str | None) -> cities.City:
    """The city of `--city`, else of the settings."""
    return cities.get(conn, key or settings.get("REGISTRY_CITY"))


def when_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--as-of` and `--on` of every command that prints figures; they become one `sight`."""
    @wraps(command)
    def with_sight(*args: Any, as_of: str | None, on: Any, **more: Any) -> Any:
        return command(*args, sight=Sight(as_of=moment.as_of(as_of) if as_of else None, on=on.date() if on else None), **more)

    with_sight = click.option("--on", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="DATE",
                              help="指标所指的日子：当日在用、当日以前的检查 · The day the figure is about.")(with_sight)
    return click.option("--as-of", default=None, metavar="TIME", help="登记簿当时的样子：日期或 RFC 3339 时间 · The registry as it "
                        "was then.")(with_sight)


@click.group()
def city() -> None:
    """城市 · Cities: titles, extent and working CRS."""


@city.command("list")
@json_option
def list_(as_json: bool) -> None:
    """列出城市 · List the cities."""
    with db.connect() as conn:
        found = cities.every(conn)
    if as_json:
        console.print_json([{"key": c.key, "title": c.title.as_dict(), "srid": c.srid,
                             "extent": list(c.extent.bounds) if c.extent is not None else None} for c in found])
        return
    console.table(("城市", "Cities"), [("代号", "Key"), ("中文名", "Chinese"), ("英文名", "English"),
                                      ("工作坐标系", "Working CRS"), ("范围", "Extent")],
                  [(c.key, c.zh, c.en, f"EPSG:{c.srid}", "" if c.extent is None else
                    ", ".join(f"{v:.4f}" for v in c.extent.bounds)) for c in found])


@city.command()
@click.argument("key")
@click.option("--zh", default="", help="中文名 · Chinese title.")
@click.option("--en", default="", help="英文名 · English title.")
@click.option("--extent", default="", metavar="W,S,E,N", help="范围，经纬度 · Extent in lon/lat degrees.")
@click.option("--srid", type=int, default=None, help="工作坐标系 EPSG 号 · Working CRS (default: by longitude).")
def add(key: str, zh: str, en: str, extent: str, srid: int | None) -> None:
    """新建或修改城市 · Add a city or change one."""
    box = _box(extent) if extent else None
    with db.begin() as conn:
        old = cities.find(conn, key)
        box = box if box is not None else old.extent if old else None
        if srid is None:
            srid = old.srid if old else geo.working_srid(*box.centroid.coords[0]) if box is not None else None
        if srid is None:
            raise BadValue(name="--srid", value="", why_zh="没有范围就要给出工作坐标系，例如 --srid 4549",
                           why_en="without an extent the working CRS must be given, for example --srid 4549")
        made = cities.City(key, zh or (old.zh if old else key), en or (old.en if old else key), box, srid)
        cities.put(conn, made)
    console.say(f"城市 {key}：{made.zh}，EPSG:{srid}", f"City {key}: {made.en}, EPSG:{srid}")


def _box(text: str) -> shapely.Polygon:
    try:
        west, south, east, north = (float(v) for v in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadValue(name="--extent", value=text, why_zh="应为 西,南,东,北（经纬度）",
                       why_en="expected west,south,east,north in degrees")
    return shapely.box(west, south, east, north)


COMMANDS = (city,)
