"""The settings: each with its name, default and help; nobody else reads the environment."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path

from registry.errors import BadValue


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, default, what it is for, and the bounds of a whole number."""

    name: str
    default: str
    zh: str
    en: str
    bounds: tuple[int, int] | None = None


SETTINGS: tuple[Setting, ...] = (
    Setting("REGISTRY_DATABASE_URL", "", "已有的 PostgreSQL/PostGIS 的连接串；不设则用程序自带的私有库",
            "URL of an existing PostgreSQL with PostGIS; empty: the private cluster"),
    Setting("REGISTRY_HOME", "", "私有库和运行数据的文件夹；默认是检出目录下的 .registry",
            "Folder of the private cluster and run data; default: .registry in the checkout"),
    Setting("REGISTRY_PG_BIN", "", "PostgreSQL 程序所在文件夹；默认自动查找",
            "Folder of the PostgreSQL programs; default: searched for"),
    Setting("REGISTRY_CITY", "demo", "默认城市", "The default city"),
    Setting("REGISTRY_CATALOGUE", "", "单位自己的设施类别声明所在的文件夹，用冒号分隔",
            "Further folders of class declarations, separated by colons"),
    Setting("REGISTRY_LANG", "zh", "命令行与网页的默认语言：zh 或 en", "Default language: zh or en"),
    Setting("REGISTRY_TIMEZONE", "Asia/Shanghai", "日期所指的时区：as_of 只给日期时，指该时区当天结束",
            "Time zone that days are meant in: as_of of a day is its end there"),
    Setting("REGISTRY_ACTOR", "", "写入历史的操作人；默认是系统登录名",
            "Who is named in the history; default: the login name"),
    Setting("REGISTRY_HOST", "127.0.0.1", "网页服务的地址", "Address that serve binds"),
    Setting("REGISTRY_PORT", "8000", "网页服务的端口", "Port that serve binds", (1, 65535)),
    Setting("REGISTRY_WORKERS", "2", "网页服务的进程数", "Worker processes of serve",
            (1, 64)),  # each takes some 85 MB
    Setting("REGISTRY_PUBLIC_URL", "", "对外网址，放在反向代理后面时设置",
            "Public base URL when behind a reverse proxy"),
    Setting("REGISTRY_PUBLIC", "", "无令牌者能看什么的 TOML 文件；不设则按声明（燃气、电力管线默认不公开）",
            "TOML file of what anybody may see without a token; empty: as declared (gas and power pipes are not)"),
    Setting("REGISTRY_BASEMAP", "", "地图底图的栅格瓦片地址模板（{z}/{x}/{y}）；不设则没有底图",
            "Raster tile URL template of a base map; empty: none"),
    Setting("REGISTRY_CORS", "*", "哪个网站的网页可以读接口（CORS）；默认都可以，因为接口只读",
            "Which site's pages may read the API (CORS); default all, since it is read-only"),
    Setting("REGISTRY_ATTACHMENT_MB", "20", "一个附件的最大兆字节数", "Largest attachment, in megabytes", (1, 500)),
    Setting("REGISTRY_STATEMENT_TIMEOUT_S", "60", "网页请求中一条语句的最长秒数",
            "Longest time a statement of a web request may take, in seconds", (1, 86_400)),
    Setting("REGISTRY_DEBUG", "", "设为 1 时，意外错误把完整的调用栈打在终端上",
            "1: an unexpected error prints its traceback on the terminal"),
)
_BY_NAME = {s.name: s for s in SETTINGS}


def get(name: str) -> str:
    """The value of a setting, or its default; a name not in SETTINGS is a programming error."""
    return os.environ.get(name, "").strip() or _BY_NAME[name].default


def bounds(name: str) -> tuple[int, int]:
    """The least and the most that a whole-number setting may be."""
    found = _BY_NAME[name].bounds
    assert found is not None
    return found


def integer(name: str) -> int:
    """The value of a setting as a whole number within its bounds; BadValue names the setting."""
    value, (least, most) = get(name), bounds(name)
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise BadValue(name=name, value=value[:40], why_zh=f"应为 {least}～{most} 的整数",
                       why_en=f"a whole number from {least} to {most} is needed")
    return int(value)


def lang() -> str:
    """`zh` or `en`."""
    return "en" if get("REGISTRY_LANG").lower().startswith("en") else "zh"


def actor() -> str:
    """Who is named in the history: the setting, else the login name."""
    given = get("REGISTRY_ACTOR")
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def catalogue_folders() -> tuple[Path, ...]:
    """Further folders of declarations, in order."""
    return tuple(Path(p) for p in get("REGISTRY_CATALOGUE").split(os.pathsep) if p)


def checkout() -> Path | None:
    """The folder of the checkout this package runs from, or None when installed elsewhere."""
    root = Path(__file__).resolve().parent.parent
    return root if (root / "setup.cfg").is_file() else None


def home() -> Path:
    """Folder of the private cluster and run data."""
    given = get("REGISTRY_HOME")
    if given:
        return Path(given).absolute()
    root = checkout()
    return root / ".registry" if root else Path.home() / ".local/share/registry"
