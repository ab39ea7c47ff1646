"""Every error as problem details (RFC 9457): one table from our errors to HTTP, one shape for all."""

from __future__ import annotations

import json
from typing import Any, Self

import psycopg
import sqlalchemy.exc
from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from api import i18n, logs
from api.formats import HTML, PROBLEM
from registry import errors, settings
from registry.errors import BadValue, RegistryError, UnknownParameter

log = logs.log
RETRY_AFTER_S = 5
CHALLENGE = 'Bearer realm="registry", Basic realm="registry", charset="UTF-8"'
VARY = "Accept, Accept-Encoding, Accept-Language, Authorization"


class WrongParameters(RegistryError):
    """Several parameters are wrong at once; each is in `errors` of the answer."""

    zh = "{count} 个参数有误：{names}"
    en = "{count} parameters are wrong: {names}"

    @classmethod
    def of(cls, problems: list[RegistryError]) -> Self:
        made = cls(count=len(problems), names=", ".join(str(p.facts["name"]) for p in problems))
        made.problems = problems
        return made

    problems: list[RegistryError] = []


class Busy(RegistryError):
    """All connections are in use, or a statement took longer than the setting allows."""

    zh = "暂时忙不过来：{why_zh}"
    en = "Busy at the moment: {why_en}"


class TooManyRequests(RegistryError):
    """A client asked more often than the setting allows; `retry_s` says in how many seconds it may again."""

    zh = "{why_zh}；请 {retry_s} 秒后再试"
    en = "{why_en}; try again in {retry_s} s"


class BadBody(RegistryError):
    """The body of a request is not the JSON that it should be."""

    zh = "请求体有误：{why_zh}"
    en = "The body of the request is wrong: {why_en}"


class BadHost(RegistryError):
    """The Host field of a request is missing or names no host (RFC 9112 §3.2)."""

    zh = "Host 头不是主机名：{given}"
    en = "The Host field names no host: {given}"


class TooLarge(RegistryError):
    """More in one request than is taken at once."""

    zh = "一次最多 {most} 个，收到 {count} 个"
    en = "At most {most} at once; {count} came"


class CrossSite(RegistryError):
    """A page of another site would write with a password that the browser remembers (CSRF)."""

    zh = "来自 {origin} 的网页不能用浏览器记住的口令写入；请用 Authorization: Bearer"
    en = "A page of {origin} may not write with a password kept by the browser; use Authorization: Bearer"


class SetUpWrong(RegistryError):
    """A file of the service's own became wrong while it runs; which one is for the log."""

    zh = "服务的设置有误，已记入日志"
    en = "The service is set up wrongly, which was logged"


class WrongMedia(RegistryError):
    """The body of a request is of a media type that is not taken there. `takes`: the header that says what is."""

    zh = "Content-Type 是 {given}；这里接受：{known}"
    en = "The Content-Type is {given}; taken here: {known}"

    takes: tuple[str, str] = ("Accept", "")

    @classmethod
    def of(cls, given: str, method: str, takes: tuple[str, ...]) -> Self:
        known = ", ".join(takes)
        made = cls(given=given[:80] or "-", known=known)
        # RFC 5789 §3.1 and the Linked Data Platform have a header each; PUT has what RFC 9110 §15.5.16 has for all.
        made.takes = {"POST": "Accept-Post", "PATCH": "Accept-Patch"}.get(method, "Accept"), known
        return made


class WrongCoding(WrongMedia):
    """The body of a request is compressed, which is not taken here (RFC 9110 §15.5.16)."""

    zh = "Content-Encoding 是 {given}；这里只接受未压缩的请求体"
    en = "The Content-Encoding is {given}; bodies are taken here uncompressed only"

    takes = "Accept-Encoding", "identity"


