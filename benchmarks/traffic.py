"""Many clients at once on kept connections: what each was answered, how long it took, and the memory of the service."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

PATIENCE_S = 60
GOOD = frozenset({200, 201, 204, 304})
PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Traffic:
    """What is asked: kind → paths, in turn; features that an editor with the token changes, each its own."""

    paths: dict[str, list[str]]
    edited: list[str]
    token: str


@dataclass
class Seen:
    """What came of it. unkind: 503 without Retry-After. broken: connections that ended without an answer."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    unkind: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)

    @property
    def wrong(self) -> dict[str, dict[int, int]]:
        """Kind → answers that are neither good nor an honest "busy"."""
        found = {k: {s: n for s, n in c.items() if s not in GOOD and s != 503} for k, c in self.statuses.items()}
        return {k: v for k, v in found.items() if v}

    @property
    def growth(self) -> float:
        """Memory at the end by that after a third of the time, when all that is kept for later has been made."""
        third = len(self.memory_mb) // 3
        return statistics.median(self.memory_mb[-3:]) / statistics.median(self.memory_mb[third:third + 3])

    def lines(self) -> list[tuple[Any, ...]]:
        """(kind, answers, busy, p50, p95, p99) in milliseconds, by kind."""
        made = []
        for kind, taken in sorted(self.seconds.items()):
            ordered = sorted(taken)
            at = [round(ordered[min(len(ordered) - 1, int(len(ordered) * p))] * 1000, 1) for p in (0.5, 0.95, 0.99)]
            made.append((kind, len(ordered), self.statuses[kind][503], *at))
        return made


def run(host: str, port: int, traffic: Traffic, *, connections: int, seconds: float, memory_mb: Callable[[], float]) -> Seen:
    """Ask for so long by so many connections, those of the editors among them; every connection asks one thing after the other."""
    return asyncio.run(_run(host, port, traffic, connections, seconds, memory_mb))


async def _run(host: str, port: int, traffic: Traffic, connections: int, seconds: float, memory_mb: Callable[[], float]) -> Seen:
    seen, until = Seen(), time.monotonic() + seconds
    turn = itertools.cycle([(k, p) for row in itertools.zip_longest(*([(k, p) for p in v] for k, v in traffic.paths.items()))
                            for k, p in filter(None, row)])
    readers = [_Client(host, port, seen).read(turn, until) for _ in range(connections - len(traffic.edited))]
    editors = [_Client(host, port, seen).edit(path, traffic.token, until) for path in traffic.edited]
    watching = asyncio.create_task(_watch(seen, memory_mb, until))
    await asyncio.gather(*readers, *editors)
    await watching
    return seen


async def _watch(seen: Seen, memory_mb: Callable[[], float], until: float) -> None:
    while time.monotonic() < until:
        seen.memory_mb.append(memory_mb())
        await asyncio.sleep(0.25)


class _Client:
    """One connection, made anew when the service closes it."""

    def __init__(self, host: str, port: int, seen: Seen) -> None:
        self.host, self.port, self.seen = host, port, seen
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def read(self, turn: Iterator[tuple[str, str]], until: float) -> None:
        while time.monotonic() < until:
            kind, path = next(turn)
            await self._ask(kind, "GET", path)
        self._close()

    async def edit(self, path: str, token: str, until: float) -> None:
        """Change the name of a feature again and again, each time naming the version that was read."""
        signed = {"Authorization": f"Bearer {token}"}
        for n in itertools.count():
            if time.monotonic() >= until:
                break
            _, headers = await self._ask("edited", "GET", path, signed)
            if tag := headers.get("etag"):
                body = json.dumps({"properties": {"name": f"灯{n}"}}).encode()
                await self._ask("edit", "PATCH", path, {**signed, "If-Match": tag, "Content-Type": PATCH}, body)
            await asyncio.sleep(0.2)
        self._close()

    async def _ask(self, kind: str, method: str, path: str, headers: dict[str, str] | None = None,
                   body: bytes = b"") -> tuple[int, dict[str, str]]:
        """Status and headers; (0, {}) when the connection broke, which is counted unless it had been idle."""
        head = "".join(f"{k}: {v}\r\n" for k, v in {"Host": f"{self.host}:{self.port}", **(headers or {}),
                                                    **({"Content-Length": str(len(body))} if body else {})}.items())
        message = f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body
        for fresh in (False, True):
            kept, started = self.streams is not None, time.monotonic()
            try:
                status, told = await asyncio.wait_for(self._exchange(message), PATIENCE_S)
                break
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self._close()
                if fresh or not kept or isinstance(error, TimeoutError):  # a kept one may be closed while we write
                    self.seen.broken[kind] += 1
                    return 0, {}
        self.seen.seconds[kind].append(time.monotonic() - started)
        self.seen.statuses[kind][status] += 1
        if status == 503:
            self.seen.unkind += "retry-after" not in told
            await asyncio.sleep(0.1)
        if told.get("connection", "").lower() == "close":
            self._close()
        return status, told

    async def _exchange(self, message: bytes) -> tuple[int, dict[str, str]]:
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.streams
        writer.write(message)
        await writer.drain()
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        told = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
        await reader.readexactly(int(told.get("content-length", 0)))
        return int(first.split()[1]), told

    def _close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None
