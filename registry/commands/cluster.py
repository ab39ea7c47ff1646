"""The commands that start, stop and examine the database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import click

from registry import console, settings
from registry.errors import RegistryError
from registry.local import Check, default_cluster, find_programs, place, server


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json` of every reading command."""
    return click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")(command)


@click.command()
def up() -> None:
    """启动私有数据库 · Start the private database.

    第一次会建库；已在运行时什么也不做。设了 REGISTRY_DATABASE_URL 时只检查那个数据库。

    The first time makes it; a running one is left as it is. With REGISTRY_DATABASE_URL set,
    that database is checked instead.
    """
    given = settings.get("REGISTRY_DATABASE_URL")
    cluster = default_cluster()
    if not given:
        cluster.start()
    found = server.ask(given or cluster.url())
    server.demand(found)
    if given:
        console.say(f"使用 REGISTRY_DATABASE_URL：{found.url}（PostgreSQL {found.version}，"
                    f"PostGIS {found.postgis}）；不启动私有库",
                    f"Using REGISTRY_DATABASE_URL: {found.url} (PostgreSQL {found.version}, "
                    f"PostGIS {found.postgis}); the private database is not started")
        return
    console.say(f"私有数据库在运行：PostgreSQL {found.version}，PostGIS {found.postgis}；{found.url}",
                f"The private database runs: PostgreSQL {found.version}, PostGIS {found.postgis}; "
                f"{found.url}")


@click.command()
@click.option("--delete-data", is_flag=True, help="并删除全部数据 · Delete all its data too.")
@click.option("--yes", is_flag=True, help="不再询问 · Do not ask.")
def down(delete_data: bool, yes: bool) -> None:
    """停止私有数据库 · Stop the private database."""
    cluster = default_cluster()
    if delete_data:
        if not yes:
            click.confirm(console.pick(f"删除 {cluster.data} 中的全部数据和附件？",
                                       f"Delete all data in {cluster.data}, and the attachments?"), abort=True)
        cluster.destroy()
        if not settings.get("REGISTRY_DATABASE_URL"):  # else the attachments are those of that database
            shutil.rmtree(settings.files(), ignore_errors=True)
        console.say("私有数据库已删除", "The private database is deleted")
        return
    was_running = cluster.status()["state"] == "running"
    cluster.stop()
    if was_running:
        console.say("私有数据库已停止", "The private database has stopped")
    else:
        console.say("私有数据库没有在运行", "The private database was not running")


@click.command()
@json_option
def status(as_json: bool) -> None:
    """数据库的状态 · The state of the database.

    不启动任何东西 · Starts nothing.
    """
    facts: dict[str, Any] = default_cluster().status()
    facts["used"] = "REGISTRY_DATABASE_URL" if settings.get("REGISTRY_DATABASE_URL") else "private"
    if as_json:
        console.print_json(facts)
        return
    # Numbers of this table (pid, version) are names, not amounts: no thousands separators.
    rows = [(name, None if value is None else str(value)) for name, value in facts.items()]
    console.table(("私有数据库", "The private database"), [("项目", "item"), ("值", "value")], rows)


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """逐项检查 · Examine everything.

    有一项不通过则以 1 退出。不启动私有库：先 registry up。

    Exit status 1 when something failed. Starts nothing: run registry up first.
    """
    checks = list(_examine())
    if as_json:
        console.print_json([check.as_dict() for check in checks])
    else:
        rows = [("✓" if c.ok else "✗", (c.zh, c.en), c.detail) for c in checks]
        console.table(("检查", "Checks"), ["", ("项目", "item"), ("结果", "finding")], rows)
    if not all(check.ok for check in checks):
        ctx.exit(1)


def _examine() -> Iterator[Check]:
    given = settings.get("REGISTRY_DATABASE_URL")
    if not given:
        yield _programs()
        yield _leftovers()
        cluster = default_cluster()
        runs = cluster.status()["state"] == "running"
        hint = console.pick("启动：registry up", "to start it: registry up")
        yield Check("cluster", "私有库在运行", "private database runs", runs,
                    str(cluster.data) if runs else hint)
        if not runs:
            return
    try:
        found = server.ask(given or default_cluster().url())
    except RegistryError as error:
        yield _failed("database", "数据库可连接", "database reachable", error)
        return
    yield Check("database", "数据库可连接", "database reachable", True, found.url)
    try:
        server.demand(found)
    except RegistryError as error:
        yield _failed("server", "版本合用", "versions fit", error)
        return
    yield Check("server", "版本合用", "versions fit", True,
                f"PostgreSQL {found.version}, PostGIS {found.postgis}, {found.encoding}")
    yield from _contents()


def _programs() -> Check:
    try:
        programs = find_programs()
    except RegistryError as error:
        return _failed("programs", "本机的程序", "programs of this machine", error)
    return Check("programs", "本机的程序", "programs of this machine", True,
                 f"{programs.bin}: PostgreSQL {programs.version}, PostGIS {programs.postgis}")


def _leftovers() -> Check:
    """Not a fault, but disk: the data of checkouts that were deleted."""
    found = ", ".join(map(str, place.leftovers()))
    return Check("leftovers", "已删检出目录留下的数据（可删）", "data of deleted checkouts (may go)", True,
                 found)


def _contents() -> Iterator[Check]:
    """What the database room examines: schema version, catalogue, orphans …"""
    from registry import db  # not at the top: `up` and `down` start three times as fast without it

    try:
        with db.connect() as connection:
            found = db.checks(connection)
            for check in found:
                yield Check(check.key, check.zh, check.en, check.ok, check.detail)
            if next(check.ok for check in found if check.key == "schema"):
                yield _attachments(connection)
    except RegistryError as error:
        yield _failed("contents", "库中内容", "what the database holds", error)


def _attachments(connection: Any) -> Check:
    """Files that no row names are left by a crash; they cost disk and nothing else."""
    from registry.store import attachments

    found = attachments.examine(connection, hashes=False)
    lost = ", ".join(map(str, (*found.missing, *found.corrupt)))
    spare = f"{len(found.orphans)} {console.pick('个多余的文件', 'spare files')}" if found.orphans else ""
    return Check("attachments", "附件的文件都在", "the files of attachments are there", not lost, lost or spare)


def _failed(key: str, zh: str, en: str, error: RegistryError) -> Check:
    return Check(key, zh, en, False, error.message(settings.lang()))


COMMANDS = (up, down, status, doctor)
