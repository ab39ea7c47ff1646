"""The demo: the pretend city from files to figures, by the same commands that a bureau would type."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Any

import click
import shapely

from registry import db, geo, settings
from registry.errors import BadFile
from registry.local.port import check_port
from registry.store import cities


@click.command()
@click.option("--serve/--no-serve", default=True, help="最后是否启动网页服务 · Serve at the end, or stop after printing.")
@click.option("--host", default=None, help="网页服务的地址 · Address to bind.")
@click.option("--port", type=int, default=None, help="网页服务的端口 · Port to bind.")
@click.pass_context
def demo(context: click.Context, serve: bool, host: str | None, port: int | None) -> None:
    """示范：建库、导入示范市、算指标、开网页 · Build, load the pretend city, print figures, serve."""
    folder = _folder()
    manifest = tomllib.loads((folder / "demo.toml").read_text(encoding="utf-8"))
    if serve:
        # Better now than after everything was loaded; `serve` looks again.
        check_port(host or settings.get("REGISTRY_HOST"), port or settings.integer("REGISTRY_PORT"))
    with db.begin() as conn:
        db.migrate(conn)
        db.sync(conn)
        _put_city(conn, manifest["city"])
    key = manifest["city"]["key"]
    for entry in manifest["load"]:
        _run(context, "load", str(folder / entry["file"]), *_options(entry), "--city", key, "--yes", "--brief",
             "--reason", "示范数据 demo data")
    for entry in manifest.get("records", ()):
        _run(context, "load", str(folder / entry["file"]), f"--{entry['of']}", "--city", key, "--yes", "--brief",
             "--reason", "示范数据 demo data")
    _run(context, "inventory", "--city", key)
    _run(context, "indicators", "--city", key)
    _run(context, "indicators", "lighting_rate", "--by", "road_class", "--city", key)
    _run(context, "coverage", "park", "--city", key)
    if serve:
        _run(context, "serve", *(["--host", host] if host else []), *(["--port", str(port)] if port else []))


def _folder() -> Path:
    root = settings.checkout()
    folder = (root or Path()) / "sample_gis"
    if root is None or not (folder / "demo.toml").is_file():
        raise BadFile(file=str(folder / "demo.toml"), why_zh="没有找到；示范要在检出目录中运行",
                      why_en="not found; the demo runs from a checkout")
    return folder


def _put_city(conn: Any, entry: dict[str, Any]) -> None:
    extent = shapely.box(*entry["extent"])
    lon, lat = extent.centroid.coords[0]
    cities.put(conn, cities.City(entry["key"], entry["zh"], entry["en"], extent, geo.working_srid(lon, lat)))


def _options(entry: dict[str, Any]) -> list[str]:
    """Every other key of a manifest entry is an option of `load`."""
    return [word for name, value in entry.items() if name != "file" for word in (f"--{name}", str(value))]


def _run(context: click.Context, name: str, *words: str) -> None:
    """Another command of the group, found by name, so that this room imports no neighbour."""
    group = context.find_root().command
    assert isinstance(group, click.Group)
    command = group.get_command(context, name)
    if command is None:
        raise click.UsageError(f"{name}: no such command")
    root = f"{settings.checkout()}/"
    click.echo(f"\n$ registry {shlex.join([name, *(w.removeprefix(root) for w in words)])}")
    command.main(list(words), prog_name=f"registry {name}", standalone_mode=False)


COMMANDS = (demo,)
