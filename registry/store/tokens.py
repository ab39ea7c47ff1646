"""Tokens: made, found by their secret, listed and revoked; the secret itself is shown once and never kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

import psycopg
import psycopg.sql
from sqlalchemy import Connection, text

from registry import catalogue
from registry.db.limits import PARTS
from registry.errors import BadValue, NotFound, WriteRefused
from registry.kinds.parse import hidden_signs
from registry.scope import BY_PLACE, ROLES, Principal, Right, Scope
from registry.store import cities

DB_USER = re.compile(r"[a-z][a-z0-9_]{0,62}")
PREFIX = "mar_"  # lets a secret that leaked into a file be recognised
AREAS = {"districts": "district", **BY_PLACE}  # part of a scope → kind of zone


@dataclass(frozen=True)
class Token:
    """One token as it is kept; never with its secret."""

    id: int
    name: str
    role: str
    scope: Scope
    figures: bool
    no_lock: bool
    reason: str
    created_at: dt.datetime
    created_by: str
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    db_user: str | None = None

    @property
    def principal(self) -> Principal:
        rights = ROLES[self.role] | ({Right.FIGURES} if self.figures else frozenset())
        return Principal(self.name, self.role, rights, self.scope, token=self.id, no_lock=self.no_lock,
                         reason=self.reason)


def create(conn: Connection, *, name: str, role: str, reason: str, actor: str, scope: Scope | None = None,
           figures: bool = False, no_lock: bool = False, days: int | None = 365) -> tuple[Token, str]:
    """Make a token; returns it with its secret, which cannot be had again. BadValue, UnknownCity, UnknownClass.

    days: until it expires (None: never).
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    return insert(conn, name=name, role=role, reason=reason, actor=actor, scope=scope or Scope(), figures=figures,
                  no_lock=no_lock, days=days, hash=digest(secret)), secret


def insert(conn: Connection, *, name: str, role: str, reason: str, actor: str, scope: Scope, days: int | None,
           figures: bool = False, no_lock: bool = False, hash: bytes | None = None, db_user: str | None = None) -> Token:
    """Write a grant: to whoever has the secret of this hash, or to a role of the database."""
    _check(conn, name, role, reason, scope)
    scope = _by_code(conn, scope)
    row = conn.execute(text(
        "INSERT INTO token (name, role, hash, db_user, city, scope, figures, no_lock, reason, created_by, expires_at) "
        "VALUES (:name, :role, :hash, :db_user, :city, CAST(:scope AS jsonb), :figures, :no_lock, :reason, :actor, "
        "CASE WHEN CAST(:days AS int) IS NOT NULL THEN clock_timestamp() + make_interval(days => :days) END) RETURNING *"),
        {"name": name, "role": role, "hash": hash, "db_user": db_user, "city": scope.city, "figures": figures,
         "scope": json.dumps({p: list(getattr(scope, p)) for p in PARTS if getattr(scope, p)}, ensure_ascii=False),
         "no_lock": no_lock, "reason": reason, "actor": actor, "days": days}).one()
    return _token(row)


def find(conn: Connection, secret: str) -> Token | None:
    """The token of a secret, if it holds: not revoked, not expired."""
    row = conn.execute(text("SELECT * FROM token WHERE hash = :h AND revoked_at IS NULL "
                            "AND (expires_at IS NULL OR expires_at > clock_timestamp())"), {"h": digest(secret)}).one_or_none()
    return _token(row) if row else None


