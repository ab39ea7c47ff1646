"""Statements that are asked again and again on one connection: prepared by it, with nothing between them and libpq.

What psycopg's cursor does around a short statement takes longer than to read its answer; values go in and come out by
psycopg's own converters, as they do there.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

AGAIN = 5  # times that a statement was asked before it is prepared, as psycopg does
MOST = 100  # statements that a connection remembers
_BIND = re.compile(r"%(?:%|\((\w+)\)s)")


class Statements:
    """Those of one connection, the last used at the end; of each how often it was asked, or how it is asked."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, int | Prepared] = OrderedDict()
        self._names = 0

    def find(self, raw: psycopg.Connection[Any], statement: str) -> Prepared | None:
        """The statement, prepared; None where it was not asked often yet."""
        one = self._known.get(statement, 0)
        if isinstance(one, int):
            one += 1
            if one > AGAIN:
                self._names += 1
                one = Prepared(raw, statement, b"registry_%d" % self._names)
            self._known[statement] = one
        self._known.move_to_end(statement)
        if len(self._known) > MOST:
            _, oldest = self._known.popitem(last=False)
            if isinstance(oldest, Prepared):
                oldest.forget()
        return one if isinstance(one, Prepared) else None


class Prepared:
    """One statement, prepared for each set of types that its values came in."""

    def __init__(self, raw: psycopg.Connection[Any], statement: str, name: bytes) -> None:
        self.statement, self._pg, self._name = statement, raw.pgconn, name
        self._convert = Transformer(raw)
        self._order: list[str] = []
        self._text = _BIND.sub(self._numbered, statement).encode()
        self._formats = [PyFormat.AUTO] * len(self._order)
        self._as: dict[tuple[int, ...], bytes] = {}

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        """The rows, in the binary format."""
        convert = self._convert
        sent: Any = convert.dump_sequence([values[name] for name in self._order], self._formats)
        types = convert.types or ()
        name = self._as.get(types) or self._prepare(types)
        found = self._pg.exec_prepared(name, sent, convert.formats, Format.BINARY)
        if found.status != ExecStatus.TUPLES_OK:
            raise _error(found)
        convert.set_pgresult(found)
        rows = convert.load_rows(0, found.ntuples, tuple)
        convert.set_pgresult(None)  # it may be a megabyte
        return rows

    def forget(self) -> None:
        """Let the database forget it."""
        for name in self._as.values():
            self._pg.exec_(b"DEALLOCATE " + name)

    def _prepare(self, types: Sequence[int]) -> bytes:
        name = b"%b_%d" % (self._name, len(self._as))
        found = self._pg.prepare(name, self._text, types)
        if found.status != ExecStatus.COMMAND_OK:
            raise _error(found)
        self._as[tuple(types)] = name
        return name

    def _numbered(self, found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        if found[1] not in self._order:
            self._order.append(found[1])
        return f"${self._order.index(found[1]) + 1}"


def _error(found: PGresult) -> psycopg.Error:
    """What went wrong; without a state it is the connection that broke, as psycopg's cursor tells it."""
    error = psycopg.errors.error_from_result(found, "utf-8")
    return error if error.sqlstate else psycopg.OperationalError(str(error))


def find(info: dict[Any, Any], raw: psycopg.Connection[Any], statement: str) -> Prepared | None:
    """How this connection asks the statement, which it was asked a few times; None of one that may have to open a transaction.

    info: what is kept beside the connection, and goes with it.
    """
    if not raw.autocommit:
        return None
    known = info.get(Statements)
    if known is None:
        known = info[Statements] = Statements()
    found: Prepared | None = known.find(raw, statement)
    return found
