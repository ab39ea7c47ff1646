"""Archives: a .zip unpacked under guard into a work folder, which goes when nothing reads from it any more.

What an archive says of itself is not believed: bytes are counted as they are inflated, and nothing is written
before every entry's name has been looked at.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import stat
import struct
import tempfile
import unicodedata
import weakref
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from etl import encoding
from etl.badfile import WORK_PREFIX, bad
from registry import settings
from registry.local import process

ENTRIES = 10_000            # a FileGDB has some hundreds
DIRECTORY_BYTES = 4 << 20   # of the list of contents, which is read at once: 400 bytes an entry
# Deflate reaches 1,032; a table of blanks under 200. Below FREE_BYTES nobody is harmed by any ratio.
RATIO, FREE_BYTES = 500, 64 << 20
CHUNK_BYTES = 1 << 20
SUFFIXES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".kmz")
GEODATABASE, GEODATABASE_TABLE = ".gdb", ".gdbtable"
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


class Room:
    """A work folder. Whoever reads from it keeps a reference; with the last one it is removed."""

    def __init__(self) -> None:
        base = settings.home() / "work"
        base.mkdir(parents=True, exist_ok=True)
        _clear_remains(base)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{WORK_PREFIX}{os.getpid()}-", dir=base))
        self.close = weakref.finalize(self, _remove, self.folder, os.getpid())


@dataclass(frozen=True)
class Entry:
    """A file of an archive under the name that it is to have."""

    name: PurePosixPath
    info: zipfile.ZipInfo


def unpack(path: Path, wanted: Collection[str]) -> tuple[Room, list[PurePosixPath]]:
    """(the room, names of files that were not unpacked): files of the wanted suffixes and those of FileGDB
    folders lie in `room.folder / path.name`. Raises BadFile for whatever an honest archive does not have."""
    with _told(path):
        _short_directory(path)
        with zipfile.ZipFile(path) as archive:
            entries = _entries(path, archive)
            taken: list[Entry] = []
            others: list[Entry] = []
            for entry in entries:
                (taken if entry.name.suffix.lower() in wanted or _in_geodatabase(entry.name) else others).append(entry)
            room = Room()
            try:
                _write(path, archive, taken, room.folder / path.name)
            except BaseException:
                room.close()
                raise
    return room, [e.name for e in others]


def check(path: Path) -> None:
    """Refuse a workbook, which is a .zip too, that would inflate beyond all measure. zipfile gives no more bytes
    of an entry than its header says, so that here the headers may be believed."""
    with _told(path), zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        total = sum(i.file_size for i in infos)
        _measured(path, "", total, path.stat().st_size, settings.integer("REGISTRY_UNPACK_MB") << 20)


# -- names ---------------------------------------------------------------------------------------
def _entries(path: Path, archive: zipfile.ZipFile) -> list[Entry]:
    """The files that it holds; refused by name is whatever would land elsewhere or is no plain file."""
    infos = archive.infolist()
    if len(infos) > ENTRIES:
        raise _too_many(path)
    found: list[Entry] = []
    seen: set[str] = set()
    for info, name in zip(infos, _names(infos, path), strict=True):
        parts = _parts(path, name)
        _plain(path, name, info)
        key = unicodedata.normalize("NFC", "/".join(parts)).casefold()
        if key in seen:
            raise _refused(path, name, "出现了两次", "is there twice")
        seen.add(key)
        if not info.is_dir() and parts and not any(p.startswith(".") or p == "__MACOSX" for p in parts):
            found.append(Entry(PurePosixPath(*parts), info))
    if any(len(e.name.parts) == 1 and e.name.suffix == GEODATABASE_TABLE for e in found):
        folder = path.stem if path.stem.lower().endswith(GEODATABASE) else path.stem + GEODATABASE
        found = [Entry(PurePosixPath(folder) / e.name, e.info) for e in found]
    return found


def _names(infos: list[zipfile.ZipInfo], path: Path) -> list[str]:
    """Names as they were meant: without the UTF-8 flag zipfile reads them as cp437, in China they are GBK."""
    raws = [None if i.flag_bits & _UTF8_FLAG else i.orig_filename.encode("cp437", "replace") for i in infos]
    distinct = list(dict.fromkeys(r for r in raws if r and not r.isascii()))
    chosen = encoding.detect(distinct, file=path.name)
    codec = chosen.codec
    if not chosen.sure:  # one short name tells little
        codec = "gb18030" if all(encoding.decode(r, "gb18030") != (None, False) for r in distinct) else "cp437"
    return [i.orig_filename if raw is None else raw.decode(codec, "replace")
            for i, raw in zip(infos, raws, strict=True)]


def _parts(path: Path, name: str) -> list[str]:
    """The parts of a name. A backslash parts like a slash, as the tools that write it mean it."""
    if any(unicodedata.category(c) == "Cc" for c in name):
        raise _refused(path, name, "名称里有控制字符", "has control characters in its name")
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain):
        raise _refused(path, name, "是绝对路径", "is an absolute path")
    parts = [p for p in plain.split("/") if p not in ("", ".")]
    if ".." in parts:
        raise _refused(path, name, "指向压缩包之外（..）", "points outside the archive (..)")
    return parts


def _plain(path: Path, name: str, info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise _refused(path, name, "是符号链接", "is a symbolic link")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(path, name, "不是普通文件", "is no plain file")
    if info.flag_bits & _ENCRYPTED_FLAG:
        raise _refused(path, name, "加了密码；请先用密码解压，再导入解开的文件夹",
                       "is encrypted; unpack it with its password and load the folder")
    if PurePosixPath(name).suffix.lower() in SUFFIXES:
        raise _refused(path, name, "是压缩包里的压缩包；请先解压，再导入解开的文件夹",
                       "is an archive within the archive; unpack it and load the folder")


def _in_geodatabase(name: PurePosixPath) -> bool:
    return any(p.lower().endswith(GEODATABASE) for p in name.parts[:-1])


# -- bytes ---------------------------------------------------------------------------------------
def _write(path: Path, archive: zipfile.ZipFile, entries: list[Entry], folder: Path) -> None:
    packed, most, total = path.stat().st_size, settings.integer("REGISTRY_UNPACK_MB") << 20, 0
    said = sum(e.info.file_size for e in entries)
    free = shutil.disk_usage(folder.parent).free
    if said > free:
        raise bad(path, f"解压需要 {said >> 20} MB，{folder.parent.parent} 只剩 {free >> 20} MB",
                  f"unpacked it takes {said >> 20} MB; {folder.parent.parent} has {free >> 20} MB left")
    folder.mkdir()
    for entry in entries:
        target = folder / entry.name
        target.parent.mkdir(parents=True, exist_ok=True)
        here = 0
        with open(target, "xb") as file:
            for chunk in _inflated(archive, entry.info, most):
                here, total = here + len(chunk), total + len(chunk)
                _measured(path, str(entry.name), here, entry.info.compress_size, most)
                _measured(path, str(entry.name), total, packed, most)
                file.write(chunk)
        if here != entry.info.file_size:
            raise _refused(path, str(entry.name), f"声称 {entry.info.file_size} 字节，实有 {here} 字节",
                           f"claims {entry.info.file_size} bytes and holds {here}")


def _inflated(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """The true bytes: zipfile stops at the size that the header claims, so it is told a greater one."""
    asked = copy.copy(info)
    asked.file_size = most + CHUNK_BYTES
    with archive.open(asked) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _measured(path: Path, name: str, inflated: int, packed: int, most: int) -> None:
    """Refuse what inflates beyond all measure."""
    if inflated > most:
        raise _refused(path, name, f"解压超过 {most >> 20} MB（REGISTRY_UNPACK_MB）",
                       f"inflates beyond {most >> 20} MB (REGISTRY_UNPACK_MB)")
    if inflated > FREE_BYTES and inflated > RATIO * max(packed, 1):
        raise _refused(path, name, f"压缩比超过 {RATIO}，像压缩炸弹", f"inflates more than {RATIO}-fold, like a bomb")


def _short_directory(path: Path) -> None:
    """Refuse a list of contents that fills the memory when zipfile reads it."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 66_000))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            return  # zipfile says that it is none
        directory, = struct.unpack_from("<I", tail, at + 12)
        if directory == 0xFFFFFFFF and at >= 20 and tail[at - 20:at - 16] == _LOCATOR_64:
            file.seek(min(struct.unpack_from("<Q", tail, at - 12)[0], size))
            record = file.read(56)
            directory = struct.unpack_from("<Q", record, 40)[0] if record[:4] == _END_64 and len(record) == 56 else 0
    if directory > DIRECTORY_BYTES:
        raise _too_many(path)


