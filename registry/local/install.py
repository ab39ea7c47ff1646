"""The installer: runs before the virtual environment exists, on the standard library alone.

`python3 -m registry.local.install` says nothing and takes a tenth of a second when all is there.
On Debian and Ubuntu it installs what is missing, as root or through a sudo that asks nothing;
elsewhere it says what to install and ends with exit status 6.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from registry import settings
from registry.errors import PostgisMissing, RegistryError
from registry.local import advice
from registry.local.programs import POSTGRESQL_AT_LEAST, find_programs

ETC = Path("/etc/postgresql-common")
DROP_IN = ETC / "createcluster.d/municipal-registry.conf"
NO_CLUSTER = (
    "# Written by the municipal registry's installer for the time of the installation only.\n"
    "create_main_cluster = false\n"
)
POLICY = Path("/usr/sbin/policy-rc.d")
# Installing a server package starts every stopped cluster of the system; 101 forbids that.
NO_START = "#!/bin/sh\n# municipal registry's installer\nexit 101\n"
APT = ["apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
APT_INSTALL = [*APT, "install", "--no-install-recommends", "--no-upgrade"]
AS_ROOT = "--as-root"
# What only tests need, by the word that asks for it; without it they say so, and all else runs.
EXTRAS = {"browser": ["chromium", "chromium-driver"], "clients": ["gdal-bin"], "qgis": ["python3-qgis", "qgis-providers"]}
EXTRA_NAMES = {"browser": ("浏览器", "The browser"), "clients": ("GDAL 的程序", "GDAL's programs"), "qgis": ("QGIS", "QGIS")}


def main(words: list[str]) -> int:
    """Exit status 0 when everything is there at the end, 6 when a person has to install it."""
    if words[:1] == [AS_ROOT]:
        return _install(words[1:])
    # The tests need programs of their own even where a database is given.
    needs_postgis = "--programs" in words or not settings.get("REGISTRY_DATABASE_URL")
    lacks_postgis, lacks_venv = needs_postgis and not _has_postgis(), not _has_venv()
    lacking = [name for name in EXTRAS if f"--{name}" in words and not _has_extra(name)]
    if not (lacks_postgis or lacks_venv or lacking):
        return 0
    if not _may_install():
        return _refuse(lacks_postgis) if lacks_postgis or lacks_venv else 0
    command = [sys.executable, "-B", "-m", "registry.local.install", AS_ROOT]
    if os.geteuid() != 0:
        command = ["sudo", "-n", *command]
    wanted = ["postgis"] * lacks_postgis + ["venv"] * lacks_venv + lacking
    code = subprocess.call([*command, *wanted])
    if code:
        return code
    still_lacks = (lacks_postgis and not _has_postgis()) or not _has_venv_afresh()
    return _refuse(lacks_postgis) if still_lacks else 0


def _install(wanted: list[str]) -> int:
    """The part that runs as root."""
    _say("正在用 apt 安装缺少的软件（只装软件，不建数据库簇，不动已有的簇）…",
         "Installing what is missing with apt (programs only; no cluster is made or touched) …")
    _apt([*APT, "update"])
    packages = _venv_packages() if "venv" in wanted else []
    if "postgis" in wanted:
        majors = available_majors(_answer(["apt-cache", "pkgnames", "postgresql-"]))
        if not majors:
            return _refuse(True)
        major = choose_major(majors, _installed_majors())
        packages.append(f"postgresql-{major}-postgis-3")
    with NoCluster():
        if "postgis" in wanted and not _common_is_there():
            return _refuse(True)
        code = _apt([*APT_INSTALL, *packages]) if packages else 0
    for name in (n for n in EXTRAS if n in wanted):
        if _apt([*APT_INSTALL, *EXTRAS[name]]):
            zh, en = EXTRA_NAMES[name]
            _say(f"{zh}没有装上，用到它的测试会跳过", f"{en} could not be installed; the tests that use it will be skipped")
    return _refuse("postgis" in wanted) if code else 0


def _common_is_there() -> bool:
    """postgresql-common first, so that what its configuration says is known before a server comes."""
    return _apt([*APT_INSTALL, "postgresql-common"]) == 0 and cluster_creation_is_off()


class NoCluster:
    """While inside, server packages make no cluster `main` and start none; afterwards no trace is left.

    The drop-in folder is read by the package's own createcluster.conf at its end, so that a
    configuration that a person wrote stays as it is.
    """

    def __init__(self, drop_in: Path = DROP_IN, policy: Path = POLICY) -> None:
        self._wanted = ((drop_in, NO_CLUSTER, 0o644), (policy, NO_START, 0o755))
        self._written: list[Path] = []

    def __enter__(self) -> NoCluster:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that __exit__ runs
        for file, text, mode in self._wanted:
            # One of ours may be left by an installer that was killed; a person's stays as it is.
            if not file.exists() or file.read_text(encoding="utf-8", errors="replace") == text:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
                file.chmod(mode)
                self._written.append(file)
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._written:
            file.unlink(missing_ok=True)


def cluster_creation_is_off() -> bool:
    """Ask as the package's postinst asks; a person's own configuration may say otherwise."""
    command = ["pg_conftool", str(ETC / "createcluster.conf"), "show", "-bs", "create_main_cluster"]
    off = _answer(command).strip() == "off"
    if not off:
        _say(f"{ETC}/createcluster.conf 要求安装时建簇，安装程序不改它；请自行安装",
             f"{ETC}/createcluster.conf asks for a cluster; the installer leaves it alone, install yourself")
    return off


def available_majors(names: str) -> list[int]:
    """The PostgreSQL majors that apt knows PostGIS 3 for, of `apt-cache pkgnames`."""
    found = re.findall(r"^postgresql-(\d+)-postgis-3$", names, flags=re.MULTILINE)
    return sorted(int(n) for n in found if int(n) >= POSTGRESQL_AT_LEAST)


def choose_major(available: list[int], installed: list[int]) -> int:
    """The server that is there already and lacks only PostGIS, else the newest."""
    return max([n for n in available if n in installed] or available)


def _installed_majors() -> list[int]:
    return [int(p.parent.parent.name) for p in Path("/usr/lib/postgresql").glob("[0-9]*/bin/postgres")]


def _has_postgis() -> bool:
    try:
        find_programs()
    except PostgisMissing:
        return False
    return True


def _has_extra(name: str) -> bool:
    """Whether the programs are there; QGIS is a module of the system's Python."""
    if name == "qgis":
        return bool(_answer(["/usr/bin/python3", "-c", "import qgis; print('there')"]))
    needed = {"browser": ("chromium", "chromedriver"), "clients": ("ogrinfo", "ogr2ogr")}[name]
    return all(shutil.which(program) for program in needed)


