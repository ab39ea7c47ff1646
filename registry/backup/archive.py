"""The one file of a backup: a tar of manifest, dump and attachments that ends with the checksums of them all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Self

from registry.errors import BadFile

FORMAT = 1
MANIFEST, DUMP, SUMS, FILES = "manifest.json", "database.dump", "checksums.json", "files/"
BLOCK_BYTES = 1 << 20
_CLOSING = 2 * tarfile.BLOCKSIZE

Progress = Callable[[int], None]


class Writer:
    """Writes beside the final name; `finish` makes the file whole and durable, leaving without it leaves nothing.

    Raises BadFile when the file is there (unless `force`), cannot be written, or is being written by another.
    """

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self.path, self.force = path, force
        self.half = path.with_name(f".{path.name}.part")
        self.sums: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._not_there()
        try:
            # Opened without truncation: until the lock is ours it may be the half file of a running backup.
            self.file: IO[bytes] = os.fdopen(os.open(self.half, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise BadFile(file=str(self.path), why_zh="另一个备份正在写它", why_en="another backup is writing it") from None
        self.file.truncate()
        return self

    def __exit__(self, *_: object) -> None:
        if not self.file.closed:
            self.half.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # the buffer that found no room is not wanted any more
                self.file.close()

    def add(self, name: str, blocks: Iterable[bytes], progress: Progress = lambda done: None) -> None:
        """One member from a stream of unknown length: its head is written again when the length is known."""
        digest, size = hashlib.sha256(), 0
        try:
            at = self.file.tell()
            self.file.write(_head(name, 0))
            for block in blocks:
                self.file.write(block)
                digest.update(block)
                size += len(block)
                progress(len(block))
            self.file.write(bytes(-size % tarfile.BLOCKSIZE))
            end = self.file.tell()
            self.file.seek(at)
            self.file.write(_head(name, size))
            self.file.seek(end)
        except OSError as error:
            raise self._unwritable(error) from None
        self.sums[name] = digest.hexdigest()

    def finish(self) -> None:
        """Checksums, then to the disk, then under the final name."""
        self.add(SUMS, [_json(dict(self.sums))])
        try:
            self.file.write(bytes(_CLOSING))
            self.file.flush()
            os.fsync(self.file.fileno())
            self._not_there()
            self.half.replace(self.path)
            folder = os.open(self.path.absolute().parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unwritable(error) from None
        self.file.close()

    def _not_there(self) -> None:
        if self.path.exists() and (not self.force or not self.path.is_file()):
            raise BadFile(file=str(self.path), why_zh="已经存在；要覆盖请加 --force，或换个名字",
                          why_en="it exists; add --force to replace it, or choose another name")

    def _unwritable(self, error: OSError) -> BadFile:
        return BadFile(file=str(self.path), why_zh=f"备份写不了：{error.strerror}；没有留下半个文件",
                       why_en=f"the backup cannot be written: {error.strerror}; no half file was left")


class Archive:
    """A backup to be read; BadFile when it is none, not whole, or made by a newer program."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with tarfile.open(path, "r:") as tar:
                self.members = {m.name: (m.offset_data, m.size) for m in tar.getmembers() if m.isfile()}
        except (tarfile.TarError, OSError, UnicodeError, ValueError) as error:
            raise self._refused(error) from None
        first = next(iter(self.members), "")
        if first != MANIFEST:
            raise self._refused()
        if SUMS not in self.members or DUMP not in self.members or path.stat().st_size < self._end():
            raise self._cut()
        self.manifest, self.sums = self._object(MANIFEST), self._object(SUMS)
        if not isinstance(self.manifest.get("format"), int) or not isinstance(self.manifest.get("contents"), dict):
            raise self._refused()
        if self.manifest["format"] > FORMAT:
            raise BadFile(file=str(path), why_zh="是更新的程序写的备份，请先升级程序",
                          why_en="it was written by a newer program; update this one first")

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(size for _, size in self.members.values())

    def _end(self) -> int:
        """Where the file ends: behind the last member's last block and the two empty ones of every tar."""
        return max(-(-(at + size) // tarfile.BLOCKSIZE) for at, size in self.members.values()) * tarfile.BLOCKSIZE + _CLOSING

    def dump_size(self) -> int:
        return self.members[DUMP][1]

    def check(self, progress: Progress = lambda done: None) -> None:
        """Compare every member with its checksum, before anything is done with them."""
        if set(self.sums) != set(self.members) - {SUMS}:
            raise self._cut()
        for name, wanted in self.sums.items():
            digest = hashlib.sha256()
            for block in self.blocks(name):
                digest.update(block)
                progress(len(block))
            if digest.hexdigest() != wanted:
                raise BadFile(file=str(self.path), why_zh=f"已损坏：{name} 与校验和不符",
                              why_en=f"it is damaged: {name} is not what its checksum says")

    def blocks(self, name: str, progress: Progress = lambda done: None) -> Iterator[bytes]:
        """The bytes of a member, in blocks; each call reads by a handle of its own."""
        at, left = self.members[name]
        with open(self.path, "rb") as file:
            file.seek(at)
            while left and (block := file.read(min(left, BLOCK_BYTES))):
                left -= len(block)
                progress(len(block))
                yield block

    def attachments(self) -> list[tuple[str, str]]:
        """Members below `files/`: (name of the member, path relative to the folder of attachments)."""
        found = [(name, name.removeprefix(FILES)) for name in self.members if name.startswith(FILES)]
        for name, path in found:
            if not path or path.startswith("/") or ".." in path.split("/"):
                raise BadFile(file=str(self.path), why_zh=f"其中的文件名 {name} 不能用", why_en=f"it names a file {name}")
        return found

    def _object(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads(b"".join(self.blocks(name)))
        except (ValueError, OSError):
            raise self._refused() from None
        if not isinstance(found, dict):
            raise self._refused()
        return found

    def _refused(self, error: Exception | None = None) -> BadFile:
        if isinstance(error, FileNotFoundError):
            return BadFile(file=str(self.path), why_zh="没有这个文件", why_en="there is no such file")
        if isinstance(error, OSError) and not isinstance(error, tarfile.TarError):
            return BadFile(file=str(self.path), why_zh=f"读不了：{error.strerror}",
                           why_en=f"it cannot be read: {error.strerror}")
        if error is not None and "unexpected end" in str(error):
            return self._cut()
        return BadFile(file=str(self.path), why_zh="不是 registry backup 写的备份",
                       why_en="it is no backup written by registry backup")

    def _cut(self) -> BadFile:
        return BadFile(file=str(self.path), why_zh="备份不完整，后面缺了一段；请换一个完整的备份",
                       why_en="the backup is not whole, its end is missing; take one that is")


def encoded(value: dict[str, Any]) -> list[bytes]:
    """A JSON member."""
    return [_json(value)]


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _head(name: str, size: int) -> bytes:
    """The head of a member; its length depends on the name alone. GNU format: sizes above 8 GB fit in it."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, 0
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
