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
    Setting("REGISTRY_TABLES", "", "单位自己的标准数值表（TOML）所在的文件夹，同名同版本的替换自带的",
            "Folder of the bureau's own tables of standards (TOML); one of the same family and edition replaces ours"),
    Setting("REGISTRY_PLANS", "", "单位自己的规划（TOML）所在的文件夹；与自带的同代号时以单位的为准",
            "Folder of the bureau's own plans (TOML); one of the same key replaces ours"),
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
    Setting("REGISTRY_CORS", "*", "哪些网站的网页可以用接口（CORS），用空格分隔；* 是都可以，none 是都不可以",
            "Sites whose pages may use the API (CORS), separated by blanks; *: all, none: nobody"),
    Setting("REGISTRY_PROXIES", "0", "前面有几层自己的反向代理；X-Forwarded-For 只信它们写的",
            "Reverse proxies of our own in front; X-Forwarded-For is believed from them only", (0, 8)),
    Setting("REGISTRY_RATE_LIMIT", "0", "每个令牌（没有令牌时每个地址）每分钟的请求数，每个进程各计各的；0 为不限，对外服务建议 600",
            "Requests a minute of a token, else an address, counted by each process; 0: no limit; "
            "600 is a start for the open network", (0, 1_000_000)),
    Setting("REGISTRY_FAILED_LIMIT", "300", "每个地址每分钟的登录失败次数，0 为不限",
            "Failed sign-ins a minute of an address; 0: no limit", (0, 1_000_000)),
    Setting("REGISTRY_MAX_BODY_MB", "20", "请求体最大的 MB 数", "Largest body of a request, in MB", (1, 1024)),
    Setting("REGISTRY_ATTACHMENT_MB", "20", "一个附件的最大 MB 数，不超过 REGISTRY_MAX_BODY_MB",
            "Largest attachment, in MB; not above REGISTRY_MAX_BODY_MB", (1, 1024)),
    Setting("REGISTRY_PAGE_MB", "32", "一页要素最大的 MB 数，到了就给出 next 链接",
            "Most MB of features on a page; beyond, it ends early with a next link", (1, 1024)),
    Setting("REGISTRY_TILE_CACHE_MB", "64", "每个进程缓存的瓦片最多占用的 MB 数；0 为不缓存",
            "Most MB of tiles that each process keeps; 0: none", (0, 65_536)),
    Setting("REGISTRY_ANSWER_CACHE_MB", "64", "每个进程缓存的要素回答最多占用的 MB 数；0 为不缓存",
            "Most MB of answers with features that each process keeps; 0: none", (0, 65_536)),
    Setting("REGISTRY_LOG", "", "每个请求一行日志：json 或 text；不设则只有警告和错误",
            "A line in the log for each request: json or text; empty: warnings and errors only"),
    Setting("REGISTRY_STATEMENT_TIMEOUT_S", "60", "网页请求中一条语句的最长秒数",
            "Longest time a statement of a web request may take, in seconds", (1, 86_400)),
    Setting("REGISTRY_EXPORT_TIMEOUT_S", "600", "整份下载的一条语句的最长秒数，包括等客户端收取的时间",
            "Longest time the statement of a whole download may take, in seconds; waiting for the client counts", (1, 86_400)),
    Setting("REGISTRY_UNPACK_MB", "8192", "一个压缩包解压后最大的 MB 数", "Most MB that an archive may inflate to",
            (1, 1_000_000)),
    Setting("REGISTRY_DEBUG", "", "设为 1 时，意外错误把完整的调用栈打在终端上",
            "1: an unexpected error prints its traceback on the terminal"),
)
_BY_NAME = {s.name: s for s in SETTINGS}


def get(name: str) -> str:
    """The value of a setting, or its default; a name not in SETTINGS is a programming error.

    `NAME_FILE` names a file that holds the value, so that a secret stands in no environment. BadValue when it
    cannot be read.
    """
    return os.environ.get(name, "").strip() or _from_file(name) or _BY_NAME[name].default


def _from_file(name: str) -> str:
    path = os.environ.get(f"{name}_FILE", "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue(name=f"{name}_FILE", value=path[:200], why_zh=f"读不了（{type(error).__name__}）",
                       why_en=f"it cannot be read ({type(error).__name__})") from None


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


def check() -> None:
    """BadValue for the first setting that is not what it must be; a service asks before it starts."""
    for setting in SETTINGS:
        if setting.bounds:
            integer(setting.name)
    if get("REGISTRY_LOG") not in ("", "text", "json"):
        raise BadValue(name="REGISTRY_LOG", value=get("REGISTRY_LOG")[:40], why_zh="应为 json 或 text，或不设",
                       why_en="json, text or nothing is needed")


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


def files() -> Path:
    """Folder of the attachments, which are named by their content."""
    return home() / "files"


def home() -> Path:
    """Folder of the private cluster and run data."""
    given = get("REGISTRY_HOME")
    if given:
        return Path(given).absolute()
    root = checkout()
    return root / ".registry" if root else Path.home() / ".local/share/registry"