def _has_venv() -> bool:
    return bool(importlib.util.find_spec("ensurepip")) and bool(importlib.util.find_spec("venv"))


def _has_venv_afresh() -> bool:
    """Asked of a new interpreter: this one remembers what was missing."""
    return subprocess.call([sys.executable, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL) == 0


def _venv_packages() -> list[str]:
    """python3.11-venv belongs to that very interpreter, python3-venv to the default one."""
    exact = f"python3.{sys.version_info.minor}-venv"
    return [exact if exact in _answer(["apt-cache", "pkgnames", "python3"]).split() else "python3-venv"]


def _may_install() -> bool:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return False
    if os.geteuid() == 0:
        return True
    asks_nothing = ["sudo", "-n", "true"]
    return bool(shutil.which("sudo")) and subprocess.call(asks_nothing, stderr=subprocess.DEVNULL) == 0


def _apt(command: list[str]) -> int:
    """apt with its own words on stderr, so that stdout stays ours; it never asks."""
    unasked = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", *command]
    return subprocess.call(unasked, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def _answer(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def _refuse(lacks_postgis: bool) -> int:
    zh, en = advice.what_to_install()
    error: RegistryError = PostgisMissing(why_zh=zh, why_en=en)
    if not lacks_postgis:
        exact = f"python3.{sys.version_info.minor}-venv"
        _say(f"{sys.executable} 不能建虚拟环境；请安装 {exact} 或 python3-venv",
             f"{sys.executable} cannot make a virtual environment; install {exact} or python3-venv")
    else:
        _say(error.message("zh"), error.message("en"))
    return error.exit_code


def _say(zh: str, en: str) -> None:
    print(zh, en, sep="\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
