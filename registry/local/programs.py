"""Where the PostgreSQL programs of this machine are, and whether PostGIS lies beside them."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from registry import settings
from registry.errors import PostgisMissing
from registry.local import advice

POSTGRESQL_AT_LEAST = 15
POSTGIS_AT_LEAST = (3, 2)
NEEDED = ("postgres", "initdb", "pg_ctl", "psql", "createdb")
PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # RHEL, openEuler, Anolis with the PGDG packages
    "/usr/lib/postgresql*/bin",  # SUSE
    "/usr/libexec/postgresql*",  # Alpine
    "/usr/local/pgsql/bin",  # built from source
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
# What PG* variables or ~/.psqlrc of the caller say must not reach the private cluster's programs,
# and messages are read in English.
CLEAN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "HOME": "/"}


@dataclass(frozen=True)
class Programs:
    """One PostgreSQL with PostGIS: the folder of its programs and the versions of both."""

    bin: Path
    share: Path
    version: str
    postgis: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def path(self, name: str) -> str:
        return str(self.bin / name)


def find_programs(major: int | None = None) -> Programs:
    """The newest PostgreSQL ≥ 15 with PostGIS ≥ 3.2, or that of `major` where a cluster needs it."""
    given = settings.get("REGISTRY_PG_BIN")
    found, refused = [], []
    for folder in folders():
        answer = _look(folder)
        if isinstance(answer, Programs):
            found.append(answer)
        elif answer:
            refused.append(f"{folder}: {answer}")
    fitting = [p for p in found if major in (None, p.major)]
    if not fitting:
        raise _missing(given, found, refused, major)
    return max(fitting, key=lambda p: numbers(p.version))


def folders(*, telling: tuple[str, ...] = ("pg_ctl", "postgres")) -> list[Path]:
    """Candidate folders, each once: the one that the settings name, else the known places, then that on PATH
    which holds the telling programs."""
    given = settings.get("REGISTRY_PG_BIN")
    if given:
        return [Path(given).absolute()]
    found = [Path(p) for pattern in PLACES for p in glob.glob(pattern)]
    on_path = [shutil.which(name) for name in telling]
    if all(on_path):
        found.append(Path(os.path.realpath(on_path[-1] or "")).parent)
    return list({os.path.realpath(f): f for f in found}.values())


def _look(folder: Path) -> Programs | str:
    """The programs in `folder`, or why they do not fit ("" where there are none at all)."""
    absent = [n for n in NEEDED if not os.access(folder / n, os.X_OK)]
    if len(absent) == len(NEEDED):
        return ""
    if absent:
        return f"{', '.join(absent)} ?"
    version = numbers(ask(folder / "postgres", "--version"))
    if not version or version[0] < POSTGRESQL_AT_LEAST:
        return f"PostgreSQL {_dotted(version)}"
    share, postgis = _postgis(folder, version[0])
    if share is None:
        return f"PostgreSQL {_dotted(version)}, PostGIS ?"
    if postgis < POSTGIS_AT_LEAST:
        return f"PostgreSQL {_dotted(version)}, PostGIS {_dotted(postgis)}"
    return Programs(folder, share, _dotted(version), _dotted(postgis))


def _postgis(folder: Path, major: int) -> tuple[Path | None, tuple[int, ...]]:
    """The share folder that holds PostGIS's control file, and the version it names."""
    for share in _share_folders(folder, major):
        control = share / "extension/postgis.control"
        if control.is_file():
            text = control.read_text(encoding="utf-8", errors="replace")
            match = re.search(r"default_version\s*=\s*'([^']+)'", text)
            return share, numbers(match.group(1) if match else "")
    return None, ()


def _share_folders(folder: Path, major: int) -> list[Path]:
    # pg_config comes with a development package on some systems, hence the usual places after it.
    told = ask(folder / "pg_config", "--sharedir")
    usual = (folder.parent / "share", Path(f"/usr/share/postgresql/{major}"),
             Path("/usr/share/postgresql"), folder.parent / "share/postgresql",
             Path(f"/usr/share/postgresql{major}"))
    return ([Path(told)] if told else []) + list(usual)


def ask(program: Path, option: str) -> str:
    """One line that a program says about itself; empty when it cannot."""
    try:
        done = subprocess.run([str(program), option], capture_output=True, text=True, timeout=20,
                              env=CLEAN_ENVIRONMENT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def numbers(text: str) -> tuple[int, ...]:
    """`postgres (PostgreSQL) 15.18 (Debian …)` → (15, 18); `17beta1` → (17,)."""
    match = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(n) for n in match.group().split(".")) if match else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version)) or "?"


def _missing(given: str, found: list[Programs], refused: list[str], major: int | None) -> PostgisMissing:
    """The error that says what was looked at and what to install on this very system."""
    zh, en = advice.what_to_install(major)
    seen = "; ".join(refused + [f"{p.bin}: PostgreSQL {p.version}" for p in found])
    if given:
        zh = f"REGISTRY_PG_BIN={given} 中没有合用的程序；{zh}"
        en = f"no fitting programs in REGISTRY_PG_BIN={given}; {en}"
    elif seen:
        zh, en = f"只找到 {seen}；{zh}", f"found only {seen}; {en}"
    return PostgisMissing(why_zh=zh, why_en=en)
