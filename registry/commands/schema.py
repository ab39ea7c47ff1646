"""The commands that make the database fit the program: migrate and sync."""

from __future__ import annotations

import click

from registry import console, db


@click.command()
def migrate() -> None:
    """升级数据库结构 · Bring the tables to the newest revision.

    随后同步类别声明。The declarations are synced afterwards.
    """
    with db.begin() as conn:
        before, after = db.migrate(conn)
        db.sync(conn)
    if before == after:
        console.say(f"数据库结构已是最新：{after}", f"The schema is already at {after}")
    else:
        console.say(f"数据库结构：{before or '空库'} → {after}", f"Schema: {before or 'empty'} -> {after}")


@click.command()
def sync() -> None:
    """把类别声明写入数据库 · Make the database fit the declarations (partitions, indexes, views)."""
    with db.begin() as conn:
        changed = db.sync(conn)
    if changed:
        console.say(f"已同步 {len(changed)} 个类别：{', '.join(changed)}",
                    f"Synced {len(changed)} kinds: {', '.join(changed)}")
    else:
        console.say("类别声明没有变化", "The declarations have not changed")


COMMANDS = (migrate, sync)
