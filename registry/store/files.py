"""The bytes of attachments: files named by their SHA-256, written whole before the row that names them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from registry import settings
from registry.errors import FileLost

_SHA = re.compile(r"[0-9a-f]{64}")


def place(sha256: str) -> Path:
    """The file of a hash: `ab/cdef…`."""
    assert _SHA.fullmatch(sha256), sha256
    return settings.files() / sha256[:2] / sha256[2:]


def put(data: bytes) -> str:
    """Keep bytes and return their hash. On the disk before this returns; the same bytes are kept once.

    A crash between this and the commit of the row leaves a file that no row names, never a row without its file.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    target = place(sha256)
    if target.is_file() and digest(target) == sha256:
        return sha256
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, half = tempfile.mkstemp(dir=target.parent, prefix=".half-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(half)
        raise
    for changed in (target.parent, settings.files()):
        entry = os.open(changed, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)
    return sha256


def find(sha256: str, size: int) -> Path:
    """The file of a hash; FileLost when it is not there or holds other bytes than it did."""
    path = place(sha256)
    if not path.is_file() or path.stat().st_size != size or digest(path) != sha256:
        raise FileLost(what=sha256)
    return path


def digest(path: Path) -> str:
    """The SHA-256 of a file, read a piece at a time."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def every() -> Iterator[str]:
    """The hashes of all files that are kept; files half written are none."""
    for path in settings.files().glob("??/*"):
        if _SHA.fullmatch(name := path.parent.name + path.name):
            yield name
