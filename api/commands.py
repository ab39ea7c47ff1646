"""`registry serve`: the web service in the foreground, after everything it needs was looked at."""

from __future__ import annotations

import click

from registry import console, db, settings
from registry.db.connection import pin
from registry.db.migration import require_migrated
from registry.local.port import check_port
from registry.scope import public
from registry.store import cities


@click.command()
@click.option("--host", help="地址，默认 REGISTRY_HOST · Address; default REGISTRY_HOST.")
@click.option("--port", type=click.IntRange(*settings.bounds("REGISTRY_PORT")), help="端口，默认 REGISTRY_PORT · Port; default REGISTRY_PORT.")
@click.option("--workers", type=click.IntRange(*settings.bounds("REGISTRY_WORKERS")),
              help="进程数，默认 REGISTRY_WORKERS · Processes; default REGISTRY_WORKERS.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """启动网页与接口服务 · Serve the web pages and the API.

    先查端口和数据库，再开始服务；按 Ctrl-C 结束。没有设 REGISTRY_DATABASE_URL 时启动私有库。

    Looks at the port and the database first; Ctrl-C ends it. Without REGISTRY_DATABASE_URL the
    private database is started.
    """
    host = host or settings.get("REGISTRY_HOST")
    port = port or settings.integer("REGISTRY_PORT")
    workers = workers or settings.integer("REGISTRY_WORKERS")
    public()  # BadFile before a port is taken
    check_port(host, port)
    pin(db.url())  # the processes must not look for the private cluster with every request
    with db.connect() as conn:
        require_migrated(conn)
        if not cities.every(conn):
            console.warn("库中还没有城市；新建：registry city add 代号 --zh 名称 --extent 西,南,东,北",
                         "There is no city yet; to add one: registry city add KEY --en TITLE --extent W,S,E,N")
    db.dispose()  # no connection crosses the fork

    from api import create_app, download_folders  # not at the top: other commands start faster without Flask
    from api.server import Server

    download_folders.sweep()
    shown = settings.get("REGISTRY_PUBLIC_URL") or f"http://{_address(host)}:{port}"
    console.warn(f"网页与接口：{shown} （地图：{shown}/map）；按 Ctrl-C 结束",
                 f"Web and API: {shown} (map: {shown}/map); Ctrl-C to end")
    Server(create_app(), host, port, workers).run()


def _address(host: str) -> str:
    """What to type into a browser on this machine."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


COMMANDS = (serve,)
