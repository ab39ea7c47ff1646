"""Folders in which downloads are made: gone with their download, and where its process was killed, swept by another one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "registry-download-"
YOUNG_S = 60  # a folder of this age may be one that is not locked yet


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, locked as long as this process lives and needs it."""
    sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as made:
        held = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(made)
        finally:
            os.close(held)


def sweep() -> None:
    """Remove what killed processes left: no lock is on it, since the system lets go of those of the dead."""
    for found in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another one sweeps it, or it is not ours
            _remove_if_left(found)


def _remove_if_left(found: Path) -> None:
    held = os.open(found, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        state = os.fstat(held)
        if state.st_uid == os.geteuid() and state.st_mtime < time.time() - YOUNG_S:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(found)
    finally:
        os.close(held)
