"""The errors of every room: facts as attributes, one sentence in Chinese and English, an exit code."""

from __future__ import annotations

from typing import Any


class RegistryError(Exception):
    """Base of all errors a person may see.

    `zh` and `en` are `str.format` templates over the facts; `exit_code` is what the command line
    returns; the web maps classes to HTTP in one table of its own (no HTTP number lives here).
    """

    zh = "出错：{detail}"
    en = "Error: {detail}"
    exit_code = 1

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        # Members of a machine-readable answer beside the sentence: lists of problems, the present state.
        self.more: dict[str, Any] = {}
        super().__init__(self.message("en"))

    def message(self, lang: str = "zh") -> str:
        """The sentence in `zh` or `en`, with the facts filled in; one that has both sides, as a Label, gives its own."""
        told = {k: getattr(v, lang) if hasattr(v, "zh") and hasattr(v, "en") else v for k, v in self.facts.items()}
        return (self.zh if lang == "zh" else self.en).format(**told)

    @property
    def code(self) -> str:
        """Stable machine name: the class name in snake case."""
        name = type(self).__name__
        return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


# -- what was asked for --------------------------------------------------------------------------
class BadValue(RegistryError):
    zh = "参数 {name} 的值 {value!r} 不对：{why_zh}"
    en = "Parameter {name} has a wrong value {value!r}: {why_en}"
    exit_code = 2


class NeedsYes(BadValue):
    """Nobody is there to be asked."""

    zh = "没有终端可以询问；确认写入请加 --yes，只看结果请加 --dry-run"
    en = "There is no terminal to ask at; add --yes to write, or --dry-run to look only"
    exit_code = 2


class UnknownParameter(RegistryError):
    zh = "没有参数 {name}；可用：{known}"
    en = "Unknown parameter {name}; known: {known}"
    exit_code = 2


class UnknownClass(RegistryError):
    zh = "没有类别 {key!r}；可用：{known}"
    en = "Unknown class or zone kind {key!r}; known: {known}"
    exit_code = 4


class UnknownCity(RegistryError):
    zh = "没有城市 {key!r}；已有：{known}。新建：registry city add {key}"
    en = "Unknown city {key!r}; known: {known}. To add it: registry city add {key}"
    exit_code = 4


class UnknownIndicator(RegistryError):
    zh = "没有指标 {key!r}；可用：{known}"
    en = "Unknown indicator {key!r}; known: {known}"
    exit_code = 4


class UnknownPlan(RegistryError):
    zh = "没有规划 {key!r}；可用：{known}"
    en = "Unknown plan {key!r}; known: {known}"
    exit_code = 4


class TableAbsent(RegistryError):
    """Numbers of a standard that stand in no public source, and that the bureau has not given."""

    zh = "没有表“{title}”（{standard}）：没有公开来源；有标准原文的单位可把自己的表放入 REGISTRY_TABLES 所指的文件夹（{family}）"
    en = "The table “{title}” ({standard}) stands in no public source; who has the standard puts a table of its own into the folder " \
         "of REGISTRY_TABLES ({family})"
    exit_code = 4


class CheckFailed(RegistryError):
    """An audited figure and the independent one beside it differ by more than they may: neither is told as true."""

    zh = "不予发布：精确值 {exact} % 与独立栅格校验 {raster} %（格网 {cell} m）相差 {difference} 点，超过 {tolerance} 点"
    en = "Refused: the exact figure {exact} % and the independent raster check {raster} % (cells of {cell} m) differ by {difference} " \
         "points, more than {tolerance}"
    exit_code = 3


class MixedDatum(RegistryError):
    """Layers of one computation are of different datums; `more` has the evidence."""

    zh = "图层的坐标基准不一致，不出数：{why_zh}"
    en = "The layers are of different datums, so there is no figure: {why_en}"
    exit_code = 3


class NotFound(RegistryError):
    zh = "没有找到：{what}"
    en = "Not found: {what}"
    exit_code = 4


# -- who asks ------------------------------------------------------------------------------------
class NotSignedIn(RegistryError):
    """A token is needed, or the one given does not hold (unknown, expired, revoked: not told which)."""

    zh = "需要有效的令牌：{why_zh}"
    en = "A valid token is needed: {why_en}"
    exit_code = 9


class Forbidden(RegistryError):
    zh = "{who} 无权：{what_zh}"
    en = "{who} may not: {what_en}"
    exit_code = 9


# -- changes -------------------------------------------------------------------------------------
class Stale(RegistryError):
    """Somebody changed the thing meanwhile; nothing was written. `now`: what it is, `differs`: field by field."""

    zh = "{what} 已被修改：所据版本 {given}，现为版本 {found}"
    en = "{what} was changed meanwhile: your version {given}, now version {found}"
    exit_code = 8


class NoVersion(Stale):
    """A version is named of what does not exist, or is not there for who asks."""

    zh = "{what} 不存在，没有可替换的版本 {given}"
    en = "{what} does not exist; there is no version {given} to be replaced"


class VersionExcluded(Stale):
    """The thing is at a version that whoever changes it ruled out; nothing was written."""

    zh = "{what} 现为版本 {found}；按 If-None-Match（{given}），这样就不改动它"
    en = "{what} is at version {found}; by If-None-Match ({given}) it is not to be changed then"


class VersionNeeded(RegistryError):
    zh = "修改 {what} 须在 If-Match 中给出所据版本；不给或给 * 的，令牌须允许不加锁（--no-lock）"
    en = "To change {what}, If-Match must name the version it was read at; to leave it out or send * takes a token with " \
         "--no-lock"
    exit_code = 2