# The one table. An error that is not here is 500: its cause is ours, whatever was asked.
STATUS: dict[type[RegistryError], int] = {
    errors.BadValue: 400, errors.UnknownParameter: 400, WrongParameters: 400, BadBody: 400, BadHost: 400, TooLarge: 413, CrossSite: 403, WrongMedia: 415,
    errors.UnknownClass: 404, errors.UnknownCity: 404, errors.UnknownIndicator: 404, errors.UnknownPlan: 404, errors.NotFound: 404,
    errors.NotSignedIn: 401, errors.Forbidden: 403, errors.Gone: 410, errors.Stale: 412, errors.VersionNeeded: 428,
    errors.Invalid: 422, errors.WriteRefused: 409, errors.CodeTaken: 409, errors.CannotUndo: 409, errors.UndoConflicts: 409, errors.KeyUsed: 422, errors.TableAbsent: 409, errors.CheckFailed: 409, errors.MixedDatum: 409, errors.BadFile: 422, errors.NeedsAnswer: 422,
    errors.DatabaseUnreachable: 503, errors.DatabaseUnsuitable: 503, errors.NotMigrated: 503, errors.NotSynced: 503,
    errors.ClusterFailed: 503, errors.PostgisMissing: 503, errors.DiskFull: 503, errors.ClientsMissing: 503, errors.ProgramFailed: 503,
    Busy: 503, SetUpWrong: 503, TooManyRequests: 429,
    errors.BadDeclaration: 500, errors.PortTaken: 500, errors.FileLost: 503,
}

TITLES: dict[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"), 401: ("需要登录", "Sign-in needed"), 403: ("没有权限", "Not permitted"),
    404: ("没有找到", "Not found"), 405: ("不支持这种方法", "Method not allowed"),
    406: ("没有所要的格式", "Not acceptable"), 408: ("请求没有发完", "Request time-out"),
    409: ("与现状冲突", "Conflict"), 410: ("已经删除", "Gone"), 411: ("没有说明长度", "Length required"),
    412: ("前提条件不成立", "Precondition failed"), 413: ("请求太大", "Too large"), 414: ("网址太长", "URI too long"),
    415: ("不支持的媒体类型", "Unsupported media type"), 422: ("内容无法处理", "Content cannot be processed"),
    428: ("需要说明所改的版本", "Precondition required"), 429: ("请求太多", "Too many requests"),
    431: ("请求头太大", "Header fields too large"), 500: ("服务内部出错", "Internal error"),
    501: ("没有这种功能", "Not implemented"), 503: ("服务暂时不可用", "Service unavailable"),
}
SENTENCES: dict[int, tuple[str, str]] = {
    400: ("请求无法理解", "The request cannot be understood"),
    401: ("请用有效的令牌登录", "Sign in with a valid token"),
    403: ("没有做这件事的权限", "This is not permitted to you"),
    404: ("这里没有资源：{path}；从 / 开始", "There is no resource at {path}; start at /"),
    405: ("{path} 不支持 {method}", "{path} does not support {method}"),
    406: ("Accept 中没有本资源有的格式；可用 f= 选择", "No media type of Accept is available here; f= selects one"),
    410: ("{path} 已经删除", "{path} was deleted"),
    411: ("请求要有 Content-Length", "The request needs a Content-Length"),
    408: ("请求体没有及时发完", "The body of the request did not come in time"),
    412: ("它在读取之后又被改过；请重新读取", "It has changed since it was read; read it again"),
    413: ("请求体超过 {most_mb} MB", "The body of the request is larger than {most_mb} MB"),
    415: ("不接受这种 Content-Type", "This Content-Type is not taken here"),
    428: ("请用 If-Match 给出所改的版本（GET 的 ETag）", "Name the version being changed in If-Match (the ETag of a GET)"),
    500: ("服务内部出错，已记入日志", "An internal error, which was logged"),
}


