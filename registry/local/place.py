"""Who owns a private cluster and where its data and its socket lie."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.local.programs import CLEAN_ENVIRONMENT

ELSEWHERE = Path("/var/lib/municipal-registry")
RUN = Path("/run/municipal-registry")
SOCKET_PATH_LIMIT = 107  # sockaddr_un: 108 bytes with the closing zero
POINTER, DATA, RECORD = "pg.location", "pg", "checkout"


class Unfit(Exception):
    """A place cannot be used; the sentence says which and why."""


@dataclass(frozen=True)
class Owner:
    """The system user whom the cluster belongs to; PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    name: str

    def subprocess(self) -> dict[str, Any]:
        """Arguments that let `subprocess` start a program as this user, with nothing of ours."""
        base: dict[str, Any] = {"cwd": "/", "env": CLEAN_ENVIRONMENT}
        if os.geteuid() != self.uid:
            base |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return base


def owner_of(data: Path) -> Owner:
    """Ourselves; for root the owner of existing data, else an unprivileged user."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), _name(os.geteuid()))
    try:
        held = data.stat()
    except OSError:
        held = None
    if held and held.st_uid:
        return Owner(held.st_uid, held.st_gid, _name(held.st_uid))
    for name in ("postgres", "_postgres", "pgsql", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid, name)
    raise Unfit("没有可用的普通用户 / no unprivileged user here: postgres, nobody")


def locate(home: Path) -> Path:
    """Where the data of the cluster of `home` lie, or would; touches nothing."""
    pointer = home / POINTER
    if pointer.is_file():
        target = Path(pointer.read_text(encoding="utf-8").strip())
        if target.is_absolute() and not _is_a_copy(home, target):
            return target
    return home / DATA


def prepare(home: Path) -> Path:
    """The folder of the data, such that its owner can enter it; it may not exist yet.

    A user who may not pass through the checkout (say below /root) cannot initdb in it, not even
    by a relative path: then the data go to /var/lib and the checkout keeps a pointer.
    """
    home.mkdir(parents=True, exist_ok=True)
    data = locate(home)
    owner = owner_of(data)
    if data.parent == home and not _can_enter(owner, home):
        target = _free_place(home)
        if data.is_dir():  # the checkout was moved to where the user cannot follow
            shutil.move(data, target)
        data = target
    if data.parent != home:
        (data.parent / RECORD).write_bytes(os.fsencode(home))
        (home / POINTER).write_text(f"{data}\n", encoding="utf-8")
    if os.geteuid() == 0 and data.is_dir() and data.stat().st_uid == 0:
        _give(data, owner)  # copied by root without its owners
    return data


def create(folder: Path, owner: Owner) -> None:
    """An empty folder of mode 0700 that belongs to `owner`."""
    if folder.is_dir():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    if os.geteuid() != owner.uid:
        os.chown(folder, owner.uid, owner.gid)


def remove(home: Path, data: Path) -> None:
    """Everything `prepare` made."""
    shutil.rmtree(data, ignore_errors=True)
    if data.parent != home:
        shutil.rmtree(data.parent, ignore_errors=True)
    (home / POINTER).unlink(missing_ok=True)


def leftovers() -> list[Path]:
    """Data under /var/lib whose checkout is gone."""
    if not ELSEWHERE.is_dir() or not os.access(ELSEWHERE, os.R_OK):
        return []
    return [p for p in sorted(ELSEWHERE.iterdir()) if not _claimed(p)]


def short_name(data: Path) -> str:
    """A short name for a long path."""
    return hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def socket_folder(data: Path, owner: Owner) -> Path:
    """Where the socket lies: not below the checkout, whose path may pass 107 bytes.

    XDG_RUNTIME_DIR is not used: it goes with the login session, while the cluster stays.
    """
    if os.geteuid() == 0 and RUN.parent.is_dir() and os.access(RUN.parent, os.W_OK):
        return RUN / short_name(data)
    return Path(f"/tmp/mreg-{owner.uid}-{short_name(data)}")


def make_socket_folder(folder: Path, owner: Owner) -> None:
    """Make it with mode 0700, or make sure that the one there is ours and not a trap in /tmp."""
    if folder.parent == RUN:
        RUN.mkdir(mode=0o755, exist_ok=True)
        _check(RUN, uid=0, others=0o022)
    try:
        folder.mkdir(mode=0o700)
        if os.geteuid() != owner.uid:
            os.chown(folder, owner.uid, owner.gid)
    except FileExistsError:
        pass
    _check(folder, uid=owner.uid, others=0o077)


def _check(folder: Path, *, uid: int, others: int) -> None:
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != uid or facts.st_mode & others:
        user = _name(uid)
        raise Unfit(f"{folder} 不是 {user} 私有的文件夹，请删除 / is not private to {user}, remove it")


def _can_enter(owner: Owner, folder: Path) -> bool:
    """Ask the system, as that user, since access lists and mounts decide too."""
    if os.geteuid() == owner.uid:
        return True
    done = subprocess.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
                          capture_output=True, check=False, **owner.subprocess())
    return done.returncode == 0


def _free_place(home: Path) -> Path:
    """A folder under /var/lib that no other checkout has; an orphan is never taken over."""
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    for number in range(1, 1000):
        place = ELSEWHERE / (short_name(home) + (f"-{number}" if number > 1 else ""))
        try:
            place.mkdir(mode=0o755)
        except FileExistsError:
            continue
        return place / DATA
    raise Unfit(f"{ELSEWHERE} 中废弃数据过多 / too much abandoned data")


def _is_a_copy(home: Path, target: Path) -> bool:
    """Was the checkout copied, pointer and all, while the original still uses the data?"""
    try:
        recorded = Path(os.fsdecode((target.parent / RECORD).read_bytes()))
    except OSError:
        return not target.is_dir()
    return recorded != home and _points_at(recorded, target)


def _claimed(place: Path) -> bool:
    try:
        recorded = Path(os.fsdecode((place / RECORD).read_bytes()))
    except OSError:
        return False
    return _points_at(recorded, place / DATA)


def _points_at(home: Path, target: Path) -> bool:
    try:
        return (home / POINTER).read_text(encoding="utf-8").strip() == str(target)
    except OSError:
        return False


def _give(data: Path, owner: Owner) -> None:
    for folder, _, files in os.walk(data):
        os.chown(folder, owner.uid, owner.gid)
        for name in files:
            os.lchown(os.path.join(folder, name), owner.uid, owner.gid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