class CodeTaken(RegistryError):
    """Another thing of the class has the code already; nothing was written."""

    zh = "编码 {code} 已被占用：{why_zh}"
    en = "The code {code} is taken: {why_en}"
    exit_code = 8


class CannotUndo(RegistryError):
    """A batch that wrote what cannot be taken back; nothing was written."""

    zh = "批次 {batch} 不能撤销：{why_zh}"
    en = "Batch {batch} cannot be undone: {why_en}"
    exit_code = 8


class UndoConflicts(RegistryError):
    """All of an undo is refused for rows that moved on since; nothing was written."""

    zh = "批次 {batch} 有 {count} 行不能撤销；按要求全部不撤销"
    en = "{count} rows of batch {batch} cannot be undone; as asked, none is"
    exit_code = 8


class KeyUsed(RegistryError):
    """A key that makes a request repeatable came with another request before."""

    zh = "Idempotency-Key {key!r} 已用于另一个请求"
    en = "The Idempotency-Key {key!r} was used for another request"
    exit_code = 2


class Gone(RegistryError):
    zh = "{what} 已删除"
    en = "{what} was deleted"
    exit_code = 4


class Invalid(RegistryError):
    """What was sent breaks declared rules; `problems` names each field, value and reason."""

    zh = "{what} 有 {count} 处不合要求"
    en = "{what}: {count} problems"
    exit_code = 2


# -- declarations --------------------------------------------------------------------------------
class BadDeclaration(RegistryError):
    zh = "声明文件 {where} 有误：{why_zh}"
    en = "Wrong declaration in {where}: {why_en}"
    exit_code = 2


# -- files ---------------------------------------------------------------------------------------
class BadFile(RegistryError):
    """A file that cannot be read as what it claims to be."""

    zh = "文件 {file}：{why_zh}"
    en = "File {file}: {why_en}"
    exit_code = 3


class FileLost(RegistryError):
    """The bytes of an attachment are not there, or not what they were."""

    zh = "附件的文件 {what} 不在或已损坏"
    en = "The file {what} of an attachment is missing or damaged"
    exit_code = 3


class NeedsAnswer(RegistryError):
    """The file leaves a question open that only a person can answer (CRS, class, encoding …)."""

    zh = "文件 {file}：{why_zh}"
    en = "File {file}: {why_en}"
    exit_code = 3


# -- database and machine ------------------------------------------------------------------------
class DatabaseUnreachable(RegistryError):
    zh = "连不上数据库 {url}：{why}"
    en = "Cannot reach the database {url}: {why}"
    exit_code = 5


class DatabaseUnsuitable(RegistryError):
    zh = "数据库不合要求：{why_zh}"
    en = "The database does not fit: {why_en}"
    exit_code = 5


class NotMigrated(RegistryError):
    zh = "数据库的结构版本是 {found}，程序需要 {wanted}；请运行 registry migrate"
    en = "The database schema is at {found}, the program needs {wanted}; run registry migrate"
    exit_code = 5


class PostgisMissing(RegistryError):
    zh = "本机没有 PostgreSQL ≥ 15 和 PostGIS ≥ 3.2，也无权安装：{why_zh}"
    en = "PostgreSQL >= 15 with PostGIS >= 3.2 is not on this machine and cannot be installed: {why_en}"
    exit_code = 6


class PortTaken(RegistryError):
    zh = "端口 {host}:{port} 已被占用；请用 --port（make demo 用 PORT=）换一个"
    en = "Port {host}:{port} is taken; choose another with --port (make demo: PORT=)"
    exit_code = 7


class ClusterFailed(RegistryError):
    zh = "私有数据库启动失败：{why}；日志：{log}"
    en = "The private database did not start: {why}; log: {log}"
    exit_code = 5


class DiskFull(RegistryError):
    """The disk, or a limit on what may be written there, stops the database; nothing was written."""

    zh = "数据库的磁盘满了或到了限额：{why}；什么也没有写入，腾出空间后再来一次"
    en = "The database's disk is full or at its limit: {why}; nothing was written, make room and do it again"
    exit_code = 5


class ClientsMissing(RegistryError):
    zh = "需要 PostgreSQL {major} 或更新的 pg_dump 和 pg_restore，本机有：{found}；请安装 postgresql-client-{major}"
    en = "pg_dump and pg_restore of PostgreSQL {major} or newer are needed, here is: {found}; install postgresql-client-{major}"
    exit_code = 6


class ProgramFailed(RegistryError):
    zh = "{program} 失败：{why}"
    en = "{program} failed: {why}"
    exit_code = 5


class WriteRefused(RegistryError):
    """The database or the store refused a write; nothing was written."""

    zh = "写入被拒绝：{why_zh}"
    en = "Write refused: {why_en}"
    exit_code = 8


class PlanStale(WriteRefused):
    """What the plan of a load relies on is another by now; nothing was written. `rows`: those that moved."""

    zh = "计划 {plan} 已经过时，没有写入：{why_zh}；请重新做计划"
    en = "Plan {plan} is stale, nothing was written: {why_en}; plan it anew"


class PlanSpent(WriteRefused):
    """A plan is applied once."""

    zh = "计划 {plan} 不能执行：{why_zh}"
    en = "Plan {plan} cannot be applied: {why_en}"


class NotSynced(RegistryError):
    zh = "类别 {key!r} 的声明与数据库不一致；请运行 registry sync"
    en = "The declaration of {key!r} is not yet in the database; run registry sync"
    exit_code = 5