def holds(token: Token) -> bool:
    """Whether it opens anything now: neither revoked nor expired."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > dt.datetime.now(dt.UTC))


def every(conn: Connection) -> list[Token]:
    """All tokens, revoked and expired ones too, in the order they were made."""
    return [_token(r) for r in conn.execute(text("SELECT * FROM token ORDER BY id"))]


def revoke(conn: Connection, token: int, *, actor: str, reason: str) -> Token:
    """End a token at once. NotFound; BadValue when it is revoked already."""
    for key, value in (("actor", actor), ("reason", reason)):
        if not value.strip():
            raise BadValue(name=key, value=value, why_zh="不能为空", why_en="must not be empty")
    found = conn.execute(text("SELECT revoked_at FROM token WHERE id = :t"), {"t": token}).one_or_none()
    if found is None:
        raise NotFound(what=f"token {token}")
    if found.revoked_at is not None:
        raise BadValue(name="token", value=token, why_zh="早已吊销", why_en="it is revoked already")
    made = _token(conn.execute(text(
        "UPDATE token SET revoked_at = clock_timestamp(), revoked_by = :a, revoked_reason = :r WHERE id = :t RETURNING *"),
        {"t": token, "a": actor, "r": reason}).one())
    if made.db_user is not None:
        conn.execute(text("SELECT registry_regrant()"))
    return made


def create_for_role(conn: Connection, *, db_user: str, name: str, role: str, reason: str, actor: str, scope: Scope,
                    days: int | None = 365) -> tuple[Token, str | None]:
    """A grant to a role of the database (QGIS, psql), made with a password where there is none of this name.

    Returns the grant and the password, None where the role was there. WriteRefused where ours may not make roles.
    """
    if not DB_USER.fullmatch(db_user):
        raise BadValue(name="db_user", value=db_user[:64], why_zh="应为字母开头的小写字母、数字、下划线",
                       why_en="lower-case letters, digits and _ are needed, a letter first")
    password = None
    if conn.execute(text("SELECT FROM pg_roles WHERE rolname = :n"), {"n": db_user}).first() is None:
        password = secrets.token_urlsafe(24)
        raw: Any = conn.connection.driver_connection
        try:
            with conn.begin_nested():
                raw.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    psycopg.sql.Identifier(db_user), psycopg.sql.Literal(password)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise WriteRefused(why_zh=f"连接所用的角色无权创建 {db_user}；请管理员先 CREATE ROLE {db_user} LOGIN",
                               why_en=f"our role may not create {db_user}; ask the administrator to CREATE ROLE {db_user} "
                                      "LOGIN first") from error
    made = insert(conn, name=name, role=role, reason=reason, actor=actor, scope=scope, days=days, db_user=db_user)
    conn.execute(text("SELECT registry_regrant()"))
    return made, password


def digest(secret: str) -> bytes:
    """What is kept of a secret. It is random and long, so that a plain hash cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def _check(conn: Connection, name: str, role: str, reason: str, scope: Scope) -> None:
    for key, value in (("name", name), ("reason", reason)):
        if not value.strip():
            raise BadValue(name=key, value=value, why_zh="不能为空", why_en="must not be empty")
        if not value.isprintable() or hidden_signs(value):
            raise BadValue(name=key, value=ascii(value)[:80], why_zh="含有看不见的字符", why_en="it has signs that do not show")
    if role not in ROLES:
        raise BadValue(name="role", value=role, why_zh=f"应为其中之一：{', '.join(ROLES)}",
                       why_en=f"it must be one of: {', '.join(ROLES)}")
    if scope.city is not None:
        cities.get(conn, scope.city)
    for key in scope.classes:
        catalogue.load().kind(key)
    if role in ("auditor", "admin") and not scope.unlimited:
        raise BadValue(name="role", value=role, why_zh="审计员和管理员管全市，不能限定范围",
                       why_en="auditors and admins see the whole city; their scope cannot be limited")


def _by_code(conn: Connection, scope: Scope) -> Scope:
    """Areas that were given by name, by code; BadValue for one that the city's zones do not have."""
    found: dict[str, Any] = {}
    for part, kind in AREAS.items():
        codes = []
        for said in getattr(scope, part):
            known = conn.execute(text(
                "SELECT z.code, z.code = :said OR z.name = :said AS is_it FROM zone z WHERE z.kind = :kind "
                "AND z.code IS NOT NULL AND (CAST(:city AS text) IS NULL OR z.city = :city) ORDER BY 2 DESC, z.code LIMIT 1"),
                {"said": said, "kind": kind, "city": scope.city}).one_or_none()
            if known is not None and not known.is_it:
                raise BadValue(name=part, value=said, why_zh="没有这个区划（编码或名称）", why_en="no such zone, by code or name")
            codes.append(known.code if known is not None else said)
        found[part] = tuple(dict.fromkeys(codes))
    return dataclasses.replace(scope, **found)


def _token(row: Any) -> Token:
    scope = Scope(row.city, **{k: tuple(v) for k, v in row.scope.items() if k in PARTS})
    return Token(row.id, row.name, row.role, scope, row.figures, row.no_lock, row.reason, row.created_at,
                 row.created_by, row.expires_at, row.revoked_at, row.db_user)