def install(app: Flask) -> None:
    """Make every error of the application a problem."""
    app.register_error_handler(RegistryError, _of_ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(psycopg.Error, _of_database)
    app.register_error_handler(sqlalchemy.exc.SQLAlchemyError, _of_database)
    app.register_error_handler(Exception, _unexpected)


def _of_ours(error: RegistryError) -> Response:
    status = next((STATUS[c] for c in type(error).__mro__ if c in STATUS), 500)
    if status >= 500:
        log.error("%s", error.__cause__ if isinstance(error, SetUpWrong) else error)
    # What an error of the machine says (paths, addresses) is for the log, not for the street.
    hidden = status >= 500 and not isinstance(error, errors.NotMigrated | errors.NotSynced | errors.FileLost | Busy | SetUpWrong)
    zh, en = _hidden(status) if hidden else (error.message("zh"), error.message("en"))
    made = problem(status, zh, en, error.code, _parameters(error), error.more)
    if status == 401:
        made.headers["WWW-Authenticate"] = CHALLENGE
    if isinstance(error, WrongMedia):
        made.headers[error.takes[0]] = error.takes[1]
    if isinstance(error, TooManyRequests):
        made.headers["Retry-After"] = str(error.facts["retry_s"])
    return made


def _hidden(status: int) -> tuple[str, str]:
    return ("数据库暂时不可用", "The database is not available at the moment") if status == 503 else SENTENCES[500]


def _parameters(error: RegistryError) -> list[dict[str, Any]]:
    """Each wrong parameter by name."""
    if isinstance(error, WrongParameters):
        return [line for one in error.problems for line in _parameters(one)]
    if isinstance(error, BadValue | UnknownParameter):
        return [{"parameter": error.facts["name"], "code": error.code, "zh": error.message("zh"),
                 "en": error.message("en")}]
    return []


def _of_http(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]
    zh, en = SENTENCES.get(status, TITLES.get(status, (error.name, error.name)))
    facts = {"path": request.path[:200], "method": request.method, "most_mb": settings.get("REGISTRY_MAX_BODY_MB")}
    made = problem(status, zh.format(**facts), en.format(**facts), error.name.lower().replace(" ", "_"))
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            made.headers[name] = value  # Allow of a 405, for one
    return made


def _of_database(error: Exception) -> Response:
    """Errors that come from the driver or the pool; those we know are no fault of the program."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None) or ""
    if isinstance(cause, psycopg.errors.QueryCanceled):
        seconds = g.get("statement_s") or settings.get("REGISTRY_STATEMENT_TIMEOUT_S")
        return _of_ours(Busy(why_zh=f"查询超过 {seconds} 秒，请缩小范围",
                             why_en=f"the query took longer than {seconds} s; ask for less"))
    if state == "55P03":
        return _of_ours(Busy(why_zh="所要的行正由别人修改", why_en="somebody else is changing the rows"))
    if state in ("53100", "53400"):
        return _of_ours(errors.DiskFull(why=type(cause).__name__))
    if isinstance(error, sqlalchemy.exc.TimeoutError) or state.startswith("53"):
        return _of_ours(Busy(why_zh="数据库连接都在使用中", why_en="all database connections are in use"))
    if isinstance(cause, psycopg.OperationalError) and (state[:2] in ("", "08", "57")):
        return _of_ours(errors.DatabaseUnreachable(url="-", why=type(cause).__name__))
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    # The path without its query: what people search for does not belong into logs.
    log.error("unexpected error at %s %s\n%s", request.method, request.path, logs.told(error))
    return problem(500, *SENTENCES[500], "internal_error")


def problem(status: int, zh: str, en: str, code: str, wrong: list[dict[str, Any]] | None = None,
            more: dict[str, Any] | None = None) -> Response:
    """The one shape of all errors, in JSON or, for a browser, as a page."""
    lang = g.get("lang") or i18n.choose(request, request.args.get("lang"))
    g.lang = lang
    title = TITLES.get(status, TITLES[500 if status >= 500 else 400])
    body = {"type": f"urn:registry:problem:{code}", "title": title[lang == "en"], "status": status,
            "detail": en if lang == "en" else zh, "instance": request.path, "code": code, "zh": zh, "en": en,
            "request_id": logs.request_id()}
    if wrong:
        body["errors"] = wrong
    body |= more or {}
    if _as_page():
        made = Response(render_template("problem.html", problem=body, title=body["title"], around={}), status, content_type=HTML.content_type)
    else:
        made = Response(json.dumps(body, ensure_ascii=False, default=str) + "\n", status, content_type=PROBLEM.content_type)
    if status in (429, 503):
        made.headers["Retry-After"] = str(RETRY_AFTER_S)
    made.headers["Content-Language"] = lang
    made.headers["Cache-Control"] = "no-store"
    made.headers["Vary"] = VARY
    return made


def _as_page() -> bool:
    if asked := request.args.get("f"):
        return asked == HTML.key
    accept = request.accept_mimetypes
    return accept["text/html"] > max(accept["application/problem+json"], accept["application/json"])
