"""The body of a request, read within bounds: its size, the time it takes to come, its depth, its characters."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask, g, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, RequestTimeout

from api import json_place
from api.errors import BadBody, WrongCoding, WrongMedia
from registry import settings

DEEPEST = 32  # a MultiPolygon in a feature in a transaction needs 9
SECONDS = 60  # for a whole body to come
NULL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def install(app: Flask) -> None:
    """Refuse a body that says it is too large before anything is done; another one while it is read."""
    app.config["MAX_CONTENT_LENGTH"] = settings.integer("REGISTRY_MAX_BODY_MB") * 2**20
    app.before_request(_refuse_large)


def _refuse_large() -> None:
    length, most = request.content_length, request.max_content_length
    if length is not None and most is not None and length > most:
        raise RequestEntityTooLarge


def check_media(method: str, takes: tuple[str, ...]) -> None:
    """WrongMedia unless the body is of one of these media types; WrongCoding where it is said to be compressed, whether it is
    or not (RFC 9110 §8.4: whoever stored it as it came would not have what was meant)."""
    if request.mimetype not in takes:
        raise WrongMedia.of(request.mimetype, method, takes)
    coded = request.headers.get("Content-Encoding", "")
    if any(part.strip().lower() not in ("", "identity") for part in coded.split(",")):
        raise WrongCoding(given=coded[:80])


def read() -> bytes:
    """The whole body; 413 when it is too large (chunked ones as well), 408 when it does not come in time."""
    if "body" in g:
        return bytes(g.body)
    with _in_time() as late:
        try:
            found = request.get_data()
        except ParseException as problem:
            raise BadBody(why_zh="分块编码有误", why_en="broken chunked coding") from problem
        except (ClientDisconnected, OSError):
            raise RequestTimeout from None
    if late.is_set():
        raise RequestTimeout
    if request.content_length is None and len(found) >= (request.max_content_length or len(found) + 1):
        raise RequestEntityTooLarge  # Werkzeug cuts a chunked body off there and says nothing
    g.body = found
    return found


def read_json() -> Any:
    """The body as JSON; BadBody unless it is UTF-8 JSON (RFC 8259) that the database can hold.

    More than 32 levels, NaN, a name given twice, half of a surrogate pair and the null character are refused: each
    would be an error of the server further in, or of meaning.
    """
    data = read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadBody(why_zh=f"不是 UTF-8（第 {problem.start} 个字节）", why_en=f"not UTF-8 (byte {problem.start})") from None
    try:
        found = json.loads(text, parse_constant=_no_constant, object_pairs_hook=json_place.each_once)
        if "\\u" in text:
            _check_characters(text, found)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as problem:  # not JSON, or a number of thousands of digits
        raise BadBody(**json_place.told(text, problem)) from None
    _check_depth(found)
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _check_characters(text: str, found: Any) -> None:
    """What only an escape can smuggle in: unescaped, both are refused by the decoders."""
    if NULL.search(text):
        raise BadBody(why_zh="含有空字符（\\u0000）", why_en="it contains a null character (\\u0000)")
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadBody(why_zh="含有不成对的代理字符（\\ud800～\\udfff）",
                      why_en="it contains half of a surrogate pair (\\ud800 to \\udfff)") from None


def _check_depth(found: Any) -> None:
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(DEEPEST):
        if not level:
            return
        level = [v for outer in level for v in (outer.values() if isinstance(outer, dict) else outer)
                 if isinstance(v, dict | list)]
    if level:
        raise _too_deep()


def _too_deep() -> BadBody:
    return BadBody(why_zh=f"嵌套超过 {DEEPEST} 层", why_en=f"nested more than {DEEPEST} levels")


@contextmanager
def _in_time() -> Iterator[threading.Event]:
    """Stop listening to a client whose body does not come: a thread that waits for it serves nobody else."""
    late = threading.Event()
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    if connection is None:  # in a test, or behind another server with time-outs of its own
        yield late
        return

    def stop() -> None:
        late.set()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)

    watch = threading.Timer(SECONDS, stop)
    watch.daemon = True
    watch.start()
    try:
        yield late
    finally:
        watch.cancel()
