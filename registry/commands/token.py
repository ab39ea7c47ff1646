"""The commands that give out tokens, list and revoke them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from registry import console, db, settings
from registry.commands.cluster import json_option
from registry.scope import ROLES, Scope
from registry.store import tokens
from registry.store.tokens import PARTS, Token

# Part of a scope → what its option says.
HELP = {"districts": "区（编码） · Districts, by code.", "streets": "街道（编码） · Streets, by code.",
        "grids": "管理网格（编码） · Management grids, by code.", "classes": "设施类别 · Asset classes.",
        "owners": "权属单位（名称或代码） · Owners, by name or code.",
        "keepers": "养护单位（名称或代码） · Keepers, by name or code."}
NAMES = {"districts": "--district", "streets": "--street", "grids": "--grid", "classes": "--class", "owners": "--owner",
         "keepers": "--keeper"}


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that limit a token; each may be given several times."""
    for part in reversed(PARTS):
        command = click.option(NAMES[part], part, multiple=True, help=HELP[part])(command)
    return click.option("--city", default=None, help="只限这个城市；不给则所有城市 · This city only; else all.")(command)


@click.group()
def token() -> None:
    """令牌：谁可以看什么、改什么 · Tokens: who may see and change what."""


@token.command()
@click.option("--role", type=click.Choice(tuple(ROLES)), required=True, help="角色 · Role.")
@click.option("--name", required=True, help="给谁：人或系统的名字，写入历史 · Whom it is for; stands in the history.")
@click.option("--reason", required=True, help="为什么；也是未写 Registry-Reason 的改动的理由 · Why; also the reason of changes "
              "that give none.")
@scope_options
@click.option("--figures", is_flag=True, help="可看全市指标，不限于范围 · Figures over the whole, beyond the scope.")
@click.option("--no-lock", is_flag=True, help="可不带 If-Match 改动（QGIS、OWSLib 等不会带的程序） · May change without If-Match, "
              "for programs that cannot send it.")
@click.option("--db-user", default=None, metavar="NAME", help="给数据库角色（QGIS、psql 直连）而不是给密文 · For a role of the "
              "database (QGIS, psql) instead of a secret.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="有效天数 · Days until it expires.")
@click.option("--actor", default=None, help="谁发放，默认登录名 · Who gives it out.")
@json_option
def create(role: str, name: str, reason: str, city: str | None, figures: bool, no_lock: bool, days: int,
           db_user: str | None, actor: str | None, as_json: bool, **parts: tuple[str, ...]) -> None:
    """发放令牌，只显示这一次 · Make a token; it is shown this once.

    \b
    reader 读 read    inspector 加登记检查 + inspections    editor 加改设施 + assets
    auditor 读全部和历史 all, with history    publisher 加发布 + publishing    admin 全部 everything
    """
    if db_user is not None:
        _for_role(db_user, as_json, name=name, role=role, reason=reason, actor=actor or settings.actor(), days=days,
                  scope=Scope(city, **parts))
        return
    with db.begin() as conn:
        made, secret = tokens.create(conn, name=name, role=role, reason=reason, actor=actor or settings.actor(),
                                     scope=Scope(city, **parts), figures=figures, no_lock=no_lock, days=days)
    if as_json:
        console.print_json(plain(made) | {"token": secret})
        return
    click.echo(secret)
    console.say(f"令牌 {made.id}（{name}，{role}，到 {_day(made.expires_at)}）；请现在保存，以后无法再看",
                f"token {made.id} ({name}, {role}, until {_day(made.expires_at)}); save it now, it cannot be shown again",
                err=True)


def _for_role(db_user: str, as_json: bool, **said: Any) -> None:
    """A grant to a role of the database; its password is shown this once, where the role was made."""
    with db.begin() as conn:
        made, password = tokens.create_for_role(conn, db_user=db_user, **said)
    if as_json:
        console.print_json(plain(made) | {"db_user": db_user, "password": password})
        return
    if password is not None:
        click.echo(password)
    console.say(f"数据库角色 {db_user} 可读写视图 layers.*，范围同令牌 {made.id}" + ("；口令只显示这一次" if password else ""),
                f"database role {db_user} may use the views layers.*, within the scope of token {made.id}"
                + ("; the password is shown this once" if password else ""), err=True)


@token.command("list")
@json_option
def list_(as_json: bool) -> None:
    """列出令牌，不含密文 · List the tokens, without their secrets."""
    with db.connect() as conn:
        found = tokens.every(conn)
    if as_json:
        console.print_json([plain(t) for t in found])
        return
    console.table("令牌 · Tokens", ["id", "名称\nName", "角色\nRole", "范围\nScope", "到期\nExpires", "状态\nState", "理由\nReason"],
                  [[t.id, t.name, t.role, _scope(t), _day(t.expires_at), _state(t), t.reason] for t in found])


@token.command()
@click.argument("id", type=int)
@click.option("--reason", required=True, help="为什么吊销 · Why.")
@click.option("--actor", default=None, help="谁吊销，默认登录名 · Who.")
def revoke(id: int, reason: str, actor: str | None) -> None:
    """立即吊销 · Revoke a token at once."""
    with db.begin() as conn:
        made = tokens.revoke(conn, id, actor=actor or settings.actor(), reason=reason)
    console.say(f"令牌 {made.id}（{made.name}）已吊销", f"token {made.id} ({made.name}) is revoked")


def plain(t: Token) -> dict[str, Any]:
    """A token as JSON carries it, without anything of its secret."""
    return {"id": t.id, "name": t.name, "role": t.role, "scope": t.scope.as_dict(), "figures": t.figures,
            "no_lock": t.no_lock, "reason": t.reason, "created_at": t.created_at.isoformat(), "created_by": t.created_by,
            "expires_at": t.expires_at.isoformat() if t.expires_at else None,
            "revoked_at": t.revoked_at.isoformat() if t.revoked_at else None}


def _scope(t: Token) -> str:
    told = "; ".join(f"{k}: {v if isinstance(v, str) else ', '.join(v)}" for k, v in t.scope.as_dict().items())
    return told or console.pick("不限", "unlimited")


def _state(t: Token) -> str:
    if t.revoked_at is not None:
        return console.pick("已吊销", "revoked")
    return console.pick("有效", "valid") if tokens.holds(t) else console.pick("已过期", "expired")


def _day(at: Any) -> str:
    return at.date().isoformat() if at else "—"


COMMANDS = (token,)
