"""What a person has to install, in the words of the system they sit at."""

from __future__ import annotations

import sys
from pathlib import Path

OWN_DATABASE = (
    "或设置 REGISTRY_DATABASE_URL 使用已有的数据库，REGISTRY_PG_BIN 指明程序所在文件夹",
    "or set REGISTRY_DATABASE_URL to use an existing database, REGISTRY_PG_BIN to name the programs' folder",
)
# `{n}` is the major version.
COMMANDS = {
    "debian": "sudo apt-get install postgresql-{n}-postgis-3 python3-venv",
    "ubuntu": "sudo apt-get install postgresql-{n}-postgis-3 python3-venv"
              "  (https://wiki.postgresql.org/wiki/Apt)",
    "fedora": "sudo dnf install postgresql-server postgis",
    "rhel": "sudo dnf install postgresql{n}-server postgis35_{n}  (https://yum.postgresql.org)",
    "arch": "sudo pacman -S postgresql postgis",
    "alpine": "apk add postgresql{n} postgis",
    "suse": "sudo zypper install postgresql{n}-server postgresql{n}-postgis",
    "macos": "brew install postgresql@{n} postgis",
}
# Which PostgreSQL a fresh system of that family carries PostGIS for.
MAJORS = {"debian": 15, "ubuntu": 16, "rhel": 16, "alpine": 16, "suse": 16, "macos": 17}
FAMILIES = {
    "ubuntu": "ubuntu", "linuxmint": "ubuntu", "debian": "debian", "deepin": "debian", "uos": "debian",
    "fedora": "fedora", "rhel": "rhel", "centos": "rhel", "rocky": "rhel", "almalinux": "rhel",
    "openeuler": "rhel", "anolis": "rhel", "kylin": "rhel", "arch": "arch", "alpine": "alpine",
    "suse": "suse", "opensuse": "suse", "sles": "suse",
}


def system() -> tuple[str, str]:
    """The family of this system (a key of COMMANDS, or "") and its name as it calls itself."""
    if sys.platform == "darwin":
        return "macos", "macOS"
    facts = _os_release()
    for word in [facts.get("ID", ""), *facts.get("ID_LIKE", "").split()]:
        family = FAMILIES.get(word.lower()) or FAMILIES.get(word.lower().split("-")[0])
        if family:
            return family, facts.get("PRETTY_NAME", word)
    return "", facts.get("PRETTY_NAME", sys.platform)


def what_to_install(major: int | None = None) -> tuple[str, str]:
    """One clause in Chinese and one in English that name the command to run."""
    family, name = system()
    if not family:
        return (f"{name}：请安装 PostgreSQL ≥ 15 和 PostGIS ≥ 3.2，{OWN_DATABASE[0]}",
                f"{name}: install PostgreSQL >= 15 and PostGIS >= 3.2, {OWN_DATABASE[1]}")
    command = COMMANDS[family].format(n=major or MAJORS.get(family, ""))
    return (f"{name}：请运行 {command}，{OWN_DATABASE[0]}", f"{name}: run {command}, {OWN_DATABASE[1]}")


def _os_release() -> dict[str, str]:
    for file in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        if file.is_file():
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            return {k: v.strip("\"'") for k, _, v in (line.partition("=") for line in lines) if v}
    return {}
