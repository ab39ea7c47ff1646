"""What a database server, private or given, answers about itself before any table exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.errors import BadValue, DatabaseUnreachable, DatabaseUnsuitable
from registry.local.programs import POSTGIS_AT_LEAST, POSTGRESQL_AT_LEAST

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import URL

DRIVERS = ("postgresql+psycopg", "postgresql", "postgres")
CONNECT_TIMEOUT_S = 5
# The installed version, else the one that CREATE EXTENSION would install.
POSTGIS = """
    SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'postgis'
"""


@dataclass(frozen=True)
class Server:
    """The versions and the encoding of a reachable database."""

    url: str
    version: str
    postgis: str
    encoding: str


def address(url: str) -> URL:
    """The URL as SQLAlchemy takes it, for the driver that is used here; BadValue when it is none."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadValue(name="REGISTRY_DATABASE_URL", value="…", why_zh="不是连接串",
                       why_en="not a database URL") from None
    if parsed.drivername not in DRIVERS:
        raise BadValue(name="REGISTRY_DATABASE_URL", value=parsed.drivername, why_zh="应以 postgresql:// 开头",
                       why_en="it must start with postgresql://")
    return parsed.set(drivername=DRIVERS[0])


def ask(url: str) -> Server:
    """Connect once and ask; the password never stands in the answer or in an error."""
    import psycopg  # not at the top: the installer runs before any package is there

    parsed = address(url)
    shown = parsed.render_as_string(hide_password=True).replace("%2F", "/")
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(plain, connect_timeout=CONNECT_TIMEOUT_S, autocommit=True,
                             client_encoding="UTF8") as connection:
            return answers(connection, shown)
    except psycopg.Error as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise DatabaseUnreachable(url=shown, why=why) from error


def demand(server: Server) -> None:
    """Refuse what the registry cannot work on."""
    if int(server.version.split(".")[0]) < POSTGRESQL_AT_LEAST:
        _refuse(f"PostgreSQL {server.version}，需要 ≥ {POSTGRESQL_AT_LEAST}",
                f"PostgreSQL {server.version}, at least {POSTGRESQL_AT_LEAST} is needed")
    least = ".".join(map(str, POSTGIS_AT_LEAST))
    if not server.postgis:
        _refuse(f"没有 PostGIS，需要 ≥ {least}", f"no PostGIS, at least {least} is needed")
    if tuple(int(n) for n in server.postgis.split(".")[:2]) < POSTGIS_AT_LEAST:
        _refuse(f"PostGIS {server.postgis}，需要 ≥ {least}",
                f"PostGIS {server.postgis}, at least {least} is needed")
    if server.encoding != "UTF8":
        _refuse(f"编码是 {server.encoding}，需要 UTF8", f"its encoding is {server.encoding}, UTF8 is needed")


def answers(connection: psycopg.Connection, shown: str = "") -> Server:
    """What an open connection tells."""
    number = connection.info.server_version
    row = connection.execute(POSTGIS).fetchone()
    return Server(shown, f"{number // 10000}.{number % 10000}", str(row[0]) if row else "",
                  connection.info.parameter_status("server_encoding") or "?")


def _refuse(zh: str, en: str) -> None:
    raise DatabaseUnsuitable(why_zh=zh, why_en=en)
