"""`registry serve`: the web service in the foreground, after everything it needs was looked at."""

from __future__ import annotations

import errno
import socket

import click

from registry import console, db, settings
from registry.db.connection import pin
from registry.db.migration import require_migrated
from registry.errors import BadValue, PortTaken
from registry.store import cities

MOST_PORT, MOST_WORKERS = 65535, 64  # each process takes some 85 MB


@click.command()
@click.option("--host", help="地址，默认 REGISTRY_HOST · Address; default REGISTRY_HOST.")
@click.option("--port", type=click.IntRange(1, MOST_PORT), help="端口，默认 REGISTRY_PORT · Port; default REGISTRY_PORT.")
@click.option("--workers", type=click.IntRange(1, MOST_WORKERS),
              help="进程数，默认 REGISTRY_WORKERS · Processes; default REGISTRY_WORKERS.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """启动网页与接口服务 · Serve the web pages and the API.

    先查端口和数据库，再开始服务；按 Ctrl-C 结束。没有设 REGISTRY_DATABASE_URL 时启动私有库。

    Looks at the port and the database first; Ctrl-C ends it. Without REGISTRY_DATABASE_URL the
    private database is started.
    """
    host = host or settings.get("REGISTRY_HOST")
    port = port or settings.integer("REGISTRY_PORT", MOST_PORT)
    workers = workers or settings.integer("REGISTRY_WORKERS", MOST_WORKERS)
    check_port(host, port)
    pin(db.url())  # the processes must not look for the private cluster with every request
    with db.connect() as conn:
        require_migrated(conn)
        if not cities.every(conn):
            console.warn("库中还没有城市；新建：registry city add 代号 --zh 名称 --extent 西,南,东,北",
                         "There is no city yet; to add one: registry city add KEY --en TITLE --extent W,S,E,N")
    db.dispose()  # no connection crosses the fork

    from api import create_app  # not at the top: other commands start faster without Flask
    from api.server import Server

    shown = settings.get("REGISTRY_PUBLIC_URL") or f"http://{_address(host)}:{port}"
    console.warn(f"网页与接口：{shown} （地图：{shown}/map）；按 Ctrl-C 结束",
                 f"Web and API: {shown} (map: {shown}/map); Ctrl-C to end")
    Server(create_app(), host, port, workers).run()


def check_port(host: str, port: int) -> None:
    """Raise PortTaken when somebody listens there, BadValue when it cannot be ours at all."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM,
                                                                flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:  # a name that cannot be one is an error of its encoding
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            raise PortTaken(host=host, port=port) from None
        if number == errno.EACCES:
            raise BadValue(name="--port", value=port, why_zh="无权使用这个端口，请用 1024 以上的",
                           why_en="no right to use this port; take one above 1023") from None
        raise BadValue(name="--host", value=host, why_zh="不是本机的地址", why_en="not an address of this machine") from None


def _address(host: str) -> str:
    """What to type into a browser on this machine."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


COMMANDS = (serve,)
