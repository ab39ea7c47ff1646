"""Downloads: a whole collection in any format that exports have, by the filters and rights of its items.

A resource of its own and not a page without an end: items are pages with links and counts, whose `limit` is
promised to be kept, while this is one body, the very file that `registry export` writes and a load takes back.
What needs no file is sent while it is read; the others are made in a temporary file first.
"""

from __future__ import annotations

import dataclasses
import errno
import itertools
import os
import time
import zipfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from functools import partial
from typing import IO
from urllib.parse import quote

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from api import answers, crs, download_folders, filters, gone, i18n, logs, session, validators
from api.download_places import AT_ONCE, PLACES, Place, TooSlow
from api.formats import DOWNLOADS, ZIP
from api.operations import Asked, Operation, operation
from api.params import Param
from registry import export
from registry.errors import BadValue
from registry.export import Format, Order
from registry.geo import WGS84
from registry.kinds import FeatureKind
from registry.served_crs import DEFAULT
from registry.store import exported

downloads = Blueprint("downloads", __name__)
BLOCK_BYTES = 262_144
PACKED = ".zip"  # ends the name of several files
_NOT_HERE = ("limit", "cursor", "zoom-level", "skipGeometry")  # what is about pages and maps


def _params(kind: FeatureKind) -> tuple[Param, ...]:
    return tuple(p for p in filters.items_params(kind) if p.name not in _NOT_HERE)


@operation(downloads, Operation(
    "download", "/collections/<collection>/download", "整份下载|The whole collection", "data", DOWNLOADS, "Download",
    of_kind=_params, made_of=lambda asked: [asked.kind] if asked.kind else (),
    description=f"与 registry export 写出的文件相同，再导入什么也不变；没有图形的行也在其中；shp 总是 zip，fgb 有没有图形的行时、xlsx 有单元格装不下的值时是 zip；每个进程同时只做 {AT_ONCE} 份，多了回 503，"
                "取得太慢的让给等的人|The very file of registry export, loading it changes nothing; rows without geometry are in it; shp always is a zip, fgb where a row has no "
                f"geometry, xlsx where a cell cannot hold a value; each process makes {AT_ONCE} at once, else 503, and who takes one too slowly gives way to who waits"))
def _download(asked: Asked) -> Response:
    assert asked.kind is not None
    declared = export.FORMATS[asked.format.key]
    order = Order(asked.kind, asked.city.key, declared, _crs(asked, declared), sight=asked.sight,
                  query=dataclasses.replace(filters.asked_for(asked), limit=0))
    made = Response(content_type=asked.format.content_type, headers=crs.headers(DEFAULT) if declared.degrees else None)
    if request.method == "HEAD":
        return _head(made, asked, order)
    with ExitStack() as held:
        place = held.enter_context(PLACES.one())
        database = held.enter_context(ExitStack())
        conn = database.enter_context(session.exporting())
        with gone.watched(conn):  # while nothing is sent; afterwards the sending tells
            # HTTP/1.0 ends a body by closing, whole or not: there only a length tells that something is missing.
            if order.format.stream is not None and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0":
                _named(made, asked, order.format.suffix)
                _send(made, _ended(held.pop_all(), place, export.streamed(conn, order)))
                return made
            file = _file(made, asked, held, conn, order)
        database.close()  # who takes a file slowly needs none
        made.content_length = os.fstat(file.fileno()).st_size
        _send(made, _ended(held.pop_all(), place, iter(partial(file.read, BLOCK_BYTES), b"")))
    return made


def _head(made: Response, asked: Asked, order: Order) -> Response:
    """What GET would say, as far as that is known without making the file: how long it would be is not, nor, where the values
    decide, whether it would be one file or several (RFC 9110 §9.3.2 lets HEAD leave out what is)."""
    alone = order.format.alone
    if alone is None and order.format.fit is None:
        alone = not exported.placeless(asked.conn, order.asked)
    _named(made, asked, order.format.suffix + ("" if alone else PACKED))
    if alone is None:
        del made.headers["Content-Disposition"], made.headers["Content-Type"]
    elif not alone:
        made.content_type = ZIP.content_type
    made.response = iter(())
    return made


def _crs(asked: Asked, declared: Format) -> int | None:
    """The EPSG number that is asked for, x = east as in files of any format; None: as it is stored.

    BadValue for derived coordinates, which are for maps and never come back, and for metres in GeoJSON (RFC 7946 §4).
    """
    one = crs.chosen(asked)
    if one.shift is not None or (declared.degrees and one != DEFAULT):
        raise BadValue(name="crs", value=asked.given["crs"][:80], why_zh=f"{declared.key} 整份下载时不能用它",
                       why_en=f"not for a download as {declared.key}")
    return None if "crs" not in asked.given else WGS84 if one == DEFAULT else one.srid


def _file(made: Response, asked: Asked, held: ExitStack, conn: Connection, order: Order) -> IO[bytes]:
    """The export as an open file that has no name any more: nothing is left of it however this ends."""
    stem = f"{asked.city.key}-{order.kind.key}"
    with download_folders.folder() as folder:
        files = export.to_file(conn, order, folder / (stem + order.format.suffix)).files
        suffix, only = order.format.suffix, files[0]
        if len(files) > 1:
            suffix, only = suffix + PACKED, folder / f"{stem}{suffix}{PACKED}"
            made.content_type = ZIP.content_type
            with zipfile.ZipFile(only, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
                for file in files:
                    packed.write(file, file.name)
        _named(made, asked, suffix)
        return held.enter_context(open(only, "rb"))


def _named(made: Response, asked: Asked, suffix: str) -> None:
    """Headers of the answer: the name of the file (RFC 6266), plain and by its titles (RFC 5987), and what it is a version of.

    The time of the last change is told, but nobody who has nothing else is answered by it: rights and the program change as well.
    """
    assert asked.kind is not None
    titles = quote(f"{i18n.label(asked.city.title)}-{i18n.label(asked.kind.label)}{suffix}", safe="")
    made.headers["Content-Disposition"] = (f'attachment; filename="{asked.city.key}-{asked.kind.key}{suffix}"; '
                                           f"filename*=UTF-8''{titles}")
    made.headers["Content-Language"] = g.lang
    if asked.validator:
        made.set_etag(asked.validator, weak=True)  # two files of the same rows may differ in their bytes
    if changed := validators.changed(asked):
        made.last_modified = changed
    answers.for_caches(made)


def _send(made: Response, body: Generator[bytes]) -> None:
    """Give an answer its body. The first piece is made now: what is wrong from the start is a problem as any other."""
    made.response = itertools.chain(list(itertools.islice(body, 1)), body)
    made.call_on_close(body.close)


def _ended(held: ExitStack, place: Place, pieces: Iterator[bytes]) -> Generator[bytes]:
    """The pieces; at their end, or when the client goes away, everything that they hold is let go.

    What fails when a part was sent breaks the connection, so that nobody takes the part for the whole; to gunicorn
    that is a client that went away, about which it says nothing.
    """
    sent = False
    with held:
        held.callback(getattr(pieces, "close", bool))  # before the connection is given back: it ends the statement
        try:
            for piece in pieces:
                begin = time.monotonic()
                yield piece
                sent = True
                place.took(len(piece), time.monotonic() - begin)
        except TooSlow:
            raise
        except Exception as error:
            if not sent:
                raise
            logs.log.error("an export broke off\n%s", logs.told(error))
            raise BrokenPipeError(errno.EPIPE, "an export broke off") from None
