"""The programs that carry a database into a file and back, pg_dump and pg_restore: found, started, fed."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from registry.errors import ClientsMissing, ProgramFailed
from registry.local import programs, server

CLIENTS = ("pg_dump", "pg_restore")
BLOCK_BYTES = 1 << 20


def find(major: int) -> Path:
    """The folder of a pg_dump and a pg_restore that are no older than a server of `major`; they refuse newer ones."""
    found = {}
    for folder in programs.folders(telling=CLIENTS):
        if all(os.access(folder / name, os.X_OK) for name in CLIENTS):
            found[folder] = programs.numbers(programs.ask(folder / CLIENTS[0], "--version"))
    fitting = {folder: version for folder, version in found.items() if version and version[0] >= major}
    if not fitting:
        seen = ", ".join(f"{folder} ({'.'.join(map(str, v))})" for folder, v in found.items()) or "-"
        raise ClientsMissing(major=major, found=seen)
    # The nearest version: what a newer one writes, the server's own pg_restore may not read.
    return min(fitting, key=lambda folder: fitting[folder])


def environment(url: str) -> dict[str, str]:
    """The environment in which libpq finds `url`: no part of it, the password least, stands on a command line."""
    import psycopg

    plain = server.address(url).set(drivername="postgresql").render_as_string(hide_password=False)
    names = {option.keyword.decode(): option.envvar.decode()
             for option in psycopg.pq.Conninfo.get_defaults() if option.envvar}
    given = {names[key]: str(value) for key, value in psycopg.conninfo.conninfo_to_dict(plain).items() if key in names}
    return {**os.environ, "LC_ALL": "C", **given}


@contextmanager
def output(command: list[str], *, feed: Iterable[bytes] | None = None,
           env: dict[str, str] | None = None) -> Iterator[IO[bytes]]:
    """What a program writes, while it is fed; ProgramFailed with its last line when it does not end well.

    A program that stops reading before the feed ends is content: pg_restore does for a table of contents.
    """
    with tempfile.TemporaryFile() as told:
        stdin = subprocess.PIPE if feed is not None else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=told,
                                   env=env or {**os.environ, "LC_ALL": "C"})
        feeder = threading.Thread(target=_feed, args=(process.stdin, feed), daemon=True)
        if feed is not None:
            feeder.start()
        try:
            assert process.stdout is not None
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdout.close()  # type: ignore[union-attr]
            code = process.wait()
            if feed is not None:
                feeder.join()
        if code:
            told.seek(0)
            raise ProgramFailed(program=Path(command[0]).name, why=_said(told.read().decode("utf-8", "replace")))


def blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a stream in blocks of 1 MiB."""
    while block := stream.read(BLOCK_BYTES):
        yield block


def _feed(stdin: IO[bytes], feed: Iterable[bytes]) -> None:
    try:
        for block in feed:
            stdin.write(block)
    except OSError:
        pass  # it has read enough, or has died: its exit status tells which
    finally:
        with suppress(OSError):
            stdin.close()


def _said(text: str) -> str:
    """The first complaint, without the program's name and the hints below it."""
    lines = [line.strip() for line in text.splitlines() if "error:" in line] or text.strip().splitlines()[-1:] or ["?"]
    return lines[0].partition("error:")[2].strip() or lines[0]