# -- the work folder and the words -----------------------------------------------------------------
def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:  # not in a child that inherited it
        shutil.rmtree(folder, ignore_errors=True)


def _clear_remains(base: Path) -> None:
    """Folders that killed loads left."""
    for left in base.glob(f"{WORK_PREFIX}*"):
        number = left.name.removeprefix(WORK_PREFIX).partition("-")[0]
        if number.isdigit() and not process.exists(int(number)):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except NotImplementedError:
        raise bad(path, "压缩方法不支持；请先解压，再导入解开的文件夹",
                  "its compression method is not supported; unpack it and load the folder") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeError, ValueError, RuntimeError) as error:
        raise bad(path, f"不是 ZIP 压缩包，或已损坏（{error}）", f"is not a ZIP archive, or is damaged ({error})") from error
    except OSError as error:
        raise bad(path, f"解压失败：{error.strerror or error}", f"cannot be unpacked: {error.strerror or error}") from error


def _refused(path: Path, name: str, zh: str, en: str) -> Exception:
    plain = "".join(c if c.isprintable() else "?" for c in name)[:200]
    at_zh, at_en = (f"其中的 {plain} ", f"its {plain} ") if name else ("", "it ")
    return bad(path, f"压缩包不安全，未解压：{at_zh}{zh}", f"the archive is not safe and was not loaded: {at_en}{en}")


def _too_many(path: Path) -> Exception:
    return bad(path, f"压缩包里的条目超过 {ENTRIES} 个", f"the archive has more than {ENTRIES} entries")
